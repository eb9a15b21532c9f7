"""Weeks of a worker as golden files, to be read line by line: every rung of the ladder, odd clocks, a whole course.

`pytest tests/journeys/test_golden.py --update-journeys` writes them anew; the difference is reviewed like code.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.journeys.diary import CODE, Diary, Place, diary

GOLDEN = Path(__file__).parent / "golden"
Play = Callable[[Diary], Awaitable[None]]


async def joins(worker: Diary, *, typed: str = "") -> None:
    """Join with the code of the firm, and take the first lesson with a mistake in it."""
    await worker.opens(CODE)
    await worker.chooses(f"speak_{worker.language}")
    await worker.chooses("agree")
    await worker.learns(wrong=[2], typed=typed)
    await worker.chooses("useful_yes")


async def at_ten(worker: Diary) -> None:
    """Choose ten o'clock with a tap."""
    await worker.chooses("at_1000")
    await worker.chooses("zone_yes")


async def at_night(worker: Diary, hour: str) -> None:
    """Choose an hour in the night, which only somebody who works then is written to at."""
    await worker.chooses("other")
    await worker.says(hour)
    await worker.chooses("yes")
    await worker.chooses("zone_yes")


async def a_fortnight(worker: Diary) -> None:
    """From the first card to the last, and the week after."""
    await joins(worker)
    await at_ten(worker)
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
    worker.note("ten weeks without a message")
    await worker.says("hello")
    await worker.says("next")
    await worker.takes_up()
    await worker.learns()
    await worker.waits()


def three_nights(hour: str) -> Play:
    """Return a journey of somebody who works nights, every day of three."""

    async def play(worker: Diary) -> None:
        worker.shows_offset = True
        await joins(worker)
        await at_night(worker, hour)
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
        three_nights("02:30"),
        "Half past two at night in Berlin: on Sunday, 29 March, the clock goes from 02:00 to 03:00.",
        utc(2026, 3, 26, 21, 0),
        "Europe/Berlin",
        "DE",
    ),
    "dst-berlin-autumn": Journey(
        three_nights("02:30"),
        "Half past two at night in Berlin: on Sunday, 25 October, the clock goes from 03:00 back to 02:00.",
        utc(2026, 10, 22, 21, 0),
        "Europe/Berlin",
        "DE",
    ),
    "dst-cairo": Journey(
        three_nights("00:30"),
        "Half past midnight in Cairo: on Friday, 24 April, the clock goes from 00:00 to 01:00.",
        utc(2026, 4, 21, 19, 0),
        "Africa/Cairo",
        "EG",
    ),
}


async def played(name: str, folder: Path) -> Diary:
    journey = JOURNEYS[name]
    place = Place(journey.zone, journey.country, journey.language)
    async with diary(folder, journey.began, place) as worker:
        try:
            await journey.play(worker)
        except BaseException:
            print(worker.text(name))
            raise
    return worker


@pytest.mark.parametrize("name", list(JOURNEYS))
async def test_a_journey_reads_as_it_was_agreed(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    worker = await played(name, tmp_path)
    path = GOLDEN / f"{name}.txt"
    text = worker.text(JOURNEYS[name].title)
    if request.config.getoption("--update-journeys"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), "run with --update-journeys and read the difference"
