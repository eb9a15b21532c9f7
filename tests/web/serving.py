"""A real server on a loopback port, in the test's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from bot.web.app import create_app


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[str]:
    """Serve an app and return the address."""
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        create_app(app), log_config=None, server_header=False, proxy_headers=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    # The test keeps its own handling of signals.
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await app.stop()
        server.should_exit = True
        await task
        listener.close()
