"""Reading from a SQLite file beside its writer: four connections that cannot write, and five seconds for each."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.repositories import UnitOfWork as Unit
from bot.store.faults import spoken
from bot.store.unit_of_work import UnitOfWork

T = TypeVar("T")

_CONNECTIONS = 4
LIMIT_SECONDS = 5.0
_AGAIN_SECONDS = 0.05


class SqliteReader:
    """A pool of read-only connections. Each read sees one moment of the database."""

    def __init__(self, path: Path, limit: float = LIMIT_SECONDS) -> None:
        self._limit = limit
        self._under_way: set[asyncio.Task[Any]] = set()
        self._engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}),
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=limit,
            hide_parameters=True,
            connect_args={"isolation_level": None},
        )

    async def read(self, step: Callable[[Unit], T]) -> T:
        """Run a step, interrupted when it takes too long.

        It is a task of its own, so that a caller who is cancelled does not leave a connection in mid-statement.
        """
        task = asyncio.create_task(self._read(step))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Finish what is under way and let go of the file."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._engine.dispose()

    async def _read(self, step: Callable[[Unit], T]) -> T:
        with spoken():
            async with self._engine.connect() as connection:
                await connection.exec_driver_sql("BEGIN")
                return await self._run(connection, step)

    async def _run(self, connection: AsyncConnection, step: Callable[[Unit], T]) -> T:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        reading = asyncio.ensure_future(connection.run_sync(lambda opened: step(UnitOfWork(opened, is_reading=True))))
        patience = self._limit
        # A timeout alone would go on waiting for SQLite. An interruption ends the statement that runs at that
        # moment only, so it is repeated for steps of many statements.
        while not (await asyncio.wait({reading}, timeout=patience))[0]:
            await driver.interrupt()
            patience = _AGAIN_SECONDS
        return reading.result()
