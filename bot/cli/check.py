"""`teabreak check`: every authoring error of lessons and translations, with file, line and a hint."""

import json as json_format
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.catalogue.checker import Inspection, problems
from bot.catalogue.course_files import COURSE_FILE
from bot.catalogue.history import read_history
from bot.catalogue.stock import read_stock
from bot.catalogue.text_files import Folders
from bot.core.dialogue.commands import COMMAND_WORDS
from bot.ports import FileProblem


def check(path: Path | None, folders: Folders, *, today: date, json: bool = False) -> int:
    """Print what is wrong below a path, or in both folders, and return 1 if any of it is an error.

    The path may be a folder of courses, one course (also one that is not offered, such as the templates), or a file.
    """
    found = _found(path, folders, today)
    if json:
        rows = [_row(problem) for problem in found]
        sys.stdout.write(json_format.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{problem}\n" for problem in found))
        sys.stdout.write(_summary(found))
    return int(any(_is_error(problem) for problem in found))


def _found(path: Path | None, folders: Folders, today: date) -> Sequence[FileProblem]:
    if path is None or path.resolve() == folders.content.resolve():
        return _inspected(folders, None, today)
    if path.resolve().is_relative_to(folders.locales.resolve()):
        return _below(path, _inspected(folders, None, today))
    course = path if path.is_dir() else path.parent
    if (course / COURSE_FILE).is_file():
        # A course that is being written may lie anywhere; its folder's folder stands for the content folder.
        return _below(path, _inspected(Folders(course.parent, folders.locales), course.name, today))
    if course.resolve().is_relative_to(folders.content.resolve()):
        return _below(path, _inspected(folders, None, today))
    return _inspected(Folders(path, folders.locales), None, today)


def _inspected(folders: Folders, only: str | None, today: date) -> Sequence[FileProblem]:
    commands = {str(command): phrase for command, phrase in COMMAND_WORDS.items()}
    return problems(read_stock(folders, only=only), Inspection(commands, today, read_history(folders.content)))


def _below(path: Path, found: Sequence[FileProblem]) -> Sequence[FileProblem]:
    return [problem for problem in found if (Path.cwd() / problem.path).resolve().is_relative_to(path.resolve())]


def _row(problem: FileProblem) -> dict[str, str | int]:
    found = problem.problem
    return {
        "path": problem.path,
        "line": found.line,
        "column": found.column,
        "code": found.code,
        "message": found.message,
        "hint": found.hint,
    }


def _is_error(problem: FileProblem) -> bool:
    return problem.problem.code.startswith("E")


def _summary(found: Sequence[FileProblem]) -> str:
    errors = sum(_is_error(problem) for problem in found)
    return f"{errors} errors, {len(found) - errors} warnings.\n"
