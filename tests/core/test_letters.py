"""Letters, dates and nudges: when they are owed, to whom, and what is said with what."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.core.dialogue.said_dates import read_date
from bot.core.events import Due
from bot.core.facts import CourseAssigned, NudgeAsked
from bot.core.learner import Company, KnownAddress, NudgeKind, Person, Reach, Rhythm
from bot.core.messages import Address, Recipe
from bot.core.privacy import Quarter, lesson_of_week
from bot.core.reminder import UNTIL_RESUMED, Owed, Standing, Waiting, local, next_contact, owed
from tests.core.stage import COMPANY, LIBRARY, OWNER_CODE, TRAINER_CODE, Stage

# A Thursday, a Monday at nine in Nairobi.
THURSDAY = datetime(2026, 6, 11, 8, 0, tzinfo=UTC)
NINE = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = Person("p", "en", consented=True)
ADDRESS = KnownAddress(Address("test", "1"))
NAIROBI = "Africa/Nairobi"


def reader(person: Person = PERSON, zone: str = NAIROBI, address: KnownAddress = ADDRESS, **rhythm: object) -> Standing:
    return Standing(person, Rhythm(next_at=LONG_AGO, **rhythm), address, zone, Waiting(lesson=True, letters=True))


# --- when ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kathmandu", NAIROBI, "UTC", "America/Manaus", "Nowhere"])
def test_a_letter_comes_on_monday_at_nine_wherever_one_is(zone: str) -> None:
    who = reader(zone=zone)
    moment = next_contact(who, THURSDAY)
    assert moment is not None
    shown = local(moment, zone)
    assert (shown.weekday(), shown.time()) == (0, time(9))
    assert owed(who, moment) is Owed.LETTER
    assert owed(who, moment - timedelta(minutes=1)) is Owed.NOTHING
    assert next_contact(who, moment) == moment + timedelta(days=7)


def test_who_works_nights_gets_it_after_the_quiet_hours() -> None:
    who = reader(replace(PERSON, works_nights=True))
    moment = next_contact(who, THURSDAY)
    assert moment is not None
    assert local(moment, NAIROBI).time() == time(19)
    assert owed(who, NINE) is Owed.NOTHING


@pytest.mark.parametrize(
    "changed",
    [
        {"address": replace(ADDRESS, reach=Reach.STOPPED)},
        {"address": replace(ADDRESS, reach=Reach.UNREACHABLE)},
        {"address": replace(ADDRESS, contacted_at=NINE - timedelta(hours=1))},
        {"contacted_at": NINE - timedelta(hours=1)},
        {"paused_until": UNTIL_RESUMED},
        {"person": replace(PERSON, consented=False)},
    ],
)
def test_a_letter_waits_for_who_must_not_be_told_or_was_told_today(changed: dict[str, object]) -> None:
    assert owed(reader(**changed), NINE) is Owed.NOTHING


def test_a_letter_goes_before_a_lesson_of_an_earlier_hour_and_needs_no_answer() -> None:
    eight = replace(PERSON, hour=time(8))
    assert owed(reader(eight), NINE - timedelta(hours=1)) is Owed.NOTHING
    assert next_contact(reader(eight), NINE - timedelta(hours=1)) == NINE
    assert owed(reader(eight), NINE) is Owed.LETTER
    unanswered = reader(eight, unanswered=9, contacted_at=NINE - timedelta(days=5))
    assert owed(unanswered, NINE) is Owed.LETTER


@pytest.mark.parametrize(
    ("days", "what"),
    [
        (7, Owed.DUE_DATE),
        (1, Owed.DUE_DATE),
        (2, Owed.NOTHING),
        (8, Owed.NOTHING),
        (0, Owed.NOTHING),
        (-1, Owed.NOTHING),
    ],
)
def test_a_due_date_is_told_of_a_week_and_a_day_before(days: int, what: Owed) -> None:
    moment = NINE + timedelta(days=1)
    day = local(moment, NAIROBI).date() + timedelta(days=days)
    who = replace(reader(), waiting=Waiting(letters=True, due_on=(day,)))
    assert owed(who, moment) is what
    assert owed(replace(who, waiting=Waiting(letters=True, due_on=(date(2026, 6, 16),))), NINE) is Owed.LETTER


# --- to whom ------------------------------------------------------------------------------------------------------


def at(code: str) -> Stage:
    stage = Stage()
    stage.open(code)
    stage.tap("English")
    stage.tap("Start")
    return stage


def letter(stage: Stage) -> Recipe:
    stage.wait()
    found = next(answer for answer in stage.turn.replies if isinstance(answer, Recipe))
    assert found.rings
    return found


def test_an_owner_who_never_does_anything_again_still_gets_the_letter_at_the_companys_hour() -> None:
    stage = at(OWNER_CODE)
    moment = stage.memory.rhythm.next_at
    assert moment is not None
    assert local(moment, COMPANY.time_zone).time() == time(9)
    unanswered = stage.memory.rhythm.unanswered
    assert letter(stage).kind == "digest"
    assert stage.memory.rhythm.unanswered == unanswered
    assert stage.take(Due()) == []


def test_who_is_owner_and_trainer_gets_both_in_one_message() -> None:
    stage = at(OWNER_CODE)
    stage.open(TRAINER_CODE)
    stage.memory = replace(stage.memory, trained_companies=(replace(COMPANY, id="c2", name="Mill"),))
    found = letter(stage)
    assert found.kind == "digest"
    assert dict(found.arguments)["trainer"] == stage.memory.person.id
    assert [option.choice for row in found.rows for option in row] == [
        "/thank",
        "/invite",
        "/summary",
        "/export",
        "/mute",
    ]


def test_a_worker_and_a_trainer_without_companies_get_none() -> None:
    for code in ("7Q2KM4XW9B", TRAINER_CODE):
        stage = at(code)
        assert stage.memory.rhythm.next_at is None
        assert stage.say("/mute") == (["Letters are for owners and trainers.\n[Menu]"])


def test_a_word_of_the_owner_at_nine_does_not_lose_the_letter() -> None:
    stage = at(OWNER_CODE)
    stage.now = stage.memory.rhythm.next_at + timedelta(seconds=3)
    stage.say("menu")
    assert letter(stage).kind == "digest"


def test_on_a_monday_that_is_a_warning_day_the_letter_carries_the_warning() -> None:
    stage = at(OWNER_CODE)
    stage.memory = replace(stage.memory, due_on=(("safety", date(2026, 6, 22)), ("past", date(2026, 1, 1))))
    arguments = dict(letter(stage).arguments)
    assert arguments["due"] == arguments["warned"] == "safety=2026-06-22"


# --- days that are typed ------------------------------------------------------------------------------------------

TODAY = date(2026, 6, 9)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("31.12.2026", date(2026, 12, 31)),
        ("31/12", date(2026, 12, 31)),
        ("12/31", date(2026, 12, 31)),
        ("31.12.26", date(2026, 12, 31)),
        ("٣١/١٢/٢٠٢٦", date(2026, 12, 31)),
        ("31 December", date(2026, 12, 31)),
        ("by the 31st of dec 2026", date(2026, 12, 31)),
        ("December 31, 2026", date(2026, 12, 31)),
        ("2026 december 31", date(2026, 12, 31)),
        ("31 ديسمبر", date(2026, 12, 31)),
        ("9.6.", date(2027, 6, 9)),
        ("1.2.2020", date(2020, 2, 1)),
        ("31 February", None),
        ("30.2.2027", None),
        ("29.2.", None),
        ("soon", None),
        ("5", None),
        ("0/0", None),
        ("99999999999", None),
        ("1 2 3 4", None),
        ("may june", None),
        ("", None),
    ],
)
def test_a_day_is_read_like_people_write_it(said: str, day: date | None) -> None:
    assert read_date(said, TODAY, LIBRARY.months) == day


# --- nudges -------------------------------------------------------------------------------------------------------


def worker(*, hour: bool = False) -> Stage:
    stage = Stage().joined("7Q2KM4XW9B")
    joined = replace(stage.memory.memberships[0], joined_at=stage.now)
    stage.memory = replace(stage.memory, memberships=(joined,))
    if hour:
        stage.say("/hour 10:00")
        stage.tap("Yes")
    stage.now += timedelta(days=1)
    return stage


def nudged(stage: Stage, kind: NudgeKind = NudgeKind.REMIND) -> list[str]:
    stage.hears_nudge(kind)
    return stage.wait()[1:]


def test_a_worker_is_told_once() -> None:
    stage = worker()
    assert len(nudged(stage)) == 1
    assert stage.memory.rhythm.next_at is None
    stage.now += timedelta(days=1)
    stage.memory = replace(stage.memory, rhythm=replace(stage.memory.rhythm, next_at=stage.now))
    assert stage.take(Due()) == []


def test_who_was_active_that_day_needs_no_reminding_and_a_thank_you_waits() -> None:
    for kind, later in ((NudgeKind.REMIND, False), (NudgeKind.THANK, True)):
        stage = worker()
        stage.say("menu")
        assert nudged(stage, kind) == []
        assert (stage.memory.rhythm.nudged_at is None) == later
        assert (stage.memory.rhythm.next_at is not None) == later
        if later:
            assert "thank you for learning" in stage.wait()[1]


@pytest.mark.parametrize("words", ["/nonudges", "/stop", "/pause"])
def test_who_refused_stopped_or_paused_is_not_told(words: str) -> None:
    stage = worker(hour=True)
    stage.say(words)
    stage.now += timedelta(days=1)
    stage.hears_nudge(NudgeKind.REMIND)
    while stage.memory.rhythm.next_at and stage.now < THURSDAY + timedelta(days=9):
        assert not any("reminds you" in text for text in stage.wait())
        if words == "/stop":
            break


def test_who_wants_no_reminders_or_is_left_alone_is_not_told() -> None:
    stage = worker()
    stage.memory = replace(stage.memory, person=replace(stage.memory.person, wants_reminders=False))
    assert nudged(stage) == []
    stage = worker(hour=True)
    rhythm = replace(stage.memory.rhythm, text=99, unanswered=4, next_at=None)
    stage.memory = replace(stage.memory, rhythm=rhythm)
    assert nudged(stage) == []


def test_a_nudge_lapses_after_a_week_and_is_not_for_who_joined_later() -> None:
    stage = worker()
    stage.hears_nudge(NudgeKind.REMIND)
    stage.now += timedelta(days=7, minutes=1)
    assert stage.take(Due()) == []
    stage = worker()
    stage.hears_nudge(NudgeKind.REMIND)
    later = replace(stage.memory.memberships[0], joined_at=stage.now + timedelta(minutes=1))
    stage.memory = replace(stage.memory, memberships=(later,))
    assert stage.take(Due()) == []


def test_a_trainer_names_the_company_and_none_of_the_others_is_told() -> None:
    stage = at(TRAINER_CODE)
    companies = [Company(f"id-{n}", name, "KE", NAIROBI, "1-9", ("en",)) for n, name in enumerate(("Mill", "Old Mill"))]
    stage.memory = replace(stage.memory, trained_companies=tuple(companies))
    stage.say("/nudge old mill")
    stage.say("/nudge Mill")
    asked = [fact for fact in stage.facts if isinstance(fact, NudgeAsked)]
    assert [fact.company_id for fact in asked] == ["id-1", "id-0"]
    assert "[Mill]\n[Old Mill]" in stage.say("/nudge")[0]
    assert worker().say("/nudge") == ["This is for owners and trainers.\n[Menu]"]


# --- the rule -----------------------------------------------------------------------------------------------------


def test_the_lesson_of_a_week_lies_in_the_quarter_and_tells_no_more() -> None:
    for total in range(1, 12):
        for share in Quarter:
            places = {lesson_of_week(share, total, week) for week in range(50)}
            assert all(0 <= place < total for place in places)
    assert {lesson_of_week(Quarter.THIRD, 8, week) for week in range(9)} == {4, 5}
    assert {lesson_of_week(Quarter.ALL, 6, week) for week in range(9)} == set(range(6))


def test_who_pauses_without_an_hour_gets_no_letter_until_they_want_it_again() -> None:
    stage = at(OWNER_CODE)
    assert stage.say("/pause")[0].startswith("I send no reminders until you want them again.")
    assert stage.memory.rhythm.next_at is None
    stage.say("/resume")
    assert stage.memory.rhythm.next_at is not None


def test_a_letter_goes_before_what_was_asked_for_at_the_same_time() -> None:
    moment = (NINE + timedelta(hours=4)).replace(second=1)
    who = reader()
    who = replace(who, person=replace(who.person, hour=time(13)), rhythm=replace(who.rhythm, next_at=moment))
    assert owed(who, moment) is Owed.LETTER
    assert owed(replace(who, waiting=Waiting(lesson=True)), moment) is Owed.LESSON


def test_who_was_silent_for_four_weeks_is_not_nudged() -> None:
    who = replace(reader(), waiting=Waiting(lesson=True, nudge=NudgeKind.REMIND))
    heard = replace(who, address=replace(who.address, heard_at=NINE - timedelta(weeks=3)))
    assert owed(heard, NINE) is Owed.NUDGE
    assert owed(replace(who, address=replace(who.address, heard_at=NINE - timedelta(weeks=4))), NINE) is Owed.NOTHING


def test_a_day_that_passed_before_the_yes_is_asked_for_again() -> None:
    stage = at(OWNER_CODE)
    stage.say("/assign")
    stage.say("1")
    day = (local(stage.now, COMPANY.time_zone) + timedelta(days=1)).date()
    assert "Do you mean" in stage.say(day.isoformat())[-1]
    stage.now += timedelta(days=3)
    assert "By when is" in stage.tap("Yes")[-1]
    assert not any(isinstance(fact, CourseAssigned) for fact in stage.facts)
