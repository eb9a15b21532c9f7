"""Open the database that a URL names: for a running program, or for a command that looks or writes one thing."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

from bot.core.errors import StoreProblem
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork as Unit
from bot.store.faults import spoken
from bot.store.played_store import PlayedStore
from bot.store.postgres_store import PostgresReader, PostgresStore
from bot.store.schema import CURRENT, EMPTY, refuse_newer, schema_state
from bot.store.sqlite_reader import SqliteReader
from bot.store.sqlite_store import SqliteStore
from bot.store.sqlite_writer import SqliteWriter
from bot.store.urls import SqliteFile, check_file, read_url

T = TypeVar("T")

_ALONE = "Stop it first: the two would answer the same people twice."
_LOCKABLE = "Its folder must be there, on a disk of this machine, and this user must be allowed to write in it."


class DatabaseHeld(StoreProblem):
    """Another program holds the database."""


class InstanceLock:
    """Keeps a second program away from the same SQLite file, by a lock on a file beside it.

    The system lets go of it when the process ends, however it ends.
    """

    def __init__(self, url: str) -> None:
        database = read_url(url)
        self._path = database.path.with_name(database.path.name + ".lock") if isinstance(database, SqliteFile) else None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Take the lock; StoreProblem where another program holds it. On PostgreSQL there is nothing to take."""
        if self._path is not None:
            try:
                self._file = self._path.open("ab")
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._let_go()
                raise DatabaseHeld("Another Teabreak is running on this database.", _ALONE) from None
            except OSError as error:
                self._let_go()
                raise StoreProblem(f"The lock file {self._path} cannot be used: {error.strerror}.", _LOCKABLE) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


async def open_store(url: str, *, clock: Clock, is_thrown_away: bool = False) -> Store:
    """Return the store, ready for use; StoreProblem where its schema is not this program's.

    `is_thrown_away` says that a SQLite file serves a simulation and nothing else.
    """
    database = read_url(url)
    _require_current(await schema_state(url))
    if isinstance(database, SqliteFile):
        check_file(database.path, writing=True)
        store = (PlayedStore if is_thrown_away else SqliteStore)(database.path, clock)
        await store.open()
        return store
    return PostgresStore(database.url)


@asynccontextmanager
async def open_readonly(url: str) -> AsyncIterator[SqliteReader | PostgresReader]:
    """Open the database for a command that only looks; a running program is not disturbed."""
    database = read_url(url)
    _require_current(await schema_state(url))
    reader = SqliteReader(database.path) if isinstance(database, SqliteFile) else PostgresReader(database.url)
    try:
        yield reader
    finally:
        await reader.close()


async def short_write(url: str, step: Callable[[Unit], T]) -> T:
    """Run one step in one short write transaction, for a command; a running program waits for it a moment."""
    database = read_url(url)
    _require_current(await schema_state(url))
    if isinstance(database, SqliteFile):
        check_file(database.path, writing=True)
        return await asyncio.to_thread(_write_once, database.path, step)
    store = PostgresStore(database.url)
    try:
        return await store.write(lambda transaction: transaction.run(step))
    finally:
        await store.close()


def _require_current(state: str) -> None:
    refuse_newer(state)
    if state != CURRENT:
        raise StoreProblem(
            "The database is empty." if state == EMPTY else "The database has the schema of an older version.",
            "Run the command migrate.",
        )


def _write_once(path: Path, step: Callable[[Unit], T]) -> T:
    with spoken():
        writer = SqliteWriter(path)
        try:
            result = step(writer.begin())
            writer.commit()
            return result
        finally:
            writer.close()
