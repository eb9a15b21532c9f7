"""What the observer makes of a recording: it believes the channel and the people, never the bot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bot.core.messages import Address, OutboundMessage
from bot.core.rich_text import Span
from bot.rows import OutboxRow, Sending
from bot.service.simulation.answering import Manner
from bot.service.simulation.observing import PROMISES, Observer
from bot.service.simulation.people import Actor, Told
from bot.service.simulation.phones import Phone
from bot.service.simulation.temperaments import KEEN

HERE = Address("simulated", "worker-1")
NOON = datetime(2028, 1, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def actor():
    told = Told(ZoneInfo("Africa/Cairo"), is_reminded=True, has_hour=True)
    return Actor("worker-1", HERE, "Africa/Cairo", KEEN, Manner(Random(1)), Phone(), None, told, [])


@pytest.fixture
def observer(actor):
    made = Observer(6)
    made.meet(actor)
    made.acts(HERE)
    return made


def row(number, **more):
    given = {"address": HERE, "conversation": "key", "person_id": None, "payload": "{}", "created_at": NOON}
    return OutboxRow(**{**given, "expires_at": NOON + HOUR, "id": number, **more})


def message(number, text=""):
    return OutboundMessage(HERE, (Span(text or f"words {number}"),), "en", reference=str(number))


def begun(observer, number, at):
    observer.by_bot = True
    observer.made([row(number, created_at=at)])
    observer.by_bot = False
    observer.called(message(number), "delivered", at)


def test_a_second_copy_is_allowed_only_after_an_answer_that_was_lost(observer):
    observer.made([row(1), row(2)])
    for number, outcomes in ((1, ("unsure", "delivered")), (2, ("delivered", "delivered"))):
        for outcome in outcomes:
            observer.called(message(number), outcome, NOON)
    assert (observer.counts["copies"], observer.counts["doubled"]) == (1, 1)


def test_the_same_words_in_two_messages_of_one_exchange_are_a_double_and_in_two_exchanges_none(observer):
    observer.made([row(1), row(2)])
    observer.called(message(1, "Hello"), "delivered", NOON)
    observer.called(message(2, "Hello"), "delivered", NOON)
    assert observer.counts["doubled"] == 1
    observer.acts(HERE)
    observer.made([row(3)])
    observer.called(message(3, "Hello"), "delivered", NOON)
    assert observer.counts["doubled"] == 1


def test_an_earlier_answer_after_a_later_one_is_out_of_order(observer):
    observer.made([row(1)])
    observer.acts(HERE)
    observer.made([row(2)])
    observer.called(message(2), "delivered", NOON)
    observer.called(message(1), "delivered", NOON)
    assert observer.counts["out_of_order"] == 1


@pytest.mark.parametrize(
    ("hour", "works_nights", "is_quiet"),
    [(5, False, False), (4, False, True), (17, False, False), (18, False, True), (6, True, True), (17, True, False)],
)
def test_the_night_is_read_off_the_clock_of_the_place(observer, actor, hour, works_nights, is_quiet):
    actor.told.works_nights = works_nights
    begun(observer, 1, NOON.replace(hour=hour))  # Cairo is two hours ahead in January.
    assert observer.counts["in_quiet_hours"] == is_quiet


def test_two_on_one_local_day_are_one_too_many_unless_one_was_asked_for(observer, actor):
    begun(observer, 1, NOON)
    begun(observer, 2, NOON + 24 * HOUR)
    assert observer.counts["more_than_one_a_day"] == 0
    begun(observer, 3, NOON + 25 * HOUR)
    assert observer.counts["more_than_one_a_day"] == 1
    actor.told.asked_for.append(NOON + 48 * HOUR)
    begun(observer, 4, NOON + 48 * HOUR)
    begun(observer, 5, NOON + 49 * HOUR)
    assert observer.counts["more_than_one_a_day"] == 1


def test_who_moves_to_another_zone_has_other_days(observer, actor):
    actor.told.zone = ZoneInfo("Pacific/Apia")
    begun(observer, 1, NOON.replace(hour=21))
    actor.told.zone = ZoneInfo("Africa/Cairo")
    begun(observer, 2, NOON.replace(hour=8) + 24 * HOUR)
    assert observer.counts["more_than_one_a_day"] == 0


def test_after_stop_counts_what_is_begun_until_somebody_is_back(observer):
    observer.willing(HERE, is_willing=False)
    begun(observer, 1, NOON)
    observer.willing(HERE, is_willing=True)
    begun(observer, 2, NOON + 24 * HOUR)
    assert observer.counts["after_stop"] == 1


def test_what_nobody_made_is_judged_as_begun_by_the_bot(observer):
    observer.called(message(77), "delivered", NOON.replace(hour=23))
    assert observer.counts["in_quiet_hours"] == 1


def test_an_event_without_an_answer_is_lost(observer):
    observer.acknowledged(HERE)
    assert observer.counts["lost"] == 1
    observer.acts(HERE)
    observer.made([row(1)])
    observer.acknowledged(HERE)
    assert observer.counts["lost"] == 1


@pytest.mark.parametrize("state", [*Sending, None])
def test_a_message_that_never_arrived_is_lost_whatever_the_bot_says_of_it(observer, state):
    observer.made([row(1)])
    observer.close({1: state} if state else {})
    assert observer.counts["lost"] == 1


def test_what_the_observer_knows_a_reason_for_is_not_lost(observer, actor):
    observer.made([row(1), row(2), row(3, edits="last"), row(4)])
    observer.by_bot = True
    observer.made([row(5)])
    actor.told.acted_at = NOON
    observer.called(message(1), "vanished", NOON)
    states = {
        1: Sending.FAILED,
        2: Sending.EXPIRED,
        3: Sending.SUPERSEDED,
        4: Sending.CANCELLED,
        5: Sending.SUPERSEDED,
    }
    observer.willing(HERE, is_willing=False)
    observer.close(states)
    assert observer.counts["lost"] == 0
    assert {name for name in PROMISES if observer.counts[name]} == set()


def test_a_long_silence_is_counted_once_and_not_for_who_has_nothing_left(observer, actor):
    actor.told.acted_at = NOON
    for days in range(12):
        observer.look_for_silence(NOON + days * 24 * HOUR)
    assert observer.counts["stalled"] == 1
    actor.told.acted_at, actor.told.lessons = NOON + timedelta(days=20), 6
    observer.look_for_silence(NOON + timedelta(days=40))
    assert observer.counts["stalled"] == 1


def test_the_digest_knows_no_order_of_two_phones_but_every_word(observer, actor):
    def seen(*order):
        made = Observer(6)
        for name in ("1", "2"):
            made.meet(replace(actor, address=Address("simulated", name)))
        for name in order:
            made.called(replace(message(1, name), address=Address("simulated", name)), "delivered", NOON)
        made.end_moment(NOON)
        made.counts.clear()
        return made.digest()

    assert seen("1", "2") == seen("2", "1")
    assert seen("1", "2") != seen("1")
