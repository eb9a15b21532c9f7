"""The doorkeeper: headers on every answer, errors without our inside, and who may see the phones.

Without TEABREAK_DEMO=1 the phones are for the computer they run on: its own address, its own name, no proxy between.
With it each visitor carries a random cookie and sees the phones of that cookie only.
"""

import ipaddress
import re
import secrets
import traceback
from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.room import room_of

COOKIE = "teabreak_demo"
_COOKIE_AGE = 14 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "via")
_LOCAL_VISITOR = "local"
_LONGEST_COOKIES = 4096
_FRAMES_TOLD = 5
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_log = structlog.get_logger()


class Doorkeeper:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._headers = dict(_HEADERS)
        if is_https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            await self._served(scope, receive, send_guarded)
        except Exception as error:
            # The message of an error may hold what a person wrote, so only its kind and place are told.
            frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_TOLD:]
            places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]
            _log.error("request_failed", error=type(error).__name__, at=" > ".join(places))
            if not has_begun:
                request = Request(scope, receive)
                await room_of(request).pages.error(request, 500)(scope, receive, send_guarded)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if len(request.headers.get("cookie", "")) > _LONGEST_COOKIES:
            await room_of(request).pages.error(request, 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        if scope["path"].startswith("/static/"):
            # An address with a hash or a version in it never shows anything else.
            is_fixed = b"v=" in scope["query_string"] or "/vendor/" in scope["path"]
            headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_fixed else "no-cache"
        headers.setdefault("Cache-Control", "no-store")


def visitor_of(request: Request) -> str | None:
    """Return the name of the visitor, None for one not known yet; an HTTPException where there are no phones."""
    app = room_of(request).app
    if not app.settings.is_demo or app.demo is None:
        raise HTTPException(404)
    if app.settings.demo_open:
        token = request.cookies.get(COOKIE, "")
        return sha256(token.encode()).hexdigest()[:32] if _TOKEN.fullmatch(token) else None
    if not (is_direct(request, private=False) and _names_this_computer(request)):
        raise HTTPException(403)
    return _LOCAL_VISITOR


def known_visitor(request: Request) -> str:
    """Return the name of the visitor; 404 for one without a cookie."""
    visitor = visitor_of(request)
    if visitor is None:
        raise HTTPException(404)
    return visitor


def give_cookie(request: Request, response: Response) -> None:
    """Give a new visitor a random name that nobody can guess."""
    public_url = room_of(request).app.settings.public_url or ""
    response.set_cookie(
        COOKIE,
        secrets.token_urlsafe(32),
        max_age=_COOKIE_AGE,
        httponly=True,
        samesite="lax",
        secure=public_url.startswith("https:"),
    )


def refuse_foreign(request: Request) -> None:
    """Refuse with 403 what another site's page sends. A page of ours without a script says so by Sec-Fetch-Site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site == "same-origin"
    else:
        host = request.headers.get("host", "")
        is_ours = bool(host) and urlsplit(request.headers.get("origin", "")).netloc.lower() == host.lower()
    if not is_ours:
        raise HTTPException(403)


def is_direct(request: HTTPConnection, *, private: bool = True) -> bool:
    """Say whether the request comes from this computer, or with `private` from its own network, by no proxy."""
    if any(name in request.headers for name in _FORWARDED) or request.client is None:
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or (private and address.is_private)


def _names_this_computer(request: Request) -> bool:
    # A foreign name that resolves to this computer (DNS rebinding) still stands in the Host header.
    own_port = (request.scope.get("server") or ("", None))[1]
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}")
        port = host.port or 80
    except ValueError:
        return False
    return host.hostname in {"localhost", "127.0.0.1", "::1"} and port == own_port and "@" not in host.netloc
