"""Weeks of a worker as golden files, to be read line by line: every rung of the ladder, odd clocks, a whole course.

`pytest tests/journeys/test_golden.py --update-journeys` writes them anew; the difference is reviewed like code.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.journeys.diary import CODE, Diary, Place, diary

GOLDEN = Path(__file__).parent / "golden"
Play = Callable[[Diary], Awaitable[None]]


async def begins(worker: Diary) -> None:
    """Join with the code of the firm, up to the first card."""
    await worker.opens(CODE)
    await worker.chooses(f"speak_{worker.language}")
    await worker.chooses("agree")


async def joins(worker: Diary, *, typed: str = "") -> None:
    """Join with the code of the firm, and take the first lesson with a mistake in it."""
    await begins(worker)
    await worker.learns(wrong=[2], typed=typed)
    await worker.chooses("useful_yes")


async def at_ten(worker: Diary) -> None:
    """Choose ten o'clock with a tap."""
    await worker.chooses("at_1000")
    await worker.chooses("zone_yes")


async def a_fortnight(worker: Diary) -> None:
    """From the first card to the last, and the week after."""
    await joins(worker)
    await at_ten(worker)
    # Two questions before the course, and the same after it.
    await worker.takes_up(rightly=False)
    await worker.waits()
    await worker.chooses("next")
    await worker.takes_up()
    await worker.learns()
    await worker.waits()
    await worker.chooses("snooze 60")
    await worker.waits()
    await worker.chooses("next")
    await worker.takes_up("not_yet", rightly=False)
    await worker.learns(wrong=[1], action="tomorrow")
    # A lesson more on a Sunday, unasked.
    await worker.day(15, 30, days=2)
    await worker.says("next")
    await worker.takes_up("done")
    await worker.learns()
    await worker.chooses("useful_little")
    for after, action in (("could_not", "not_for_me"), ("done", "today")):
        await worker.waits()
        await worker.chooses("next")
        await worker.takes_up(after)
        await worker.learns(action=action)
    assert "You have finished all 6 lessons" in worker.newest()
    await worker.chooses("useful_yes")
    await worker.takes_up()
    for after in ("done", "not_yet", "done"):
        await worker.waits()
        await worker.chooses("next")
        await worker.takes_up(after)


async def a_fortnight_in_arabic(worker: Diary) -> None:
    """The same in Arabic, with digits as they are typed there, and two lessons on a day off."""
    await joins(worker, typed="٠١٢٣٤٥٦٧٨٩")
    await worker.chooses("other")
    await worker.says("١٠:٠٠")
    await worker.chooses("zone_yes")
    for _ in range(3):
        await worker.waits()
        await worker.chooses("next")
        await worker.takes_up()
        await worker.learns(typed="٠١٢٣٤٥٦٧٨٩")
    await worker.chooses("useful_yes")
    await worker.day(18, days=1)
    for _ in range(2):
        await worker.says("التالي")
        await worker.takes_up()
        await worker.learns()
    await worker.chooses("useful_yes")
    await worker.waits()
    await worker.chooses("next")
    await worker.takes_up()


async def the_ladder(worker: Diary) -> None:
    """Nobody answers: three messages, one a week, one that says it is the last, and silence until somebody writes."""
    await joins(worker)
    await at_ten(worker)
    for _ in range(6):
        await worker.waits()
    assert await worker.until(worker.clock.now() + timedelta(weeks=10)) == 0
    await worker.says("hello")
    await worker.says("next")
    await worker.takes_up()
    await worker.learns()
    await worker.waits()


def three_days(hour: str) -> Play:
    """Return a journey of three days on which nobody answers. An hour in the night is one of who works nights."""

    async def play(worker: Diary) -> None:
        worker.shows_offset = True
        await begins(worker)
        await worker.says(f"/hour {hour}")
        if "nights_yes" in worker.choices():
            await worker.chooses("nights_yes")
        await worker.chooses("zone_yes")
        await worker.says("/days every day")
        for _ in range(3):
            await worker.waits()

    return play


@dataclass(frozen=True)
class Journey:
    """What is played, what the file is headed with, when and where it begins, and in which language."""

    play: Play
    title: str
    began: datetime
    zone: str
    country: str
    language: str = "en"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


