"""What the drivers raise, in words of ours that hold no value of any row.

A driver's message may quote a row, so it never leaves this room: neither as a message nor as a cause.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.core.errors import NotCommitted, StoreProblem

_log = structlog.get_logger()

_LATER = "Nothing was written; it may be tried again."
_FULL_OR_BUSY = {
    "SQLITE_BUSY": "Another process holds the database.",
    "SQLITE_LOCKED": "Another process holds the database.",
    "SQLITE_FULL": "The disk is full.",
    "SQLITE_IOERR": "The disk does not answer.",
    "SQLITE_CANTOPEN": "The database cannot be opened.",
    "SQLITE_PROTOCOL": "Another process holds the database.",
}
_BROKEN = {
    "SQLITE_CORRUPT": ("The database is damaged.", "Stop and restore the last good backup."),
    "SQLITE_NOTADB": ("The file is not a Teabreak database.", "Check DATABASE_URL."),
    "SQLITE_READONLY": ("The database may not be written.", "Check who owns the file and its folder."),
    "SQLITE_INTERRUPT": ("Reading took longer than it may.", "Ask for less at once."),
}
_STATES = {
    "40001": "Two transactions met.",
    "40P01": "Two transactions met.",
    "23505": "Two transactions met.",
    "53100": "The disk of the database is full.",
    "53300": "The database has no free connection.",
    "55P03": "Another process holds what is needed.",
    "25P03": "The transaction was left alone too long.",
    "57P01": "The database is stopping.",
    "57P03": "The database is starting.",
    "25006": "The database may not be written.",
}
# The server lets nobody in until somebody mends this. No event is at fault, so each may be tried again.
_REFUSED = {
    "28P01": ("PostgreSQL refuses the password.", "Check the user and the password in DATABASE_URL."),
    "28000": (
        "PostgreSQL refuses this user.",
        "Check the user in DATABASE_URL, and pg_hba.conf on the server; some want ?sslmode=require.",
    ),
    "3D000": ("PostgreSQL has no database of this name.", "Make it with createdb, or check DATABASE_URL."),
    "42501": ("PostgreSQL does not allow this user to do that.", "Make the user of DATABASE_URL the database's owner."),
    "42704": ("PostgreSQL does not know a setting of DATABASE_URL.", "Leave out what follows the question mark there."),
}
_TIMED_OUT = "57014"
_MEETINGS = frozenset({"40001", "40P01", "23505"})
_TAKEN = frozenset({"SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"})


class Overtaken(StoreProblem):
    """Another transaction was first. Taking the turn again gives the right answer."""


@contextmanager
def spoken() -> Iterator[None]:
    """Turn a driver's error inside the block into one of ours."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        raise translate(error) from None


def translate(error: Exception) -> StoreProblem:
    """Return the error of ours for a driver's one."""
    if isinstance(error, PoolTimeout):
        return NotCommitted("All connections of the database are busy.", _LATER)
    if not isinstance(error, DBAPIError):
        return NotCommitted("The database does not answer.", _LATER)
    name = getattr(error.orig, "sqlite_errorname", None)
    return _of_sqlite(error, name) if name else _of_postgresql(error)


def _of_sqlite(error: DBAPIError, name: str) -> StoreProblem:
    if name in _TAKEN:
        return Overtaken(_STATES["23505"], _LATER)
    # Extended names such as SQLITE_IOERR_WRITE begin with the plain one.
    plain = "_".join(name.split("_")[:2])
    if plain in _FULL_OR_BUSY:
        return NotCommitted(_FULL_OR_BUSY[plain], _LATER)
    if plain in _BROKEN:
        return StoreProblem(*_BROKEN[plain])
    return _unexpected(error, name)


def _of_postgresql(error: DBAPIError) -> StoreProblem:
    state = getattr(error.orig, "sqlstate", None)
    if state in _MEETINGS:
        return Overtaken(_STATES[state], _LATER)
    if state == _TIMED_OUT:
        return StoreProblem(*_BROKEN["SQLITE_INTERRUPT"])
    if state in _STATES:
        return NotCommitted(_STATES[state], _LATER)
    if state in _REFUSED and (state != "42704" or error.statement is None):
        return NotCommitted(*_REFUSED[state])
    if error.connection_invalidated or isinstance(error, InterfaceError) or (state or "").startswith("08"):
        return NotCommitted("The connection to the database was cut.", _LATER)
    return _unexpected(error, state or "?")


def _unexpected(error: DBAPIError, name: str) -> StoreProblem:
    # The statement is ours and has placeholders only; the driver's own message might quote a row.
    _log.error("store.refused", code=name, statement=error.statement)
    return StoreProblem(f"The database refused a statement ({name}).")
