"""The schema of a database: how it stands, and bringing it forward.

A migration runs under a lock and in one transaction, so that a second process waits and a killed one leaves
nothing half done.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, inspect, text
from sqlalchemy.engine import URL

from bot.core.errors import StoreProblem
from bot.store.faults import spoken
from bot.store.postgres_store import make_engine
from bot.store.urls import PostgresServer, SqliteFile, check_file, read_url

T = TypeVar("T")

EMPTY, OLDER, CURRENT, NEWER = "empty", "older", "current", "newer"

# Any number does, as long as nobody else in this database locks the same one.
_LOCK = text("SELECT pg_advisory_xact_lock(7233421960)")


async def schema_state(url: str) -> str:
    """Return how the schema stands: empty, older, current or newer than this program."""
    database = read_url(url)
    if isinstance(database, SqliteFile) and not database.path.exists():
        return EMPTY
    return await _on(database, _state, writing=False)


async def migrate(url: str) -> None:
    """Bring the schema forward to this program's; a current one stays as it is."""
    await _on(read_url(url), _upgrade, writing=True)


def refuse_newer(state: str) -> None:
    """Raise where the schema was made by a newer program."""
    if state == NEWER:
        raise StoreProblem(
            "The database was made by a newer version of Teabreak.", "Install that version, or restore a backup."
        )


async def _on(database: SqliteFile | PostgresServer, step: Callable[[Connection], T], *, writing: bool) -> T:
    with spoken():
        if isinstance(database, SqliteFile):
            check_file(database.path, writing=writing)
            return await asyncio.to_thread(_on_sqlite, database, step, writing)
        return await _on_postgresql(database, step)


def _on_sqlite(database: SqliteFile, step: Callable[[Connection], T], writing: bool) -> T:
    if writing:
        # Chat ids are for nobody else on this machine. The files beside it get the same rights.
        database.path.touch(mode=0o600)
    url = URL.create("sqlite", database=str(database.path))
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"isolation_level": None, "timeout": 5.0}
    )
    with engine.connect() as connection:
        # A table may have to be rebuilt under others that refer to it; all references are checked at the end.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
        result = step(connection)
        if writing and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise StoreProblem("The migration would leave rows without what they refer to.", "Nothing was changed.")
        connection.commit()
        return result


async def _on_postgresql(database: PostgresServer, step: Callable[[Connection], T]) -> T:
    engine = make_engine(database.url, NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(step)
    finally:
        await engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.store:migrations")
    return config


def _state(connection: Connection) -> str:
    scripts = ScriptDirectory.from_config(_config(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return EMPTY
    if current == scripts.get_current_head():
        return CURRENT
    return OLDER if any(script.revision == current for script in scripts.walk_revisions()) else NEWER


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    state = _state(connection)
    refuse_newer(state)
    if state == EMPTY and inspect(connection).has_table("people"):
        raise StoreProblem("The database holds tables of something else.", "Give Teabreak a database of its own.")
    command.upgrade(_config(connection), "head")
