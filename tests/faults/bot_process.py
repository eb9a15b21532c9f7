"""The bot as a process of its own, by webhook on SQLite, with wide limits so that no test waits for its pace.

`POISON` in the environment is a text that kills the process at once whenever a turn meets it.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import uvicorn

from bot.bootstrap import open_app
from bot.core.dialogue import engine
from bot.core.messages import Said
from bot.logs import set_up
from bot.settings import read_settings
from bot.web.app import create_app
from tests.journeys.telegram import quick


def poison(text: str) -> None:
    advance = engine.advance

    def deadly(memory, event, library, now):
        if event.content == Said(text):
            os.kill(os.getpid(), signal.SIGKILL)
        return advance(memory, event, library, now)

    engine.advance = deadly


async def main() -> None:
    names = {name: value for name, value in os.environ.items() if name.isupper()}
    settings = read_settings(names, Path("no.env"))
    set_up("json")
    app = await open_app(settings, pace=quick)
    config = uvicorn.Config(
        create_app(app), host="127.0.0.1", port=settings.port, log_config=None, access_log=False, lifespan="on"
    )
    await uvicorn.Server(config).serve()
    sys.stderr.write("ended as it should\n")


if __name__ == "__main__":
    if os.environ.get("POISON"):
        poison(os.environ["POISON"])
    asyncio.run(main())
