"""A cohort is played the same way each time, every promise is kept, and each one that is broken on purpose is seen."""

import itertools
from datetime import timedelta

import pytest

from bot.core import reminder
from bot.core.dialogue import menu, reminding
from bot.core.messages import say
from bot.core.reminder import Owed
from bot.rows import Sending
from bot.service.holding import Held
from bot.service.sending import Sender, Sent
from bot.service.simulation import casting, temperaments
from bot.service.simulation.observing import PROMISES
from bot.service.tick import Tick
from bot.store.inbox import Inbox
from bot.store.rhythms import Rhythms
from tests.service.simulation.cohorts import play


def broken(report):
    return {name for name in PROMISES if report[name]}


async def test_every_promise_is_kept_on_a_channel_that_misbehaves():
    report = await play(companies=3, workers=15, days=15, fault_rate=0.2)
    assert broken(report) == set()
    # Nothing of this may be zero, or nothing was put to the test.
    for name in ("turns", "sends", "begun_by_bot", "copies", "mishaps", "duplicates", "completed_lessons"):
        assert report[name] > 0, name
    assert report["pending"] == report["leased"] == 0


async def test_the_same_seed_plays_the_same_days_and_another_one_others():
    first = await play(fault_rate=0.1)
    assert await play(fault_rate=0.1) == first
    assert (await play(fault_rate=0.1, seed=4))["digest"] != first["digest"]


async def test_the_store_of_a_simulation_plays_as_the_store_of_a_bot_does():
    assert await play(days=4) == await play(days=4, is_thrown_away=False)


async def test_what_phones_saw_is_what_is_kept():
    report = await play(days=6)
    assert report["sends"] == report["owed"]
    assert report["completed_lessons"] > 0


# --- what is broken on purpose ------------------------------------------------------------------------------------


@pytest.fixture
def keen(monkeypatch):
    """Let everybody be slow enough to be reminded, and do one lesson at most."""
    slow = temperaments.Temperament("slow", 0.3, (6, 12), 0.95, more=0.0)
    monkeypatch.setattr(casting, "TEMPERAMENTS", (slow,))
    return slow


async def test_nothing_is_broken_in_a_cohort_that_is_left_alone(keen):
    report = await play()
    assert broken(report) == set()
    assert report["begun_by_bot"] > 3


async def test_a_bot_that_does_not_know_the_night_is_seen(keen, monkeypatch):
    slot = reminder.next_slot
    monkeypatch.setattr(reminder, "next_slot", lambda *given: slot(*given) + timedelta(hours=12))
    monkeypatch.setattr(reminder.Standing, "is_quiet", lambda *_: False)
    monkeypatch.setattr(reminder, "slot_of_today", lambda who, now: now)
    monkeypatch.setattr(reminding, "slot_of_today", lambda who, now: None)
    assert (await play())["in_quiet_hours"] > 0


async def test_a_bot_that_loses_the_zone_is_seen(keen, monkeypatch):
    monkeypatch.setattr(casting, "COUNTRIES", (("WS", "Pacific/Apia"),))
    monkeypatch.setattr("bot.core.dialogue.scene.Scene.zone_name", "UTC")
    assert (await play())["in_quiet_hours"] > 0


async def test_a_bot_that_speaks_every_hour_is_seen(keen, monkeypatch):
    monkeypatch.setattr(reminding, "owed", lambda *_, **__: Owed.LESSON)
    monkeypatch.setattr(reminding, "next_contact", lambda who, now: now + timedelta(hours=1))
    assert (await play(days=2))["more_than_one_a_day"] > 0


async def test_a_stop_that_only_says_so_is_seen(keen, monkeypatch):
    stopping = temperaments.Temperament("stopping", 0.0, (6, 12), 0.99, more=0.0, fate="stops")
    monkeypatch.setattr(casting, "TEMPERAMENTS", (stopping,))
    monkeypatch.setitem(menu.SIMPLE, menu.Command.STOP, menu.stop)
    monkeypatch.setattr(menu, "stop", lambda scene: scene.say(say("You get no more messages from us.")))
    assert (await play(days=25))["after_stop"] > 0


async def test_a_sender_that_calls_twice_is_seen(monkeypatch):
    send = Sender.send

    async def twice(self, channel, row, edits):
        await send(self, channel, row, edits)
        return await send(self, channel, row, edits)

    monkeypatch.setattr(Sender, "send", twice)
    report = await play(days=3)
    assert report["doubled"] > 0
    assert report["copies"] == 0


async def test_an_inbox_that_forgets_what_it_took_is_seen(monkeypatch):
    monkeypatch.setattr(Inbox, "seen", lambda *_: frozenset())
    monkeypatch.setattr(Inbox, "add", lambda *_: None)
    assert (await play(days=3, fault_rate=0.2))["doubled"] > 0


async def test_rows_that_are_sent_last_in_first_out_are_seen(monkeypatch):
    line_up = Held.line_up

    def turned(self, row):
        line = line_up(self, row)
        line.rows.appendleft(line.rows.pop())
        return line

    monkeypatch.setattr(Held, "line_up", turned)
    assert (await play(days=3))["out_of_order"] > 0


async def test_a_sender_that_only_says_it_sent_is_seen(monkeypatch):
    send, calls = Sender.send, itertools.count()

    async def now_and_then(self, channel, row, edits):
        return Sent(Sending.SENT) if next(calls) % 10 == 9 else await send(self, channel, row, edits)

    monkeypatch.setattr(Sender, "send", now_and_then)
    assert (await play(days=3))["lost"] > 0


async def test_a_turn_that_answers_nothing_is_seen(monkeypatch):
    monkeypatch.setitem(menu.SIMPLE, menu.Command.NEXT, lambda scene: None)
    visiting = temperaments.Temperament("visiting", 0.9, (1, 2), 0.99, visits=2)
    monkeypatch.setattr(casting, "TEMPERAMENTS", (visiting,))
    assert (await play(days=8))["lost"] > 0


async def test_a_scheduler_that_sleeps_is_seen(keen, monkeypatch):
    async def nobody(self):
        return 0

    monkeypatch.setattr(Tick, "look", nobody)
    monkeypatch.setattr(Rhythms, "first_due", lambda self, until: None)
    assert (await play(days=25))["stalled"] > 0
