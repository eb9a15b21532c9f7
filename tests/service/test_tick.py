"""Who is due gets one message, however often, by however many and with whatever clock one looks."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.events import Due
from bot.core.messages import Address
from bot.rows import Lane
from bot.service.tick import AGAIN, SPREAD, Tick

# Rigs begin on a Wednesday at noon.
FRIDAY = datetime(2026, 9, 11, 13, 0, tzinfo=UTC)
HOUR = 3_600


async def learner(rig, chat):
    """Take the first card, and choose one o'clock."""
    await rig.joins(chat)
    for words in ("/hour 13:00", "Yes"):
        await rig.says(chat, words)
    await rig.quiet()


def tick(rig):
    return Tick(rig.store, rig.turns, rig.clock)


async def until(rig, moment):
    await rig.clock.advance((moment - rig.clock.now()).total_seconds())


async def sent(*rigs):
    """Let the senders look until nothing that is due waits."""

    async def is_sent():
        now = rigs[0].clock.now()
        waits = [await rig.store.read(lambda uow: uow.outbox.is_due(now, Lane.BULK)) for rig in rigs]
        return not any(waits) and all(rig.delivery.is_idle() for rig in rigs)

    await rigs[0].clock.until(is_sent)
    for rig in rigs:
        await rig.quiet()


async def said(rig, chat):
    await sent(rig)
    return rig.channel.texts(chat)


@pytest.fixture
async def waiting(either):
    """Somebody who chose an hour, with everything said so far out of the way."""
    await learner(either, "1")
    either.channel.sent.clear()
    return either


async def test_nobody_is_due_before_the_hour_and_everybody_once_at_it(waiting):
    rig = waiting
    await until(rig, FRIDAY - timedelta(minutes=1))
    assert await tick(rig).look() == 0
    await until(rig, FRIDAY)
    assert await tick(rig).look() == 1
    assert await tick(rig).look() == 0
    assert len(await said(rig, "1")) == 1
    assert not rig.channel.sent[0].silent
    await until(rig, FRIDAY + timedelta(hours=6))
    assert await tick(rig).look() == 0
    # The next day that was chosen is Monday.
    await until(rig, FRIDAY + timedelta(days=3))
    assert await tick(rig).look() == 1
    first, second = await said(rig, "1")
    assert first != second


async def test_a_clock_that_steps_back_says_nothing_twice(waiting):
    rig = waiting
    await until(rig, FRIDAY)
    await tick(rig).look()
    await said(rig, "1")
    rig.clock.began -= timedelta(hours=6)
    for _ in range(8):
        await rig.clock.advance(HOUR)
        await tick(rig).look()
    assert len(await said(rig, "1")) == 1


async def test_a_clock_that_jumps_two_days_ahead_starts_no_storm(waiting):
    rig = waiting
    await until(rig, FRIDAY + timedelta(days=2))
    await tick(rig).look()
    assert await said(rig, "1") == []
    await until(rig, FRIDAY + timedelta(days=3))
    assert await tick(rig).look() == 1
    assert len(await said(rig, "1")) == 1


async def test_after_downtime_each_gets_at_most_one_and_they_are_spread(either):
    rig = either
    chats = [f"chat-{n}" for n in range(25)]
    for chat in chats:
        await learner(rig, chat)
    rig.channel.sent.clear()
    await until(rig, FRIDAY + timedelta(minutes=21))
    assert await tick(rig).look() == len(chats)
    rows = [row for row in await rig.write(lambda uow: uow.outbox.unsent(100)) if row.lane is Lane.BULK]
    assert len(rows) == len(chats)
    delays = sorted((row.not_before - rig.clock.now()).total_seconds() for row in rows if row.not_before)
    assert delays[-1] <= SPREAD.total_seconds()
    assert delays[-1] - delays[0] >= 600
    for _ in range(18):
        await rig.clock.advance(60)
        await tick(rig).look()
        await sent(rig)
    assert sorted(message.address.id for message in rig.channel.sent) == sorted(chats)


async def test_two_processes_that_look_at_once_send_one_each(make, postgres_url):
    two = [await make(postgres_url, owner=f"process-{n}") for n in range(2)]
    chats = [f"chat-{n}" for n in range(12)]
    for chat in chats:
        await learner(two[0], chat)
    for rig in two:
        rig.channel.sent.clear()
    await until(two[0], FRIDAY)
    for _ in range(3):
        await asyncio.gather(*(tick(rig).look() for rig in two))
    await sent(*two)
    assert sorted(message.address.id for rig in two for message in rig.channel.sent) == sorted(chats)


async def test_who_comes_before_the_reminder_goes_out_is_not_reminded(waiting):
    rig = waiting
    await until(rig, FRIDAY + timedelta(minutes=30))
    assert await tick(rig).look() == 1
    await rig.clock.advance(1)
    await rig.says("1", "/progress")
    await rig.quiet()
    await rig.clock.advance(SPREAD.total_seconds() + 5)
    await sent(rig)
    texts = rig.channel.texts("1")
    assert len(texts) == 1
    assert "lessons are done" in texts[0]
    assert (await rig.states())["superseded"] == 1


async def test_stop_between_due_and_sending_takes_the_reminder_back(waiting):
    rig = waiting
    await until(rig, FRIDAY + timedelta(minutes=30))
    await tick(rig).look()
    await rig.says("1", "stop")
    await rig.clock.advance(SPREAD.total_seconds() + 5)
    await sent(rig)
    assert len(rig.channel.texts("1")) == 1
    assert (await rig.states())["cancelled"] == 1
    await until(rig, FRIDAY + timedelta(days=30))
    assert await tick(rig).look() == 0


async def test_a_reminder_that_could_not_go_before_the_quiet_hours_is_dropped(waiting):
    rig = waiting
    await until(rig, FRIDAY)
    await tick(rig).look()
    (row,) = [row for row in await rig.write(lambda uow: uow.outbox.unsent(9)) if row.lane is Lane.BULK]
    assert row.expires_at == FRIDAY.replace(hour=20)


async def test_a_turn_that_fails_is_looked_at_again_later_and_holds_up_nobody(waiting, monkeypatch):
    rig = waiting
    await learner(rig, "2")
    rig.channel.sent.clear()
    await until(rig, FRIDAY)
    submit = rig.turns.submit

    def spoil(event):
        is_first = event.address == Address("test", "1")
        return submit(replace(event, content=Due(delay="soon")) if is_first else event)

    monkeypatch.setattr(rig.turns, "submit", spoil)
    assert await tick(rig).look() == 2
    assert len(await said(rig, "2")) == 1
    monkeypatch.setattr(rig.turns, "submit", submit)
    assert await tick(rig).look() == 0
    await rig.clock.advance(AGAIN.total_seconds())
    assert await tick(rig).look() == 1
    # Within the hour it is the same event, which was set aside: nothing more is.
    assert len(await rig.write(lambda uow: uow.quarantine.list())) == 1
    assert await said(rig, "1") == []
    await rig.clock.advance(HOUR)
    assert await tick(rig).look() == 1
    await rig.clock.advance(SPREAD.total_seconds())
    # Nobody is told that something failed who had not asked for anything.
    assert len(await said(rig, "1")) == 1
    assert "failed" not in rig.channel.texts("1")[0]