MONDAY = utc(2026, 9, 7, 7, 30)
JOURNEYS: dict[str, Journey] = {
    "fortnight-en": Journey(
        a_fortnight,
        "A fortnight with the course on safety, from the first card to the end, and what comes back in the week after.",
        MONDAY,
        "Africa/Johannesburg",
        "ZA",
    ),
    "fortnight-ar": Journey(
        a_fortnight_in_arabic,
        "The course on safety in Arabic, from the first card to the end.",
        MONDAY,
        "Africa/Cairo",
        "EG",
        "ar",
    ),
    "ladder-en": Journey(
        the_ladder,
        "Nobody answers: three messages, then one a week, then one that says it is the last, then silence.",
        MONDAY,
        "Africa/Johannesburg",
        "ZA",
    ),
    "dst-berlin-spring": Journey(
        three_days("02:30"),
        "Half past two at night in Berlin: on Sunday, 29 March, the clock goes from 02:00 to 03:00.",
        utc(2026, 3, 27, 21, 0),
        "Europe/Berlin",
        "DE",
    ),
    "dst-berlin-autumn": Journey(
        three_days("02:30"),
        "Half past two at night in Berlin: on Sunday, 25 October, the clock goes from 03:00 back to 02:00.",
        utc(2026, 10, 23, 21, 0),
        "Europe/Berlin",
        "DE",
    ),
    "dst-cairo": Journey(
        three_days("00:30"),
        "Half past midnight in Cairo: on Friday, 24 April, the clock goes from 00:00 to 01:00.",
        utc(2026, 4, 22, 19, 0),
        "Africa/Cairo",
        "EG",
    ),
    "dst-casablanca": Journey(
        three_days("10:00"),
        "Ten o'clock in Casablanca: on Sunday, 15 February, for Ramadan, the clock goes from 03:00 back to 02:00.",
        utc(2026, 2, 13, 18, 0),
        "Africa/Casablanca",
        "MA",
    ),
    "dst-chatham": Journey(
        three_days("03:00"),
        "Three o'clock at night on the Chatham Islands: on Sunday, 27 September, the clock goes from 02:45 to 03:45.",
        utc(2026, 9, 25, 8, 0),
        "Pacific/Chatham",
        "NZ",
    ),
}


# What was played in this process: the weeks are read twice, as a text and as a count.
_PLAYED: dict[str, Diary] = {}


async def played(name: str, folder: Path) -> Diary:
    journey = JOURNEYS[name]
    if name not in _PLAYED:
        async with diary(folder, journey.began, Place(journey.zone, journey.country, journey.language)) as worker:
            await journey.play(worker)
        _PLAYED[name] = worker
    return _PLAYED[name]


@pytest.mark.parametrize("name", list(JOURNEYS))
async def test_a_journey_reads_as_it_was_agreed(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    worker = await played(name, tmp_path)
    path = GOLDEN / f"{name}.txt"
    text = worker.text(JOURNEYS[name].title)
    if request.config.getoption("--update-journeys"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), "run with --update-journeys and read the difference"


@pytest.mark.parametrize("name", list(JOURNEYS))
async def test_at_most_one_message_a_local_day_is_begun_by_the_bot_and_none_in_quiet_hours(
    name: str, tmp_path: Path
) -> None:
    worker = await played(name, tmp_path)
    begun = [entry.at.astimezone(worker.zone) for entry in worker.entries if entry.begun]
    asked_for = [
        e.at.astimezone(worker.zone).date() for e in worker.entries if e.text in {"[In an hour]", "[بعد ساعة]"}
    ]
    a_day, in_an_hour = Counter(moment.date() for moment in begun), Counter(asked_for)
    assert len(begun) >= 3
    # Who asks for a message in an hour gets it, beside the one of the day.
    assert not {day: count for day, count in a_day.items() if count > 1 + in_an_hour[day]}
    works_nights = any(
        entry.text == "[Yes]" and "work nights" in before.text for before, entry in pairwise(worker.entries)
    )
    quiet = [moment for moment in begun if is_quiet(moment.time(), works_nights=works_nights)]
    assert quiet == []


def is_quiet(hour: time, *, works_nights: bool) -> bool:
    """Say it in the words of the promise, not in those of the program."""
    return time(8) <= hour < time(19) if works_nights else not time(7) <= hour < time(20)


@pytest.mark.parametrize("name", ["fortnight-en", "fortnight-ar"])
async def test_a_fortnight_is_enough_for_the_course(name: str, tmp_path: Path) -> None:
    worker = await played(name, tmp_path)
    memory = worker.memory
    enrollment = memory.enrollments[0]
    assert memory.completed == {f"osh-0{n}" for n in range(1, 7)}
    assert enrollment.finished_at
    assert enrollment.finished_at - JOURNEYS[name].began < timedelta(days=14)


async def test_who_never_answers_is_written_to_six_times_and_then_left_alone(tmp_path: Path) -> None:
    worker = await played("ladder-en", tmp_path)
    begun = [entry.at.astimezone(worker.zone).date() for entry in worker.entries if entry.begun]
    assert [(later - day).days for day, later in pairwise(begun[:6])] == [2, 3, 7, 7, 7]
    assert (begun[6] - begun[5]).days > 70
