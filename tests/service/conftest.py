"""A rig on a real file; `either` is one on each database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import pytest

from bot.bootstrap import open_catalogue
from bot.settings import read_settings
from bot.store.opening import open_store
from tests.databases import *  # noqa: F403
from tests.service.rig import Rig
from tests.waiting import ManualClock, eventually

MakeRig = Callable[..., Awaitable[Rig]]


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory):
    settings = read_settings({"TELEGRAM_BOT_TOKEN": "123456:a-token_for-tests"}, tmp_path_factory.mktemp("no") / ".env")
    return open_catalogue(settings, ManualClock(datetime.fromisoformat("2026-09-09T12:00:00Z")))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def make(catalogue, clock) -> AsyncIterator[MakeRig]:
    """Make rigs, each on a store of its own at the URL; all are stopped and closed."""
    made: list[Rig] = []

    async def _make(url: str, *, begin: bool = True, **more) -> Rig:
        rig = Rig(await open_store(url, clock=clock), catalogue, clock, **more)
        made.append(rig)
        return await rig.start() if begin else rig

    yield _make
    for rig in made:
        await rig.stop()
        # Reads of somebody who was killed go on to their end.
        pool = rig.store._reader._engine.pool
        await eventually(lambda pool=pool: pool.checkedout() == 0)
        await rig.store.close()


@pytest.fixture
async def rig(make, sqlite_url) -> Rig:
    return await make(sqlite_url)


@pytest.fixture
async def either(make, database_url) -> Rig:
    return await make(database_url)
