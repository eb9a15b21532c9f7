"""The bot as a process of its own, by webhook on SQLite, with wide limits so that no test waits for its pace.

`POISON` among the names is a text that kills the process at once whenever a turn meets it.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import uvicorn

import bot.channels.telegram.making  # noqa: F401 - read once, before processes are made
from bot.bootstrap import open_app
from bot.core.dialogue import engine
from bot.core.events import Said
from bot.logs import set_up
from bot.settings import read_settings
from bot.web.app import create_app
from tests.journeys.telegram import quick


def run(names: Mapping[str, str], log: str) -> None:
    """Run until a signal comes."""
    errors = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(errors, 2)
    if "POISON" in names:
        _poison(names["POISON"])
    asyncio.run(_serve(names))


def _poison(text: str) -> None:
    advance = engine.advance

    def deadly(memory, event, library, now):
        if event.content == Said(text):
            os.kill(os.getpid(), signal.SIGKILL)
        return advance(memory, event, library, now)

    engine.advance = deadly


async def _serve(names: Mapping[str, str]) -> None:
    settings = read_settings(dict(names), Path("no.env"))
    set_up("json")
    app = await open_app(settings, pace=quick)
    config = uvicorn.Config(
        create_app(app), host="127.0.0.1", port=settings.port, log_config=None, access_log=False, lifespan="on"
    )
    await uvicorn.Server(config).serve()
