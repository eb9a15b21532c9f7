"""What git remembers of the content folder: ids that were committed, and when a file changed last."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class History:
    """By path below the content folder: the id in the last commit, and the day of the last change."""

    ids: Mapping[str, str]
    changed_on: Mapping[str, date]


def read_history(content: Path) -> History | None:
    """Return what git knows, or None where there is no git or no checkout."""
    git = shutil.which("git")
    if git is None or not content.is_dir():
        return None
    lines = _asked(git, content, "grep", "--no-color", "-E", "^id: ", "HEAD", "--", "*.md")
    if lines is None:
        return None
    ids: dict[str, str] = {}
    for line in lines:
        path, _, found = line.removeprefix("HEAD:").partition(":id: ")
        ids.setdefault(path, found.partition("#")[0].strip().strip("\"'"))
    return History(
        ids, _days(_asked(git, content, "log", "--format=%x09%cs", "--name-only", "--relative", "--", ".") or [])
    )


def _days(log: list[str]) -> Mapping[str, date]:
    days: dict[str, date] = {}
    day: date | None = None
    for line in log:
        if line.startswith("\t"):
            day = date.fromisoformat(line.strip())
        elif line and day:
            days.setdefault(line, day)
    return days


def _asked(git: str, folder: Path, *question: str) -> list[str] | None:
    """Return the lines git answers with, or None if it cannot tell."""
    command = [git, "-C", str(folder), "-c", "core.quotePath=false", "--no-pager", *question]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired):
        return None
    # `git grep` answers 1 when it finds nothing.
    return answer.stdout.decode(errors="replace").splitlines() if answer.returncode in {0, 1} else None
