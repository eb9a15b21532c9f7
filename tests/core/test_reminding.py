"""What the bot begins by itself: never twice a day, never at night, never after STOP, whatever people do."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dialogue.states import Asking, from_json
from bot.core.events import Alert, Alerted, Due
from bot.core.facts import AddressKept, RhythmKept
from bot.core.learner import Company, Membership, Reach, Rhythm, Role
from bot.core.messages import Reply
from bot.core.reminder import EVERY_DAY, Standing, is_quiet, local, next_contact, was_asked_for
from tests.core.stage import BUNDLING, CODE, COMPANY, CONTENTS, Stage

SLOT = datetime.fromisoformat("2026-06-10T08:00:00+00:00")
TOPICS = ("Lesson 2", "Safe", "near miss", "Sunrise")


def with_hour() -> Stage:
    """Return somebody who did the first lesson on a Tuesday, and learns on three days at ten."""
    stage = Stage().joined(CODE)
    stage.lesson()
    for label in ("A little", "10:00", "Yes"):
        stage.tap(label)
    return stage


def rang(stage: Stage) -> bool:
    return any(isinstance(answer, Reply) and answer.rings for answer in stage.turn.replies)


def test_a_reminder_is_kept_with_its_day_its_number_and_the_next_time() -> None:
    stage = with_hour()
    assert stage.memory.rhythm == Rhythm(next_at=SLOT)
    stage.wait()
    assert stage.turn.until == SLOT + timedelta(hours=10)
    assert [type(fact) for fact in stage.turn.facts] == [AddressKept, RhythmKept]
    assert stage.memory.address.contacted_at == SLOT
    assert stage.memory.rhythm == Rhythm(
        next_at=SLOT + timedelta(days=2), unanswered=1, contacted_at=SLOT, text=stage.memory.rhythm.text
    )
    stage.say("menu")
    assert stage.memory.rhythm.unanswered == 0


def test_the_turns_of_a_lesson_write_no_rhythm() -> None:
    stage = with_hour()
    stage.wait()
    stage.tap("Start")
    facts = len(stage.facts)
    stage.lesson("Not for me")
    assert not any(isinstance(fact, RhythmKept) for fact in stage.facts[facts:])


def test_a_reminder_changes_nothing_of_what_is_open() -> None:
    stage = with_hour()
    stage.tap("Next lesson")
    stage.tap("Next ▶")
    stage.tap("Next ▶")
    before = stage.memory.conversation
    stage.wait()
    assert rang(stage)
    after = stage.memory.conversation
    assert (after.key, after.step, after.state) == (before.key, before.step, before.state)
    assert set(before.offered) <= set(after.offered)
    stage.say("2")
    assert stage.kinds()[-1] == "RhythmKept"
    assert "Attempted" in stage.kinds()[-3:]


def test_a_reminder_names_no_topic_and_no_two_in_a_row_are_the_same() -> None:
    stage = with_hour()
    stage.say("/days every day")
    said = []
    for _ in range(20):
        said.append(stage.wait()[1])
        stage.say("menu")
    assert not any(topic in text for text in said for topic in TOPICS)
    assert all(one != other for one, other in pairwise(said))
    assert len(set(said)) > 6


def test_a_second_tick_and_one_too_early_say_nothing() -> None:
    stage = with_hour()
    stage.now = SLOT - timedelta(minutes=1)
    assert stage.take(Due()) == []
    assert stage.turn.facts == ()
    stage.wait()
    assert stage.take(Due()) == []
    stage.now += timedelta(hours=6)
    assert stage.take(Due()) == []
    stage.now -= timedelta(hours=12)
    assert stage.take(Due()) == []


@pytest.mark.parametrize(("late", "comes"), [({"minutes": 20}, True), ({"hours": 11}, False), ({"days": 1}, False)])
def test_after_a_downtime_the_day_still_has_its_message_but_no_other_day(late: dict[str, int], comes: bool) -> None:
    stage = with_hour()
    stage.now = SLOT + timedelta(**late)
    stage.take(Due())
    assert rang(stage) is comes
    assert stage.memory.rhythm.next_at == SLOT + timedelta(days=2)


def test_what_would_go_out_after_the_day_is_not_begun() -> None:
    stage = with_hour()
    stage.now = SLOT + timedelta(hours=9, minutes=55)
    stage.take(Due(delay=600))
    assert not rang(stage)
    assert stage.memory.address.contacted_at is None


def test_who_learns_before_the_hour_is_left_alone_that_day() -> None:
    stage = with_hour()
    stage.now = SLOT - timedelta(minutes=30)
    stage.say("menu")
    assert stage.memory.rhythm.next_at == SLOT + timedelta(days=2)


def test_a_snooze_ends_when_the_lesson_is_begun() -> None:
    stage = with_hour()
    stage.wait()
    stage.tap("In an hour")
    assert was_asked_for(stage.memory.rhythm.next_at)
    stage.say("menu")
    assert was_asked_for(stage.memory.rhythm.next_at)
    stage.tap("Start")
    assert stage.memory.rhythm.next_at == SLOT + timedelta(days=2)


def test_a_reminder_of_next_week_outlives_what_is_done_before_it() -> None:
    stage = with_hour()
    stage.say("/snooze week")
    stage.tap("Next lesson")
    assert stage.memory.rhythm.next_at == SLOT + timedelta(days=6, seconds=1)
    assert [stage.say(f"/snooze {words}")[0].split("\n")[0] for words in ("0", "99999", "soon", "-5", "١٠")] == [
        *["When shall I write again?"] * 4,
        "I write today at 10:10.",
    ]


def test_stop_and_forget_and_being_blocked_leave_nothing_to_come() -> None:
    for way in ("stop", "blocked"):
        stage = with_hour()
        stage.take(CONTENTS[way]) if way in CONTENTS else stage.say(way)
        assert stage.memory.rhythm.next_at is None
    stage.take(CONTENTS["unblocked"])
    assert stage.memory.rhythm.next_at == SLOT
    stage.say("/forget")
    stage.tap("Erase all")
    assert not any(isinstance(fact, RhythmKept) for fact in stage.turn.facts)
    assert stage.take(Due()) == []
    assert stage.turn.person_id is None


def test_without_an_hour_nothing_comes_and_the_hour_is_asked_for() -> None:
    for word in ("/snooze", "/resume", "/fewer"):
        stage = Stage().joined(CODE)
        assert stage.say(word)[0].startswith("You get no reminders now.")
        assert from_json(stage.memory.conversation.state).asking is Asking.HOUR
        assert stage.memory.rhythm == Rhythm()


def test_an_hour_that_is_chosen_anew_ends_a_pause() -> None:
    stage = with_hour()
    stage.say("/pause")
    assert stage.memory.rhythm.next_at is None
    stage.say("/hour 9")
    stage.tap("Yes")
    assert stage.memory.rhythm.next_at == SLOT - timedelta(hours=1)


def test_with_all_lessons_done_nothing_is_said_and_a_snooze_promises_nothing() -> None:
    stage = with_hour()
    stage.memory = replace(stage.memory, completed=frozenset({"osh-01", "osh-02", "osh-03"}))
    stage.cards, stage.plans = {}, {}
    stage.wait()
    assert not rang(stage)
    assert stage.memory.rhythm.next_at == SLOT + timedelta(days=2)
    assert stage.say("/snooze 60")[0].startswith("All lessons are done.")


def test_what_an_operator_is_told_leaves_the_rhythm() -> None:
    stage = with_hour()
    before = stage.memory.rhythm
    stage.take(Alerted(Alert.SET_ASIDE, 1))
    assert stage.memory.rhythm == before


def test_fewer_leaves_the_days_that_are_furthest_apart() -> None:
    stage = with_hour()
    stage.say("/days every day")
    left = []
    for _ in range(7):
        stage.say("/fewer")
        left.append(len(stage.memory.rhythm.days))
    assert left == [6, 5, 4, 3, 2, 1, 1]


def test_days_without_an_hour_lead_to_the_hour_where_every_message_costs() -> None:
    stage = Stage(features=BUNDLING).joined(CODE)
    stage.say("/days")
    stage.tap("Three days")
    assert from_json(stage.memory.conversation.state).asking is Asking.HOUR


# --- whatever people do -------------------------------------------------------------------------------------------

ACTS = ["menu", "hello", "/next", "2", "/snooze 60", "/snooze 600", "/snooze tomorrow", "/snooze week", "/fewer"]
ACTS += ["/days mon thu", "/days every day", "/pause", "/resume", "stop", "start", "blocked", "unblocked"]
# What ends a silence comes more often than what begins one, and much is put off.
ACTS += [*["/resume", "start", "unblocked"] * 3, *["/snooze 60", "/snooze 600"] * 3]
# How far time goes, None being up to the moment the bot looks again; what is done before; by how much it is late.
STEPS = st.tuples(
    st.sampled_from([None, None, *(timedelta(minutes=minutes) for minutes in (5, 45, 300, 700, 1500, 4000))]),
    st.sampled_from([None] * len(ACTS) + ACTS + [timedelta(hours=-6), timedelta(days=2)]),
    st.sampled_from([0, 0, 600]),
)
TEMPLATE = with_hour().memory


def living(hour: time, zone_name: str, days: str, *, nights: bool) -> Stage:
    stage = Stage()
    stage.memory = replace(
        TEMPLATE,
        person=replace(TEMPLATE.person, hour=hour, works_nights=nights),
        memberships=(Membership(replace(COMPANY, time_zone=zone_name), Role.WORKER, "L-1"),),
    )
    who = Standing(stage.memory.person, Rhythm(days=days), stage.memory.address, zone_name)
    stage.memory = replace(stage.memory, rhythm=replace(who.rhythm, next_at=next_contact(who, stage.now)))
    return stage


@settings(max_examples=60, deadline=None)
@given(
    hour=st.times().map(lambda hour: hour.replace(second=0, microsecond=0)),
    zone_name=st.sampled_from(["Africa/Cairo", "Asia/Kathmandu", "Pacific/Chatham", "America/Havana", "No/Where"]),
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda days: "".join(sorted(days))),
    nights=st.booleans(),
    steps=st.lists(STEPS, min_size=60, max_size=90),
)
def test_never_twice_a_day_nor_at_night_nor_after_stop(hour, zone_name, days, nights, steps) -> None:
    stage = living(hour, zone_name, days, nights=nights)
    sent: list[datetime] = []
    heard: list[datetime] = [stage.now]
    answered = True
    for ahead, act, delay in steps:
        if isinstance(act, str):
            stage.take(CONTENTS[act]) if act in CONTENTS else stage.say(act)
            heard.append(stage.now)
            answered = True
            assert not rang(stage)
        elif act:
            # What was heard at an hour that the clock took back is remembered by nobody.
            stage.now += act
            heard = [at for at in heard if at <= stage.now]
        stage.now = max(stage.now, stage.memory.rhythm.next_at or stage.now) if ahead is None else stage.now + ahead
        rhythm, reach = stage.memory.rhythm, stage.memory.address.reach
        stage.take(Due(delay))
        if not rang(stage):
            continue
        shown = local(stage.now, zone_name)
        asked = was_asked_for(rhythm.next_at) and local(rhythm.next_at, zone_name).date() == shown.date()
        assert reach is Reach.REACHABLE
        assert not is_quiet(shown.time(), works_nights=nights)
        assert shown < local(stage.turn.until, zone_name)
        before = [at for at in sent if local(at, zone_name).date() >= shown.date()]
        if asked:
            assert answered or not before, "asked for after the other one"
        else:
            assert str(shown.weekday()) in rhythm.days
            assert not before
            assert not any(local(at, zone_name).date() == shown.date() for at in heard)
        assert stage.memory.rhythm.text != rhythm.text or stage.memory.rhythm.next_at is None
        sent.append(stage.now)
        answered = False


@settings(max_examples=30, deadline=None)
@given(
    hour=st.integers(7 * 60, 20 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60))),
    zone_name=st.sampled_from(["Africa/Cairo", "Europe/Berlin", "Pacific/Apia"]),
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda days: "".join(sorted(days))),
)
def test_who_never_answers_hears_less_and_less_and_then_nothing(hour: time, zone_name: str, days: str) -> None:
    stage = living(hour, zone_name, days, nights=False)
    sent = []
    while stage.memory.rhythm.next_at:
        said = stage.wait()
        sent.append((stage.now, said[-1]))
    apart = [(later - one).days for (one, _), (later, _) in pairwise(sent)]
    assert all(gap >= 6 for gap in apart[2:])
    assert sent[-1][1].startswith("(rings)\nSome weeks have passed.")
    assert sum("Some weeks" in text for _, text in sent) == 1
    assert timedelta(days=28) <= sent[-1][0] - TEMPLATE.address.heard_at < timedelta(days=42)


def test_a_company_that_changes_its_zone_at_noon_makes_no_second_message() -> None:
    stage = with_hour()
    stage.wait()
    moved: Company = replace(COMPANY, time_zone="America/Havana")
    stage.memory = replace(stage.memory, memberships=(Membership(moved, Role.WORKER, "L-1"),))
    for _ in range(24):
        stage.now += timedelta(hours=1)
        stage.take(Due())
        assert not rang(stage)


def test_who_leaves_a_company_keeps_its_clock() -> None:
    stage = with_hour()
    hour = local(SLOT, COMPANY.time_zone).time()
    for words in ("/company", "Leave this company", "Leave"):
        stage.say(words)
    assert stage.memory.company is None
    assert stage.memory.person.time_zone == COMPANY.time_zone
    assert local(stage.memory.rhythm.next_at, COMPANY.time_zone).time() == hour
