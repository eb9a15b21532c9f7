"""Hours and weekdays however people say them: `9`, `٩ صباحا`, `half past nine`, `mon wed`, `1 3 5`, `every day`.

Forgiving in form and strict in meaning: what is no hour or no day is not read at all.
"""

import re
from collections.abc import Mapping
from datetime import time

from bot.core.answer import normalized
from bot.core.reminder import EVERY_DAY

ENGLISH_WEEKDAYS = {
    "monday": "0",
    "tuesday": "1",
    "wednesday": "2",
    "thursday": "3",
    "friday": "4",
    "saturday": "5",
    "sunday": "6",
    "weekdays": "01234",
    "weekend": "56",
}
_LAST_HOUR, _LAST_MINUTE, _NOON, _DAY = 23, 59, 12, 24
_SHORTEST_BEGINNING = 3

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {
    **{word: number for number, word in enumerate(_ONES, 1)},
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
}
# By day and by night: what is said beside an hour, in the languages the bot was first written for.
_BEFORE_NOON = frozenset({"am", "morning", "صباحا", "الصباح", "ص", "утра", "matin"})
_AFTER_NOON = frozenset({"pm", "afternoon", "evening", "مساء", "المساء", "م", "вечера", "дня", "soir"})
_SAID_BESIDE = frozenset(
    {"at", "o", "clock", "oclock", "in", "the", "h", "heure", "heures", "à", "du", "الساعة", "في", "в", "час", "часа"}
    | {"часов"}
)
_WHOLE = {"noon": time(12), "midi": time(12), "полдень": time(12), "midnight": time(0), "minuit": time(0)}
_PAST = re.compile(r"(half|quarter|\d+) (past|to) (\d+)")
_AND = frozenset({"and", "et", "и", "و", "on", "يوم", "le", "les"})
_EVERY_DAY = frozenset({"every day", "everyday", "daily", "all", "all days", "each day"})
_FROM_TO = re.compile(r"\s*(\w+)(?:\s*[-–]\s*|\s+to\s+)(\w+)\s*", re.IGNORECASE)


def read_hour(text: str) -> time | None:
    """Return the time of day in a text such as `9`, `21.30`, `5 pm`, `9h30` or `half past nine`, or None."""
    # A letter beside a figure is a word of its own: 9am, 9h30.
    said = re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", normalized(text))
    said = re.sub(r"\b([ap]) m\b", r"\1m", said)
    words = [word for word in said.split() if word not in _SAID_BESIDE]
    if len(words) == 1 and words[0] in _WHOLE:
        return _WHOLE[words[0]]
    halves = [word in _AFTER_NOON for word in words if word in _BEFORE_NOON | _AFTER_NOON]
    rest = [word for word in words if word not in _BEFORE_NOON | _AFTER_NOON]
    found = _in_figures(" ".join(str(_NUMBERS.get(word, word)) for word in rest))
    if found is None or len(halves) > 1:
        return None
    hour, minute = found
    if halves:
        hour = hour % _NOON + (_NOON if halves[0] else 0)
    return time(hour, minute)


def _in_figures(said: str) -> tuple[int, int] | None:
    """Return hour and minute of `9 30` or `half past 9`."""
    match = _PAST.fullmatch(said)
    if match:
        minutes = {"half": 30, "quarter": 15}.get(match[1]) or int(match[1][:4])
        hours, minute = divmod(minutes if match[2] == "past" else -minutes, 60)
        return _checked((int(match[3][:4]) + hours) % _DAY, minute) if minutes <= _LAST_MINUTE else None
    figures = said.split()
    if not all(figure.isdecimal() for figure in figures) or len(figures) not in {1, 2}:
        return None
    return _checked(int(figures[0][:4]), int(figures[-1][:4]) if len(figures) > 1 else 0)


def _checked(hour: int, minute: int) -> tuple[int, int] | None:
    return (hour, minute) if hour <= _LAST_HOUR and minute <= _LAST_MINUTE else None


def read_days(text: str, weekdays: Mapping[str, str]) -> str | None:
    """Return the weekdays in a text as sorted digits from 0 for Monday, or None if any of it is unclear.

    Figures count from 1 for Monday. `weekdays` are the names in other languages, normalized.
    """
    names = {**ENGLISH_WEEKDAYS, **weekdays}
    said = normalized(text)
    if said in _EVERY_DAY:
        return EVERY_DAY
    match = _FROM_TO.fullmatch(text)
    first, last = (_days_of(normalized(word), names) for word in match.groups()) if match else (None, None)
    if first and last:
        return _from_to(first, last)
    for name in (known for known in names if " " in known):
        said = said.replace(name, names[name].translate(_AS_SAID))
    found = [_days_of(word, names) for word in said.split() if word not in _AND]
    if not found or None in found:
        return None
    return "".join(sorted(set("".join(days for days in found if days))))


_AS_SAID = str.maketrans(EVERY_DAY, "1234567")


def _days_of(word: str, names: Mapping[str, str]) -> str | None:
    """Return the days that one word means: figures, a name, its beginning, its plural."""
    if word.isdecimal():
        days = {ord(digit): place for digit, place in zip("1234567", EVERY_DAY, strict=True)}
        return word.translate(days) if set(word) <= set("1234567") else None
    # Arabic writes "and" as the first letter of the word that follows.
    for said in (word, word.removesuffix("s"), word.removeprefix("و")):
        if said in names:
            return names[said]
    begun = {days for name, days in names.items() if len(word) >= _SHORTEST_BEGINNING and name.startswith(word)}
    return begun.pop() if len(begun) == 1 else None


def _from_to(first: str, last: str) -> str:
    """Return all days from one to another, over Sunday where it must be."""
    begin, end = int(first[0]), int(last[-1])
    return "".join(sorted(str((begin + step) % 7) for step in range((end - begin) % 7 + 1)))
