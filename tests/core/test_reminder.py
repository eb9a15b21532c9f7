"""Local time: zones by their clocks, the quiet hours, and the slots of a year. And what is owed when."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.learner import KnownAddress, Person, Reach, Rhythm
from bot.core.messages import Address
from bot.core.reminder import (
    EVERY_DAY,
    UNTIL_RESUMED,
    Owed,
    Standing,
    Waiting,
    asked_for,
    asked_for_in_days,
    is_quiet,
    local,
    next_contact,
    next_slot,
    owed,
    useful_until,
    was_asked_for,
    zone,
)
from bot.core.zones import distinct_zones, zone_at

NOW = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "offset"),
    [
        (time(8, 0), timedelta(0)),
        (time(10, 3), timedelta(hours=2)),
        (time(13, 30), timedelta(hours=5, minutes=30)),
        (time(13, 45), timedelta(hours=5, minutes=45)),
        (time(1, 0), timedelta(hours=-7)),
        (time(20, 0), timedelta(hours=12)),
        (time(3, 58), timedelta(hours=-4)),
    ],
)
def test_a_zone_is_found_by_its_clock(said: time, offset: timedelta) -> None:
    name = zone_at(NOW, said)
    assert name is not None
    assert local(NOW, name).utcoffset() == offset


def test_every_minute_of_the_day_gives_a_zone_near_it_or_none() -> None:
    for minutes in range(24 * 60):
        said = time(minutes // 60, minutes % 60)
        name = zone_at(NOW, said)
        if name:
            shown = local(NOW, name)
            apart = abs(shown.hour * 60 + shown.minute - minutes)
            assert min(apart, 1440 - apart) <= 20


def test_an_unknown_zone_is_utc_and_harms_nobody() -> None:
    assert str(zone("Nowhere/Land")) == "UTC"
    assert str(zone(None)) == "UTC"
    assert str(zone("../etc/passwd")) == "UTC"


def test_quiet_hours_go_over_midnight() -> None:
    assert all(is_quiet(hour) for hour in (time(20), time(23, 59), time(0), time(6, 59)))
    assert not any(is_quiet(hour) for hour in (time(7), time(12), time(19, 59)))
    assert all(is_quiet(hour, works_nights=True) for hour in (time(8), time(18, 59)))
    assert not any(is_quiet(hour, works_nights=True) for hour in (time(7, 59), time(19), time(0), time(22)))


def test_zones_with_the_same_clock_are_offered_once() -> None:
    names = ("America/Sao_Paulo", "America/Bahia", "America/Manaus", "America/Noronha")
    assert distinct_zones(NOW, names, 8) == ("America/Sao_Paulo", "America/Manaus", "America/Noronha")
    assert len(distinct_zones(NOW, names, 2)) == 2


# --- slots --------------------------------------------------------------------------------------------------------

ZONES = [
    "UTC",
    "Africa/Cairo",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "America/Havana",
]


def slots(begin: datetime, end: datetime, hour: time, days: str, zone_name: str) -> list[datetime]:
    found = [next_slot(begin - timedelta(microseconds=1), hour, days, zone_name)]
    while found[-1] < end:
        found.append(next_slot(found[-1], hour, days, zone_name))
    return found[:-1]


@pytest.mark.parametrize(
    ("zone_name", "day", "hour", "shown"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "03:00+02:00"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "02:30+02:00"),
        ("Africa/Cairo", date(2026, 4, 24), time(0, 15), "01:00+03:00"),
        ("Africa/Cairo", date(2026, 10, 29), time(23, 30), "23:30+03:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "02:30+11:00"),
        ("Pacific/Chatham", date(2026, 9, 27), time(3, 0), "03:45+13:45"),
        ("Africa/Casablanca", date(2026, 2, 14), time(10), "10:00+01:00"),
        ("Africa/Casablanca", date(2026, 2, 16), time(10), "10:00+00:00"),
        ("Asia/Kathmandu", date(2028, 2, 29), time(10), "10:00+05:45"),
        ("Pacific/Apia", date(2026, 12, 31), time(10), "10:00+13:00"),
        ("Nowhere/Land", date(2026, 6, 10), time(10), "10:00+00:00"),
    ],
)
def test_a_slot_is_at_the_local_hour_or_at_the_next_minute_there_is(
    zone_name: str, day: date, hour: time, shown: str
) -> None:
    before = datetime.combine(day, time(0), zone(zone_name)).astimezone(UTC) - timedelta(hours=1)
    slot = local(next_slot(before, hour, str(day.weekday()), zone_name), zone_name)
    assert (slot.date(), slot.isoformat()[11:16] + slot.isoformat()[19:]) == (day, shown)


def test_a_day_that_a_country_left_out_has_no_slot() -> None:
    begin, end = datetime(2011, 12, 26, 12, tzinfo=UTC), datetime(2012, 1, 3, tzinfo=UTC)
    days = [local(slot, "Pacific/Apia").date().day for slot in slots(begin, end, time(10), EVERY_DAY, "Pacific/Apia")]
    assert days == [26, 27, 28, 29, 31, 1, 2, 3]


def test_a_slot_comes_strictly_after() -> None:
    slot = next_slot(NOW, time(8), EVERY_DAY, "UTC")
    assert slot == NOW + timedelta(days=1)
    assert next_slot(NOW - timedelta(microseconds=1), time(8), EVERY_DAY, "UTC") == NOW


@settings(max_examples=40, deadline=None)
@given(
    hour=st.times().map(lambda hour: hour.replace(second=0, microsecond=0)),
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda days: "".join(sorted(days))),
    zone_name=st.sampled_from(ZONES),
)
def test_over_a_year_there_is_one_slot_for_each_chosen_weekday(hour: time, days: str, zone_name: str) -> None:
    where = zone(zone_name)
    first = date(2026, 1, 1)
    begin = datetime.combine(first, time(0), where).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=365), time(0), where).astimezone(UTC)
    found = [local(slot, zone_name) for slot in slots(begin, end, hour, days, zone_name)]
    wanted = [first + timedelta(days=step) for step in range(365)]
    assert [slot.date() for slot in found] == [day for day in wanted if str(day.weekday()) in days]
    assert sum(slot.time() != hour for slot in found) <= 1, "one hour in a year is skipped by the clock, at most"


# --- what is owed -------------------------------------------------------------------------------------------------

# A Wednesday, ten o'clock in Johannesburg.
SLOT = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
HERE = Address("test", "1")
WHO = Standing(
    Person("p1", "en", hour=time(10), consented=True),
    Rhythm(next_at=SLOT),
    KnownAddress(HERE, heard_at=SLOT - timedelta(days=1)),
    "Africa/Johannesburg",
    waiting=Waiting(lesson=True),
)


def person(**changes: object) -> Standing:
    return replace(WHO, person=replace(WHO.person, **changes))


def rhythm(**changes: object) -> Standing:
    return replace(WHO, rhythm=replace(WHO.rhythm, **changes))


def address(**changes: object) -> Standing:
    return replace(WHO, address=replace(WHO.address, **changes))


def is_owed(who: Standing, now: datetime = SLOT) -> Owed:
    return owed(who, now)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_a_lesson_is_owed_from_the_slot_to_the_quiet_hours_of_its_day() -> None:
    assert is_owed(WHO) is Owed.LESSON
    assert is_owed(WHO, SLOT + timedelta(minutes=20)) is Owed.LESSON
    assert is_owed(WHO, SLOT + hours(9.9)) is Owed.LESSON
    assert is_owed(WHO, SLOT + hours(10)) is Owed.NOTHING
    assert is_owed(WHO, SLOT + hours(24)) is Owed.NOTHING
    assert is_owed(WHO, SLOT - timedelta(seconds=1)) is Owed.NOTHING
    assert is_owed(WHO, SLOT + timedelta(days=2)) is Owed.LESSON, "Friday has a slot of its own"
    assert useful_until(WHO, SLOT) == SLOT + hours(10)
    assert owed(replace(WHO, waiting=Waiting()), SLOT) is Owed.NOTHING


@pytest.mark.parametrize(
    "who",
    [
        person(consented=False),
        person(wants_reminders=False),
        person(hour=None),
        address(reach=Reach.STOPPED),
        address(reach=Reach.UNREACHABLE),
        rhythm(paused_until=UNTIL_RESUMED),
        rhythm(next_at=None),
    ],
)
def test_nothing_is_owed_to_who_does_not_want_it(who: Standing) -> None:
    assert is_owed(who) is Owed.NOTHING
    if who.rhythm.next_at:
        assert next_contact(who, SLOT) is None


def test_a_pause_with_an_end_ends() -> None:
    who = rhythm(paused_until=SLOT + timedelta(days=10))
    assert is_owed(who) is Owed.NOTHING
    assert next_contact(who, SLOT) == SLOT + timedelta(days=12)


@pytest.mark.parametrize("at", [SLOT - hours(3), SLOT, SLOT + hours(6), SLOT + timedelta(days=3)])
def test_one_message_a_local_day_and_none_on_a_day_of_learning(at: datetime) -> None:
    for who in (rhythm(contacted_at=at), address(contacted_at=at), address(heard_at=at)):
        assert is_owed(who) is Owed.NOTHING
        assert next_contact(who, SLOT) == SLOT + timedelta(days=2)


def test_a_message_of_last_evening_is_of_another_day_in_the_local_zone_only() -> None:
    # 22:30 UTC is half past midnight in Johannesburg.
    assert is_owed(rhythm(contacted_at=SLOT - hours(9.5))) is Owed.NOTHING
    assert is_owed(replace(rhythm(contacted_at=SLOT - hours(9.5)), zone_name="UTC"), SLOT + hours(2)) is Owed.LESSON


def test_the_ladder_calms_down_and_ends() -> None:
    third = rhythm(unanswered=3, contacted_at=SLOT - timedelta(days=2))
    assert is_owed(third) is Owed.NOTHING
    assert next_contact(third, SLOT) == SLOT + timedelta(days=5)
    late = rhythm(unanswered=3, contacted_at=SLOT - timedelta(days=7) + hours(2))
    assert is_owed(late) is Owed.LESSON, "a late message does not move the week"
    silent = replace(late, address=replace(late.address, heard_at=SLOT - timedelta(days=28)))
    assert is_owed(silent) is Owed.COME_BACK
    downtime = replace(silent, rhythm=replace(silent.rhythm, unanswered=1))
    assert is_owed(downtime) is Owed.LESSON, "it was not the person who was silent"


def test_who_works_nights_has_the_quiet_hours_by_day() -> None:
    slot = datetime(2026, 6, 10, 21, 30, tzinfo=UTC)
    who = replace(person(hour=time(23, 30), works_nights=True), rhythm=Rhythm(next_at=slot))
    assert is_owed(who, slot) is Owed.LESSON
    assert useful_until(who, slot) == slot + hours(0.5)
    assert is_owed(person(works_nights=True)) is Owed.NOTHING


def test_an_unknown_zone_is_utc() -> None:
    who = replace(WHO, zone_name="Nowhere/Land")
    assert is_owed(who) is Owed.NOTHING
    assert is_owed(who, SLOT + hours(2)) is Owed.LESSON
    assert next_contact(who, SLOT) == SLOT + hours(2)


def test_a_snooze_is_kept_on_any_day_but_not_in_quiet_hours() -> None:
    thursday = SLOT + timedelta(days=1)
    tomorrow = asked_for_in_days(WHO, SLOT, 1)
    assert was_asked_for(tomorrow)
    assert tomorrow == thursday + timedelta(seconds=1)
    assert is_owed(rhythm(next_at=tomorrow), tomorrow) is Owed.LESSON
    assert is_owed(rhythm(next_at=tomorrow), tomorrow + timedelta(days=1, seconds=-1)) is Owed.LESSON, "Friday's own"
    evening = asked_for(WHO, SLOT + hours(9.75))
    assert local(evening, WHO.zone_name).time() == time(19, 45, 1)
    night = local(asked_for(WHO, SLOT + hours(10.5)), WHO.zone_name)
    assert (night.day, night.time()) == (11, time(7, 0, 1))
    by_day = local(asked_for(person(works_nights=True), SLOT), WHO.zone_name)
    assert (by_day.day, by_day.time()) == (10, time(19, 0, 1))


def test_a_snooze_of_an_hour_comes_on_the_same_day_and_only_once() -> None:
    soon = asked_for(WHO, SLOT + hours(1))
    answered = rhythm(next_at=soon, contacted_at=SLOT)
    heard = replace(answered, address=replace(WHO.address, heard_at=SLOT, contacted_at=SLOT))
    assert is_owed(heard, soon) is Owed.LESSON
    assert is_owed(replace(heard, rhythm=replace(heard.rhythm, unanswered=1)), soon) is Owed.NOTHING
