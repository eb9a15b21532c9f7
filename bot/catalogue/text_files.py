"""Read the files of authors and translators: small, UTF-8 and inside their folder, or a problem instead."""

from dataclasses import dataclass
from pathlib import Path

from bot.core.question import Problem

LONGEST_LESSON = 100_000
LONGEST_CATALOGUE = 2_000_000


@dataclass(frozen=True, slots=True)
class Folders:
    """The two folders that need no programmer."""

    content: Path
    locales: Path


def shown(path: Path) -> str:
    """Return a path as people are told it: from where they stand, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


def read_text(path: Path, root: Path, longest: int = LONGEST_LESSON) -> str | Problem:
    """Return the text of a file below `root` with plain line ends, or the problem that keeps it from being read."""
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return _unreadable("The file leads out of its folder.", "Put the file itself here, not a link to it.")
        if path.stat().st_size > longest:
            return _unreadable("The file is too large.", f"Keep it under {longest // 1000} KB.")
        return decoded(path.read_bytes())
    except OSError:
        return _unreadable("The file cannot be read.", "See whether it is there and may be read.")


def decoded(content: bytes) -> str | Problem:
    """Return bytes as text; a byte order mark and the line ends of Windows are taken away."""
    if b"\0" in content:
        return _unreadable("The file holds zero bytes.", "Save it again as plain text in UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unreadable("The file is not in UTF-8.", "Save it again as plain text in UTF-8.", line)
    if not text.strip():
        return _unreadable("The file is empty.", "Write the lesson, or take the file away.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unreadable(message: str, hint: str, line: int = 1) -> Problem:
    return Problem("E100", line, message, hint)
