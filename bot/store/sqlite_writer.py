"""The one connection that writes into a SQLite file. It is synchronous and lives in one thread."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from bot.store.unit_of_work import UnitOfWork

# SQLite itself waits so long for a lock that another process holds; then BEGIN is tried once more.
PATIENCE = timedelta(seconds=5)
_TRIES = 2

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    # What was erased must not be found in the file.
    "secure_delete = ON",
)
_OF_WHAT_IS_THROWN_AWAY = ("synchronous = OFF", "secure_delete = OFF", "locking_mode = EXCLUSIVE")


class SqliteWriter:
    """A connection with at most one open transaction, which holds the write lock from its beginning.

    A transaction that began by reading could not write any more once another process had written in between:
    SQLite refuses it at once, without waiting. So there is BEGIN IMMEDIATE and nothing else.
    """

    def __init__(self, path: Path, patience: timedelta = PATIENCE, *, is_thrown_away: bool = False) -> None:
        """Open the file; one that is thrown away need not outlast a power cut, so nothing waits for the disk."""
        engine = create_engine(
            URL.create("sqlite", database=str(path)),
            poolclass=NullPool,
            # A row's values must not get into the message of an error.
            hide_parameters=True,
            connect_args={"isolation_level": None, "timeout": patience.total_seconds()},
        )
        self._connection = engine.connect()
        for pragma in (*_PRAGMAS, *_OF_WHAT_IS_THROWN_AWAY) if is_thrown_away else _PRAGMAS:
            self._connection.exec_driver_sql(f"PRAGMA {pragma}")
        self._connection.commit()

    def begin(self) -> UnitOfWork:
        """Begin a transaction and return its repositories."""
        for tries_left in reversed(range(_TRIES)):
            try:
                self._connection.exec_driver_sql("BEGIN IMMEDIATE")
                break
            except OperationalError:
                self._connection.rollback()
                if not tries_left:
                    raise
        return UnitOfWork(self._connection)

    def commit(self) -> None:
        """Put the transaction on the disk."""
        self._connection.commit()

    def roll_back(self) -> None:
        """Undo the transaction."""
        self._connection.rollback()

    def tidy(self) -> None:
        """Move what was written from the log into the file, and empty the log."""
        self._connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.commit()

    def close(self) -> None:
        """Let go of the file; what is not committed is undone."""
        self._connection.close()
