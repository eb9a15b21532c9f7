"""A channel that talks to the fake Bot API over loopback, with a clock that never waits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.telegram.channel import Telegram
from bot.core.errors import NotCommitted
from bot.core.events import MessageReceived
from tests.fakes.telegram_server import TOKEN, TelegramServer

PNG = b"\x89PNG\r\n\x1a\n and the rest of a picture"


class StepClock:
    """Sleeping takes no time and is written down; after `patience` sleeps it waits for ever."""

    def __init__(self) -> None:
        self.time = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
        self.slept: list[float] = []
        self.patience = 20

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self.patience:
            await asyncio.Event().wait()
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class DictMemory:
    """What the channel keeps, as long as the test lasts."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        return self.kept.get(name)

    async def put(self, name: str, value: str) -> None:
        self.kept[name] = value


class Inbox:
    """Takes events as the service does: a key counts once, and what cannot be committed is said so."""

    def __init__(self) -> None:
        self.taken: dict[str, MessageReceived] = {}
        self.batches: list[list[str]] = []
        self.failures = 0
        self.stops_at: asyncio.Event | None = None
        self.dies_after_commit = False

    async def accept(self, events: Sequence[MessageReceived]) -> None:
        self.batches.append([event.key for event in events])
        if self.stops_at is not None:
            await self.stops_at.wait()
        if self.failures:
            self.failures -= 1
            raise NotCommitted("The database is locked.")
        for event in events:
            self.taken.setdefault(event.key, event)
        if self.dies_after_commit:
            await asyncio.Event().wait()

    def contents(self) -> list[object]:
        return [event.content for event in self.taken.values()]


@contextlib.asynccontextmanager
async def listening(channel: Telegram, inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.listen(inbox.accept))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds, and fail after a while if it never does."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - another process or task makes it hold
            await asyncio.sleep(0.002)


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


@pytest.fixture
def memory() -> DictMemory:
    return DictMemory()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(retry_unit=0.01) as server:
        yield server


@pytest.fixture
def make(server: TelegramServer, clock: StepClock, memory: DictMemory, tmp_path: Path) -> Callable[..., Telegram]:
    (tmp_path / "tap.png").write_bytes(PNG)

    def media(path: str, language: str) -> Path | None:
        return tmp_path / path if path != "unknown.png" else None

    def made(**more: object) -> Telegram:
        given = {"token": TOKEN, "api_url": server.url, "clock": clock, "memory": memory, "media": media} | more
        return Telegram(**given)

    return made


@pytest.fixture
async def channel(make: Callable[..., Telegram]) -> AsyncIterator[Telegram]:
    channel = make()
    yield channel
    await channel.close()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()
