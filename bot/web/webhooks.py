"""POST /webhooks/{channel}: verify, accept, 200. What is not committed is never acknowledged."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.webphone import Webphone
from bot.web.room import room_of

_SECONDS_FOR_A_BODY = 10
RETRY_AFTER = {"Retry-After": "2"}


async def receive(request: Request) -> Response:
    """Take what a provider sends."""
    app = room_of(request).app
    name = request.path_params["channel"]
    channel = app.channels.get(name)
    # The phones have their own door, with its own guard.
    if channel is None or name == Webphone.name:
        raise HTTPException(404)
    if app.stopping() or not app.started():
        raise HTTPException(503, headers=RETRY_AFTER)
    body = await limited_body(request, channel.body_limit)
    parsed = channel.parse(request.headers, body)
    if parsed.events:
        await app.accept(parsed.events)
    return Response(status_code=200)


async def limited_body(request: Request, limit: int) -> bytes:
    """Return the body, or refuse with 413 as soon as it is known to be too long."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > limit:
        raise HTTPException(413 if length.isdecimal() else 400)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS_FOR_A_BODY):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(400) from None
    return bytes(body)
