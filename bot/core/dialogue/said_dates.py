"""Reads a day however people write it: `2026-12-31`, `31.12.`, `31/12/26`, `٣١/١٢`, `31 December`.

Forgiving in form and strict in meaning: a day that no calendar has is not read. Which figure is the day and which the
month is a guess, so whoever asks says the day back in words.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.core.answer import normalized

_ENGLISH = ("january", "february", "march", "april", "may", "june", "july")
_ENGLISH_MONTHS = {
    name: number
    for number, full in enumerate((*_ENGLISH, "august", "september", "october", "november", "december"), 1)
    for name in (full, full[:3])
} | {"sept": 9}
_SAID_BESIDE = frozenset(
    {"the", "of", "on", "by", "until", "st", "nd", "rd", "th", "le", "er", "du", "до", "к", "г", "года", "في", "يوم"}
)
_LAST_MONTH, _LONGEST_MONTH, _CENTURY, _LONGEST = 12, 31, 2000, 4
_DAY_AND_MONTH, _WITH_YEAR, _SHORT_YEAR = 2, 3, 2


def read_date(text: str, today: date, months: Mapping[str, int]) -> date | None:
    """Return the day a text means, or None; without a year it is the next one that comes.

    `months` are the names in another language, normalized; English ones are always known.
    """
    said = re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", normalized(text))
    words = [word for word in said.split() if word not in _SAID_BESIDE]
    figures = [word for word in words if word.isdecimal() and len(word) <= _LONGEST]
    named = [number for word in words if (number := months.get(word) or _ENGLISH_MONTHS.get(word))]
    if len(figures) + len(named) != len(words) or len(named) > 1:
        return None
    return _named(figures, named[0], today) if named else _in_figures(figures, today)


def _named(figures: Sequence[str], month: int, today: date) -> date | None:
    """Return the day of a month that was named: `31 December`, `December 31, 2026`."""
    if len(figures) not in {1, 2}:
        return None
    first, *rest = figures
    if rest and int(first) > _LONGEST_MONTH:
        first, rest = rest[0], [first]
    return _day(rest[0] if rest else None, month, int(first), today)


def _in_figures(figures: Sequence[str], today: date) -> date | None:
    """Return the day of figures alone: the year first and then the month, or else the day first."""
    if len(figures) not in {_DAY_AND_MONTH, _WITH_YEAR}:
        return None
    if len(figures) == _WITH_YEAR and len(figures[0]) > _SHORT_YEAR:
        return _day(figures[0], int(figures[1]), int(figures[2]), today)
    day, month = int(figures[0]), int(figures[1])
    if month > _LAST_MONTH >= day:
        day, month = month, day
    return _day(figures[2] if len(figures) == _WITH_YEAR else None, month, day, today)


def _day(year: str | None, month: int, day: int, today: date) -> date | None:
    if year is not None:
        number = int(year)
        return _checked(number + _CENTURY if len(year) <= _SHORT_YEAR else number, month, day)
    coming = (_checked(today.year + later, month, day) for later in range(2))
    return next((found for found in coming if found and found > today), None)


def _checked(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
