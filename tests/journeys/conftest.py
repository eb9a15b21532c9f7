import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from bot.logs import set_up
from tests.fakes.telegram_server import TelegramServer


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(retry_unit=0.02) as server:
        yield server


@pytest.fixture
def logged(capfd) -> Iterator[list[str]]:
    """All that is logged: by us before anything is masked, by libraries as it is written."""
    lines: list[str] = []

    def keep(_logger, method, event):
        lines.append(f"{method} {event}")
        raise structlog.DropEvent

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up("json")
    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    yield lines
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)
