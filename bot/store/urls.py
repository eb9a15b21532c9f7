"""Read `DATABASE_URL`: which database it names, and whether a file can be used, in one line with a remedy."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from bot.core.errors import SettingsProblem, StoreProblem

_SQLITE = "sqlite:///"
_POSTGRESQL = re.compile(r"postgres(ql)?://\S+")
_HEADER = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A SQLite database in one file."""

    path: Path


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL database; the URL is what the driver reads, with its query."""

    url: str


Database = SqliteFile | PostgresServer


def read_url(url: str) -> Database:
    """Return the database that a URL names. The URL may hold a password, so no error repeats it."""
    if url.startswith(_SQLITE):
        path = unquote(url.removeprefix(_SQLITE).partition("?")[0])
        if path in {"", ":memory:"}:
            raise SettingsProblem(
                "DATABASE_URL names no file.", "A database needs a file, for instance sqlite:///teabreak.db."
            )
        return SqliteFile(Path(path).absolute())
    if _POSTGRESQL.fullmatch(url):
        return PostgresServer(url)
    raise SettingsProblem(
        "DATABASE_URL is neither a SQLite nor a PostgreSQL address.",
        "Write sqlite:///teabreak.db or postgresql://user:password@host/database.",
    )


def check_file(path: Path, *, writing: bool) -> None:
    """Refuse a file that cannot be used, with what to do about it."""
    folder = path.parent
    if not folder.is_dir():
        raise StoreProblem(f"The folder {folder} does not exist.", "Make it, or change DATABASE_URL.")
    if path.is_dir():
        raise StoreProblem(f"{path} is a folder.", "Name a file in DATABASE_URL.")
    if path.exists():
        _check_content(path)
    elif not writing:
        raise StoreProblem(f"There is no database at {path}.", "Begin with the command run, or check DATABASE_URL.")
    if writing and not os.access(folder, os.W_OK | os.X_OK):
        raise StoreProblem(
            f"The folder {folder} may not be written.", "SQLite keeps two files beside the database: allow it."
        )
    if writing and path.exists() and not os.access(path, os.W_OK):
        raise StoreProblem(f"{path} may not be written.", "Check who owns the file.")


def _check_content(path: Path) -> None:
    if not os.access(path, os.R_OK):
        raise StoreProblem(f"{path} may not be read.", "Check who owns the file.")
    with path.open("rb") as file:
        begin = file.read(len(_HEADER))
    if begin not in {b"", _HEADER}:
        raise StoreProblem(f"{path} is not a database.", "Check DATABASE_URL, or restore a backup.")
