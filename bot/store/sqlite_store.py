"""The store in one SQLite file: one writer in one thread, and a pool of connections that can only read.

The writer is SQLAlchemy's synchronous Core, because each step is then one hop to its thread, however many
statements it has. What was acknowledged is on the disk: `synchronous=FULL`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.core.errors import NotCommitted, StoreProblem
from bot.ports import Clock, Transaction
from bot.repositories import UnitOfWork as Unit
from bot.store.faults import spoken
from bot.store.sqlite_reader import SqliteReader
from bot.store.sqlite_writer import PATIENCE, SqliteWriter
from bot.store.unit_of_work import UnitOfWork

T = TypeVar("T")

_LOOK_EVERY_SECONDS = 60.0


class SqliteStore:
    """A Store in one file. Writes are taken one after the other, in the order in which they were asked for."""

    def __init__(self, path: Path, clock: Clock, *, patience: timedelta = PATIENCE) -> None:
        self._path = path
        self._clock = clock
        self._patience = patience
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._one_at_a_time = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._reader = SqliteReader(path)
        self._is_closed = False

    async def open(self) -> None:
        """Open the file for writing."""
        try:
            self._writer = await self._hop(self._made_writer)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        self._file = _identity(self._path)
        self._looked_at = self._clock.monotonic()

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run work in one write transaction, committed when it returns and rolled back when it raises.

        It runs as a task of its own: a caller that is cancelled stops waiting, and the transaction goes on.
        """
        if self._is_closed:
            raise NotCommitted("The database is closed.")
        task = asyncio.create_task(self._write(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def read(self, step: Callable[[Unit], T]) -> T:
        """Run a step on a read-only connection, for at most five seconds."""
        return await self._reader.read(step)

    def trouble(self) -> StoreProblem | None:
        """Return what is wrong with the file on the disk: it was deleted, or another one lies in its place.

        It looks at most once a minute. SQLite would go on writing into a file that nobody finds any more.
        """
        now = self._clock.monotonic()
        if now - self._looked_at < _LOOK_EVERY_SECONDS:
            return None
        if _identity(self._path) != self._file:
            return NotCommitted("The database file was deleted or replaced.", "Stop, put it back, and start again.")
        self._looked_at = now
        return None

    async def tidy(self) -> None:
        """Empty the log beside the file, in which what was erased still stands."""
        async with self._one_at_a_time:
            with contextlib.suppress(StoreProblem):
                await self._hop(self._writer.tidy)

    async def close(self) -> None:
        """Finish what is under way and let go of the file."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._reader.close()
        # Where the log cannot be emptied now, the next start reads it.
        with contextlib.suppress(StoreProblem):
            await self._hop(self._writer.tidy)
        await self._hop(self._writer.close)
        self._thread.shutdown()

    def _made_writer(self) -> SqliteWriter:
        return SqliteWriter(self._path, self._patience)

    async def _write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self._one_at_a_time:
            if trouble := self.trouble():
                raise trouble
            try:
                result = await work(_SqliteTransaction(self._writer, self._hop))
                await self._hop(self._writer.commit)
            except BaseException:
                await self._hop(self._writer.roll_back)
                raise
            return result

    async def _hop(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _in_our_words, step)


class _SqliteTransaction:
    """A transaction that begins with its first step, so that beginning costs no hop of its own."""

    def __init__(self, writer: SqliteWriter, hop: Callable[[Callable[[], Any]], Awaitable[Any]]) -> None:
        self._writer = writer
        self._hop = hop
        self._unit: UnitOfWork | None = None

    async def run(self, step: Callable[[Unit], T]) -> T:
        """Run a step inside the transaction: one hop to the writer's thread."""

        def begun() -> T:
            if self._unit is None:
                self._unit = self._writer.begin()
            return step(self._unit)

        result: T = await self._hop(begun)
        return result


def _in_our_words(step: Callable[[], T]) -> T:
    with spoken():
        return step()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
