"""The web room: routes, start and stop, health, errors. What happens to a message is decided behind the App."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.app import App
from bot.core.errors import NotCommitted, RequestRefused
from bot.web import clock, demo, phone
from bot.web.guard import Doorkeeper, is_direct
from bot.web.pages import STATIC, Pages
from bot.web.room import Room, room_of
from bot.web.webhooks import RETRY_AFTER, receive

# Without SVG: a picture of a lesson may come from anybody who writes lessons, and an SVG can hold a script.
_PICTURES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_LONGEST_MEDIA_PATH = 200
_PLAIN_PATH = re.compile(r"\w[\w-]*(?:[./]\w[\w-]*)+")


def create_app(app: App) -> Starlette:
    """Return the ASGI application around an App."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await app.start()
        try:
            yield
        finally:
            await app.stop()

    web = Starlette(
        routes=_routes(),
        middleware=[Middleware(Doorkeeper, is_https=(app.settings.public_url or "").startswith("https:"))],
        exception_handlers={
            HTTPException: _http_error,
            RequestRefused: _refused,
            NotCommitted: _not_committed,
        },
        lifespan=lifespan,
    )
    # A redirect would carry a Host header that anybody may have made up.
    web.router.redirect_slashes = False
    web.state.room = Room(app, Pages(app.translator, app.catalogue))
    return web


def _routes() -> list[BaseRoute]:
    return [
        Route("/", demo.home),
        Route("/phone/{phone}", phone.show),
        Route("/phone/{phone}/messages", phone.take_message, methods=["POST"]),
        Route("/phone/{phone}/events", phone.stream),
        Route("/phone/{phone}/files/{number:int}", phone.document),
        Route("/demo/kept", demo.kept),
        Route("/demo/worker", demo.new_worker, methods=["POST"]),
        Route("/demo/clock", clock.move, methods=["POST"]),
        Route("/demo/again", demo.start_again, methods=["POST"]),
        Route("/media/{path:path}", media),
        Route("/webhooks/{channel}", receive, methods=["POST"]),
        Route("/healthz", health),
        Route("/readyz", readiness),
        Route("/metrics", metrics),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


async def health(request: Request) -> Response:
    """GET /healthz: 200 while the process lives; what is wrong is told to its own network only."""
    found = room_of(request).app.health()
    return JSONResponse(found if is_direct(request) else {"status": found.get("status", "ok")})


async def readiness(request: Request) -> Response:
    """GET /readyz: 200 when messages can be taken, else 503."""
    is_ready, waits = await room_of(request).app.readiness()
    return JSONResponse(waits if is_direct(request) else {"ready": is_ready}, 200 if is_ready else 503)


async def metrics(request: Request) -> Response:
    """GET /metrics: for its own network only."""
    if not is_direct(request):
        raise HTTPException(404)
    return Response(room_of(request).app.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def media(request: Request) -> Response:
    """GET /media/{path}: a picture of a lesson, in the language's own form where there is one."""
    path = request.path_params["path"]
    kind = _PICTURES.get(path[path.rfind(".") :].lower()) if "." in path else None
    if kind is None or len(path) > _LONGEST_MEDIA_PATH or not _PLAIN_PATH.fullmatch(path):
        raise HTTPException(404)
    found = room_of(request).app.catalogue.media(path, request.query_params.get("lang", "en")[:20])
    if found is None:
        raise HTTPException(404)
    return FileResponse(found, media_type=kind, headers={"Cache-Control": "public, max-age=3600"})


async def _http_error(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    return room_of(request).pages.error(request, status, headers)


async def _refused(request: Request, error: Exception) -> Response:
    return room_of(request).pages.error(request, error.status if isinstance(error, RequestRefused) else 400)


async def _not_committed(request: Request, _: Exception) -> Response:
    return room_of(request).pages.error(request, 503, RETRY_AFTER)
