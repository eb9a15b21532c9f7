"""The store on a PostgreSQL server, which several processes may share.

A transaction that met another one (a deadlock, the same key at the same moment) is taken again as a whole. All
locks end with their transaction, so that a pool between us and the server does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import AsyncAdaptedQueuePool, Pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import NotCommitted, SettingsProblem
from bot.ports import Transaction
from bot.repositories import UnitOfWork as Unit
from bot.store.faults import Overtaken, spoken
from bot.store.unit_of_work import UnitOfWork

T = TypeVar("T")

_TRIES = 5
_CONNECTIONS = 5
LIMIT_SECONDS = 5.0
# How long a write waits for another process, and how long the server bears with one that was stopped in the middle.
PATIENCE_SECONDS = 10.0
_LIMITS = text(
    "SELECT set_config('lock_timeout', :wait, true), set_config('idle_in_transaction_session_timeout', :idle, true)"
)
_IDLE_SECONDS = 30.0
_SHAPE = "Write postgresql://user:password@host/database; in the password, / is %2F, @ is %40, # is %23, ? is %3F."
_REACHED_BY = "See that it runs, and check host, port and sslmode in DATABASE_URL. Nothing was written."


def make_engine(url: str, pool: type[Pool] = AsyncAdaptedQueuePool, **options: Any) -> AsyncEngine:
    """Return an engine for a URL, which the driver itself reads: sockets, TLS and the rest of the query count."""
    try:
        # The driver is an extra of the package: who keeps to SQLite need not have it.
        import asyncpg  # noqa: PLC0415
    except ImportError:
        raise SettingsProblem("PostgreSQL needs its driver.", "Install teabreak[postgres].") from None

    async def connect() -> Any:
        # What the driver says of a URL may quote a piece of the password.
        try:
            return await asyncpg.connect(url, timeout=PATIENCE_SECONDS)
        except ValueError:
            raise SettingsProblem("DATABASE_URL is not a PostgreSQL address.", _SHAPE) from None
        except OSError:
            raise NotCommitted("PostgreSQL does not answer.", _REACHED_BY) from None

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=pool, hide_parameters=True, **options
    )


class PostgresReader:
    """Reads in transactions that cannot write, each statement for at most five seconds."""

    def __init__(self, url: str, limit: float = LIMIT_SECONDS) -> None:
        self._engine = make_engine(url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=limit)
        self._limit = limit

    async def read(self, step: Callable[[Unit], T]) -> T:
        """Run a step on a connection that cannot write."""
        # Leaving a connection in mid-statement would cost it; so a cancelled caller only stops waiting.
        return await asyncio.shield(asyncio.create_task(self._read(step)))

    async def close(self) -> None:
        """Let go of the server."""
        await self._engine.dispose()

    async def _read(self, step: Callable[[Unit], T]) -> T:
        with spoken():
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                await connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(self._limit * 1000)}")
                return await connection.run_sync(lambda opened: step(UnitOfWork(opened, is_reading=True)))


class PostgresStore:
    """A Store on a server."""

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self._engine = make_engine(
            url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=patience, pool_pre_ping=True
        )
        self._limits = {"wait": f"{patience * 1000:.0f}", "idle": f"{_IDLE_SECONDS * 1000:.0f}"}
        self._reader = PostgresReader(url)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run work in one write transaction, committed when it returns and rolled back when it raises.

        The work may be run again from its beginning, so it must not change anything but the database. It goes on
        to its end even if the caller is cancelled.
        """
        if self._is_closed:
            raise NotCommitted("The database is closed.")
        task = asyncio.create_task(self._write(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def read(self, step: Callable[[Unit], T]) -> T:
        """Run a step on a read-only connection, each statement for at most five seconds."""
        return await self._reader.read(step)

    async def tidy(self) -> None:
        """Do nothing: the server clears up after itself."""

    async def close(self) -> None:
        """Finish what is under way and let go of the server."""
        self._is_closed = True
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._reader.close()
        await self._engine.dispose()

    async def _write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._write_once(work)
            except Overtaken:
                if not tries_left:
                    raise
        raise AssertionError("The last try returns or raises.")

    async def _write_once(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        with spoken():
            async with self._engine.begin() as connection:
                await connection.execute(_LIMITS, self._limits)
                return await work(_PostgresTransaction(connection))


class _PostgresTransaction:
    """One open transaction on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._unit: UnitOfWork | None = None

    async def run(self, step: Callable[[Unit], T]) -> T:
        """Run a step inside the transaction."""

        def begun(connection: Any) -> T:
            if self._unit is None:
                self._unit = UnitOfWork(connection)
            return step(self._unit)

        with spoken():
            return await self._connection.run_sync(begun)
