"""E1: front matter, ids, and the list of lessons."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from bot.catalogue.course_files import CourseFolder, LessonFile
from bot.catalogue.front_matter import FrontMatter
from bot.catalogue.lesson_files import is_sensitive
from bot.catalogue.po_files import HELP, INTERFACE
from bot.core.course import Audience
from bot.core.question import Problem

Check = Callable[[FrontMatter, str], bool]

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_GOALS = 17
_RESERVED = frozenset({HELP, INTERFACE, "none", "templates"})


def is_kebab(text: str) -> bool:
    """Say whether an id is in small letters, digits and hyphens."""
    return bool(_KEBAB.fullmatch(text))


def _one_of(*values: str) -> Check:
    return lambda front, key: front.text(key) in values


def _is_whole(front: FrontMatter, key: str) -> bool:
    text = front.text(key)
    return text.isascii() and text.isdecimal() and len(text) < len("10000")


def _are_goals(front: FrontMatter, key: str) -> bool:
    value = front.values.get(key, "")
    goals = (value,) if isinstance(value, str) else value
    return all(goal.isascii() and goal.isdecimal() and 1 <= int(goal[:3]) <= _GOALS for goal in goals)


def _is_text(front: FrontMatter, key: str) -> bool:
    return bool(front.text(key))


_AUDIENCE = (_one_of(*Audience), "Write worker, owner or both.")
_TEXT = (_is_text, "Write one line of text.")
_WHOLE = (_is_whole, "Write a whole number.")
_SDG = (_are_goals, "Write numbers from 1 to 17, as in `[3, 8]`.")
_LESSON: Mapping[str, tuple[Check, str]] = {
    "id": _TEXT,
    "title": _TEXT,
    "objective": _TEXT,
    "audience": _AUDIENCE,
    "minutes": (_one_of("3", "4", "5"), "Write 3, 4 or 5."),
    "sensitivity": (_one_of("normal", "sensitive"), "Write normal or sensitive."),
    "score": _WHOLE,
    "sdg": _SDG,
    "owner": _TEXT,
}
_COURSE: Mapping[str, tuple[Check, str]] = {
    "id": _TEXT,
    "title": _TEXT,
    "summary": _TEXT,
    "order": _WHOLE,
    "audience": _AUDIENCE,
    "score": _WHOLE,
    "sdg": _SDG,
    "gain": (lambda _front, _key: True, "Write `[q-one, q-two]`."),
}
_OPTIONAL = frozenset({"score", "sdg", "owner", "gain"})


def lesson_front(file: LessonFile) -> Iterator[Problem]:
    """Report what is wrong with the keys of a lesson."""
    front = file.source.front
    yield from keys(front, _LESSON)
    yield from _id_form(front)
    if not front.values:
        return
    if not is_sensitive(file.source) and not front.text("owner"):
        hint = "Add `owner: At this week's meeting, ask …`."
        yield Problem("E109", 1, "The lesson has no line for the owner.", hint)
    elif is_sensitive(file.source) and front.text("owner"):
        hint = "Take it out: nobody at the company is told about these lessons."
        yield Problem("E109", front.line("owner"), "A sensitive lesson has a line for the owner.", hint)


def course_front(course: CourseFolder) -> Iterator[Problem]:
    """Report what is wrong with the keys of `course.md` and with its list."""
    front = course.source.front
    yield from course.source.problems
    yield from keys(front, _COURSE)
    yield from _id_form(front)
    if course.source.id in _RESERVED:
        yield Problem("E106", front.line("id"), "The id is reserved.", "Take another one.")
    times = Counter(link.path for link in course.source.links)
    there = {file.path.rpartition("/")[2] for file in course.lessons}
    for link in course.source.links:
        if link.path not in there:
            yield Problem("E108", link.line, "The lesson is not in this folder.", "Mend the name of the file.")
        elif times[link.path] > 1:
            yield Problem("E108", link.line, "The lesson is listed twice.", "Take one line out.")
    if not course.source.links:
        yield Problem("E108", 1, "The course lists no lesson.", "Write `- [Title](01-name.md)`.")


def strays(course: CourseFolder) -> Iterator[tuple[str, Problem]]:
    """Report lessons that lie in the folder and are in no list."""
    for file in course.strays:
        hint = f"Add `- [Title]({file.path.rpartition('/')[2]})` to course.md."
        yield file.path, Problem("E108", 1, "The lesson is not in course.md.", hint)


def keys(
    front: FrontMatter, known: Mapping[str, tuple[Check, str]], optional: frozenset[str] = _OPTIONAL
) -> Iterator[Problem]:
    """Report keys that are missing or not known, and values that are not possible."""
    for key, (is_possible, hint) in known.items():
        if key in front.values and not is_possible(front, key):
            yield Problem("E104", front.line(key), f"The value of `{key}` is not possible.", hint)
        elif key not in front.values and key not in optional and (front.values or front.lines):
            yield Problem("E102", front.line(key), f"The key `{key}` is missing.", hint)
    for key in front.lines:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(known)}."
            yield Problem("E103", front.line(key), "The key is not known.", hint)


def _id_form(front: FrontMatter) -> Iterator[Problem]:
    if front.text("id") and not is_kebab(front.text("id")):
        yield Problem("E105", front.line("id"), "The id has an unusual form.", "Use small letters, digits and hyphens.")
