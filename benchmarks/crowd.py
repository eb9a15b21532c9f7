"""A crowd whose hour comes: a few firms kept by the store's own repositories, all others copied from them by SQL.

The ids of people are scattered, as random ones are, so that who is due next lies anywhere in the file.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

from benchmarks.people import COMPANY_SIZE, keep, learner
from benchmarks.product import BEGAN, Morning, catalogue, play
from bot.core.course import Course
from bot.core.facts import Fact, LessonCompleted, PersonKept, RhythmKept
from bot.core.learner import ActionChoice, Rhythm
from bot.core.reminder import EVERY_DAY
from bot.rows import TurnRow

SEEDS = 100 * COMPANY_SIZE
# What the clocks of the firms show when the clock of the benchmarks begins.
HOUR = time(8)
YESTERDAY = BEGAN - timedelta(days=1, minutes=3)

_NUMBERED = "printf('%s%015d', substr({0}, 1, 1), substr({0}, 2) + {1})"
_PERSON = "printf('P%015d', (substr({}, 2) + :ahead) * 736338717 % 1000000007)"
_COMPANY = _NUMBERED.format("{0}", f":ahead / {COMPANY_SIZE}")
# What differs in a copy; all other columns are taken as they are.
_COPIES: Mapping[str, Mapping[str, str]] = {
    "companies": {"id": _COMPANY.format("id")},
    "people": {"id": _PERSON.format("id")},
    "addresses": {
        "id": "id + :ahead",
        "chat": "CAST(chat + :ahead AS TEXT)",
        "active_person_id": _PERSON.format("active_person_id"),
    },
    "address_people": {"address_id": "address_id + :ahead", "person_id": _PERSON.format("person_id")},
    "conversations": {
        "address_id": "address_id + :ahead",
        "person_id": _PERSON.format("person_id"),
        "key": _NUMBERED.format("key", ":ahead"),
    },
    "company_courses": {"company_id": _COMPANY.format("company_id")},
    "memberships": {"person_id": _PERSON.format("person_id"), "company_id": _COMPANY.format("company_id")},
    "enrollments": {"person_id": _PERSON.format("person_id")},
    "lesson_completions": {"person_id": _PERSON.format("person_id")},
    "rhythms": {"person_id": _PERSON.format("person_id")},
}


def prepare(path: str, count: int) -> dict[str, float]:
    """Make a database of so many people, all of whom are due when the clock begins."""
    play(_keep_seeds(Path(path), min(count, SEEDS)))
    with closing(sqlite3.connect(path)) as connection:
        for table in _COPIES:
            connection.execute(f"CREATE TEMP TABLE seed_{table} AS SELECT * FROM {table}")
        for ahead in range(SEEDS, count, SEEDS):
            for table, changed in _COPIES.items():
                _copy(connection, table, changed, ahead)
        connection.commit()
        (people,) = connection.execute("SELECT count(*) FROM rhythms").fetchone()
    return {"people": people}


async def _keep_seeds(path: Path, count: int) -> None:
    course = catalogue(Morning()).courses("en")[0]
    await keep(path, [_sleeper(number, course) for number in range(count)], YESTERDAY)


def _sleeper(number: int, course: Course) -> TurnRow:
    """Return a learner who was here yesterday and chose this hour. Every other one has finished a lesson, too."""
    row = learner(number, course)
    facts = [_with_hour(fact) for fact in row.facts]
    facts.append(RhythmKept(row.person_id or "", Rhythm(EVERY_DAY, BEGAN)))
    if number % 2:
        lesson = course.lessons[-1]
        facts.append(LessonCompleted(row.person_id or "", course.id, lesson.id, ActionChoice.TODAY, "en"))
    return replace(row, facts=tuple(facts))


def _with_hour(fact: Fact) -> Fact:
    return replace(fact, person=replace(fact.person, hour=HOUR)) if isinstance(fact, PersonKept) else fact


def _copy(connection: sqlite3.Connection, table: str, changed: Mapping[str, str], ahead: int) -> None:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(name, name) for name in names)
    connection.execute(f"INSERT INTO {table} SELECT {values} FROM seed_{table}", {"ahead": ahead})
