"""The store of a simulation: the same file, schema and statements, without threads and without waiting for the disk.

One connection reads and writes, in the order it is asked, so that the same year is played the same way each time.
It never holds anything that must be kept: the file is thrown away with the simulation.
"""

from collections.abc import Callable
from typing import TypeVar

from bot.repositories import UnitOfWork as Unit
from bot.store.faults import spoken
from bot.store.sqlite_store import SqliteStore
from bot.store.sqlite_writer import SqliteWriter

T = TypeVar("T")


class PlayedStore(SqliteStore):
    """A Store for one simulation."""

    async def read(self, step: Callable[[Unit], T]) -> T:
        """Run a step on what is committed; what it writes is undone."""
        async with self._one_at_a_time:
            with spoken():
                try:
                    return step(self._writer.begin())
                finally:
                    self._writer.roll_back()

    def _made_writer(self) -> SqliteWriter:
        return SqliteWriter(self._path, self._patience, is_thrown_away=True)

    async def _hop(self, step: Callable[[], T]) -> T:
        with spoken():
            return step()
