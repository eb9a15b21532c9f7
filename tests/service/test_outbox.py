"""Delivery: each row once and in order, whatever the provider says, however long it takes, whoever else sends."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.errors import (
    AddressGone,
    ChannelBusy,
    ChannelLocked,
    MaybeSent,
    MessageRefused,
    NotCommitted,
    NotSent,
)
from bot.core.events import Opened
from bot.core.learner import Reach
from bot.core.messages import Address
from bot.rows import Lane
from bot.service.holding import LEASE
from bot.service.pacing import Pace, Pauses
from tests.waiting import ManualClock, eventually

HOUR = timedelta(hours=1)


def busy(seconds):
    return ChannelBusy("wait", timedelta(seconds=seconds))


async def states(rig, expected):
    return await rig.states() == expected


# --- order --------------------------------------------------------------------------------------------------------


async def test_rows_of_a_conversation_go_out_in_the_order_they_were_made(rig):
    await rig.enqueue(*(rig.row("1", f"{n}") for n in range(20)))
    await rig.clock.until(lambda: len(rig.channel.sent) == 20)
    assert rig.channel.texts() == [str(n) for n in range(20)]


async def test_a_row_that_waits_for_the_network_is_not_overtaken_by_what_is_said_later(rig):
    rig.channel.script.append(NotSent("no network"))
    await rig.says("1", Opened())
    await rig.clock.until(lambda: rig.delivery.counts["retried"] == 1, step=0)
    await rig.says("1", "English")
    await rig.says("1", "/mydata")
    await rig.clock.advance(1)
    assert rig.channel.sent == []
    await rig.clock.until(lambda: len(rig.channel.sent) >= 4)
    assert [int(message.reference) for message in rig.channel.sent] == sorted(
        int(message.reference) for message in rig.channel.sent
    )
    assert "Choose your language." in rig.channel.texts()[0]


async def test_rows_that_overflowed_the_queue_are_not_overtaken_either(rig, monkeypatch):
    monkeypatch.setattr("bot.service.batch.LONGEST_QUEUE", 0)
    await rig.says("1", Opened())
    monkeypatch.setattr("bot.service.batch.LONGEST_QUEUE", 1000)
    await rig.says("1", "English")
    await rig.clock.until(lambda: len(rig.channel.sent) == 3)
    assert [message.reference for message in rig.channel.sent] == ["1", "2", "3"]


async def test_what_an_earlier_run_left_goes_before_what_is_said_now(make, sqlite_url):
    first = await make(sqlite_url, owner="before")
    first.channel.always = NotSent("no network")
    await first.says("1", Opened())
    await eventually(lambda: first.delivery.counts["retried"])
    await first.stop()
    rig = await make(sqlite_url, begin=False)
    await rig.delivery.take_back()
    await rig.start()
    await rig.says("1", "English")
    await rig.clock.until(lambda: len(rig.channel.sent) == 3)
    assert [message.reference for message in rig.channel.sent] == ["1", "2", "3"]


async def test_another_conversation_does_not_wait(rig):
    rig.channel.always = lambda message: NotSent("no network") if message.address.id == "1" else None
    await rig.says("1", Opened())
    await rig.says("2", Opened())
    await eventually(lambda: rig.channel.texts("2"))
    assert rig.channel.texts("1") == []


async def test_later_rows_wait_while_the_first_is_with_the_provider(rig):
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"))
    await rig.clock.until(lambda: rig.channel.called)
    await rig.clock.advance(10)
    assert len(rig.channel.called) == 1
    gate.set()
    await eventually(lambda: rig.channel.texts() == ["one", "two"])


# --- bulk ---------------------------------------------------------------------------------------------------------


async def test_five_hundred_bulk_rows_let_somebody_who_waits_pass(make, sqlite_url, clock):
    rig = await make(sqlite_url, paces={"test": Pace(clock.monotonic)})
    await rig.enqueue(*(rig.row(f"bulk-{n}", "reminder", lane=Lane.BULK) for n in range(500)))
    await clock.until(lambda: len(rig.channel.sent) > 60, step=0.25)
    waits = []
    for chat in range(5):
        began = clock.monotonic()
        await rig.says(f"person-{chat}", Opened())
        await clock.until(lambda chat=chat: rig.channel.texts(f"person-{chat}"), step=0.05)
        waits.append(clock.monotonic() - began)
    assert max(waits) < 1
    assert (await rig.states())["pending"] > 200
    await clock.until(lambda: len(rig.channel.sent) >= 505, step=0.05, within=30)
    assert clock.monotonic() < 45


async def test_bulk_is_claimed_in_slices_of_at_most_two_seconds_of_sending(make, sqlite_url, clock):
    rig = await make(sqlite_url, paces={"test": Pace(clock.monotonic)})
    await rig.enqueue(*(rig.row(f"bulk-{n}", "reminder", lane=Lane.BULK) for n in range(500)))
    for _ in range(10):
        await clock.advance(1)
        assert rig.delivery.queue_length() <= 100
    rig.channel.always = MessageRefused("the test is over")
    await clock.until(rig.delivery.is_idle, step=0.1)


def test_a_pace_keeps_to_the_rate_of_the_bot_and_of_each_chat():
    clock = ManualClock()
    pace = Pace(clock.monotonic)
    starts = []
    for n in range(300):
        clock.seconds += 0.01
        starts.append((clock.seconds + pace.wait_for(str(n % 100)), n % 100))
    times = sorted(at for at, _ in starts)
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[51:], strict=False))
    one = Pace(clock.monotonic)
    waits = [one.wait_for("1") for _ in range(10)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]


async def test_a_sender_keeps_to_the_pace(make, sqlite_url, clock):
    rig = await make(sqlite_url, paces={"test": Pace(clock.monotonic)})
    await rig.enqueue(*(rig.row("1", f"{n}") for n in range(15)), *(rig.row(f"c{n}", "x") for n in range(100)))
    await clock.until(lambda: len(rig.channel.sent) > 100, step=0.1)
    assert clock.monotonic() >= 3
    await clock.until(lambda: len(rig.channel.sent) == 115, step=0.1)
    assert clock.monotonic() >= 9


# --- what a provider says -----------------------------------------------------------------------------------------


async def test_429_pauses_the_whole_sender_and_uses_up_no_try(rig):
    rig.channel.script.append(busy(35))
    await rig.says("1", Opened())
    await eventually(lambda: rig.channel.called)
    await rig.says("2", Opened())
    await rig.clock.advance(30)
    assert len(rig.channel.called) == 1
    await rig.clock.until(lambda: len(rig.channel.sent) == 2)
    assert rig.clock.monotonic() >= 35
    assert {row.tries for row in await rig.store.read(lambda uow: uow.outbox.unsent(10))} <= {0}
    assert rig.delivery.counts["failed"] == 0


async def test_rows_that_were_already_waiting_for_their_pace_see_the_pause_too(make, sqlite_url, clock):
    rig = await make(sqlite_url, paces={"test": Pace(clock.monotonic, per_second=1)})
    rig.channel.script.append(busy(35))
    await rig.take(*(rig.event(str(chat), Opened()) for chat in range(10)))
    await clock.until(lambda: clock.monotonic() > 30)
    assert len(rig.channel.called) == 1
    await clock.until(lambda: len(rig.channel.sent) == 10)


async def test_429_on_every_call_makes_at_most_one_call_in_each_pause(rig):
    rig.channel.always = lambda _: busy(10)
    await rig.says("1", Opened())
    await rig.clock.until(lambda: rig.clock.monotonic() >= 600, step=5)
    assert len(rig.channel.called) <= 61
    rig.channel.always = None
    await rig.clock.until(lambda: rig.channel.sent)


async def test_a_lost_answer_is_sent_once_more_and_never_a_third_time(rig):
    rig.channel.always = lambda _: MaybeSent("no answer")
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"))
    await rig.clock.until(lambda: rig.delivery.counts["failed"] == 2, step=2)
    assert [message.reference for message in rig.channel.called] == ["1", "1", "2", "2"]
    rows = await rig.store.read(lambda uow: uow.outbox.unsent(10))
    assert [row.copies for row in rows] == [1, 1]
    assert all(row.reason == "no answer" for row in rows)


async def test_a_network_that_comes_back_finds_the_row_and_the_waits_grow(rig):
    calls = []
    rig.channel.always = lambda _: calls.append(rig.clock.monotonic()) or (NotSent("away") if len(calls) < 6 else None)
    await rig.says("1", Opened())
    await rig.clock.until(lambda: rig.channel.sent, step=1)
    waits = [round(later - earlier) for earlier, later in pairwise(calls)]
    assert waits == sorted(waits)
    assert waits[0] >= 4
    assert waits[-1] >= 60


async def test_what_cannot_be_read_as_formatted_goes_once_as_plain_text(rig):
    rig.channel.script.append(MessageRefused("can't parse", as_plain_text=True))
    await rig.says("1", Opened())
    await rig.quiet()
    assert len(rig.channel.called) == 2
    assert [span.bold for span in rig.channel.sent[0].text] == [False]
    assert rig.channel.texts()[0].startswith("Choose your language.")


async def test_what_a_provider_refuses_is_not_tried_again_and_the_next_row_goes(rig):
    rig.channel.script.append(MessageRefused("too long"))
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"))
    await rig.clock.until(lambda: rig.channel.texts() == ["two"])
    await rig.quiet()
    assert await rig.states() == {"failed": 1, "sent": 1}


async def test_a_refused_token_stops_sending_for_a_minute_and_keeps_the_rows(rig):
    rig.channel.always = ChannelLocked("token")
    await rig.says("1", Opened())
    await rig.clock.until(lambda: rig.clock.monotonic() > 50)
    assert len(rig.channel.called) == 1
    rig.channel.always = None
    await rig.clock.until(lambda: rig.channel.sent)


async def test_a_fault_of_ours_ends_its_row_and_not_the_conversation(rig):
    rig.channel.script.append(KeyError("a secret"))
    await rig.enqueue(
        rig.row("1", "one"),
        rig.row("1", "", payload="not json"),
        rig.row("1", "", payload='{"recipe":"?","with":{},"b":[]}'),
    )
    await rig.enqueue(rig.row("1", "last"))
    await rig.clock.until(lambda: rig.channel.texts() == ["last"])
    await rig.quiet()
    assert await rig.states() == {"failed": 3, "sent": 1}
    assert not any("secret" in row.reason for row in await rig.store.read(lambda uow: uow.outbox.unsent(10)))


async def test_what_is_too_late_is_not_sent(rig):
    await rig.enqueue(
        rig.row("1", "late", expires_at=rig.clock.now() + timedelta(seconds=5), not_before=rig.clock.now() + HOUR)
    )
    rig.clock.seconds += 3600
    await rig.clock.until(lambda: states(rig, {"expired": 1}))
    assert rig.channel.called == []


async def test_a_row_of_a_channel_that_is_gone_fails_aloud(rig):
    await rig.enqueue(replace(rig.row("1", "x"), address=Address("viber", "1")))
    await rig.clock.until(lambda: states(rig, {"failed": 1}))


# --- 403 ----------------------------------------------------------------------------------------------------------


async def test_who_blocked_us_is_unreachable_and_not_opted_out_and_back_with_the_next_message(rig):
    await rig.joins("1")
    await rig.quiet()
    rig.channel.script.append(AddressGone("blocked"))
    await rig.says("1", "/progress")
    await rig.enqueue(rig.row("1", "reminder", conversation=(await rig.memory("1")).conversation.key))
    await rig.quiet()
    await rig.clock.advance(3)
    assert (await rig.memory("1")).address.reach is Reach.UNREACHABLE
    assert "reminder" not in rig.channel.texts()
    await rig.says("1", "/courses")
    await rig.quiet()
    assert (await rig.memory("1")).address.reach is Reach.REACHABLE
    assert "These are the courses" in rig.channel.texts()[-1]


async def test_being_blocked_forgets_nothing_else_about_an_address(rig):
    await rig.joins("1")
    await rig.says("1", "/company AAAAAAAAAA")
    codes = (await rig.memory("1")).address.wrong_codes
    assert codes
    await rig.quiet()
    rig.channel.script.append(AddressGone("blocked"))
    await rig.says("1", "/progress")
    await eventually(lambda: reach(rig, Reach.UNREACHABLE))
    assert (await rig.memory("1")).address.wrong_codes == codes


async def reach(rig, expected, chat="1"):
    return (await rig.memory(chat)).address.reach is expected


async def test_who_opted_out_and_then_blocked_us_stays_opted_out(rig):
    await rig.joins("1")
    await rig.quiet()
    rig.channel.script.append(AddressGone("blocked"))
    await rig.says("1", "stop")
    await rig.quiet()
    await eventually(lambda: not rig.turns._has_work())
    assert await reach(rig, Reach.STOPPED)


# --- leases -------------------------------------------------------------------------------------------------------


async def test_a_lease_is_renewed_while_its_row_waits_and_while_the_provider_thinks(rig):
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"))
    await rig.clock.until(lambda: rig.channel.called)
    for _ in range(12):
        await rig.clock.advance(LEASE.total_seconds() / 4)
        await rig.quiet_turns()
    assert len(rig.channel.called) == 1
    assert not await rig.store.read(lambda uow: uow.outbox.is_due(rig.clock.now(), Lane.INTERACTIVE))
    gate.set()
    await eventually(lambda: rig.channel.texts() == ["one", "two"])
    await rig.quiet()
    assert await rig.states() == {"sent": 2}


async def test_a_lapsed_lease_is_taken_over_and_the_old_sender_cannot_write(make, sqlite_url):
    old = await make(sqlite_url, owner="old")
    old.channel.always = gate = asyncio.Event()
    await old.enqueue(old.row("1", "one"), old.row("1", "two"))
    await old.clock.until(lambda: old.channel.called)
    old.delivery._stopping.is_set = lambda: True
    new = await make(sqlite_url, owner="new", begin=False)
    await new.clock.advance(LEASE.total_seconds() + 1)
    new.channel.always = NotSent("away")
    await new.start()
    await new.clock.until(lambda: new.delivery.counts["retried"] == 1)
    await new.quiet()
    gate.set()
    await old.quiet_turns()
    await new.quiet_turns()
    assert await new.states() == {"pending": 2}
    assert old.channel.texts() == ["one"]
    new.channel.always = None
    await new.clock.until(lambda: new.channel.texts() == ["one", "two"])
    await new.quiet()
    assert await new.states() == {"sent": 2}


async def test_who_slept_through_the_end_of_a_lease_does_not_send(rig):
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"))
    await rig.clock.until(lambda: rig.channel.called)
    rig.clock.seconds += LEASE.total_seconds() * 2
    gate.set()
    await eventually(lambda: not rig.delivery._held.lines)
    assert rig.channel.texts() == ["one"]
    await rig.clock.until(lambda: rig.channel.texts() == ["one", "two"])


async def test_a_clock_that_leaps_forward_during_a_call_makes_no_second_copy(rig):
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.enqueue(rig.row("1", "one"))
    await rig.clock.until(lambda: rig.channel.called)
    rig.clock.seconds += LEASE.total_seconds() * 2
    # The sender claims what is due, while the call is under way and before its lease is prolonged.
    await rig.delivery._claim(Lane.INTERACTIVE, 50)
    gate.set()
    await eventually(lambda: not rig.delivery._held.lines)
    await rig.clock.advance(LEASE.total_seconds() * 3)
    await rig.clock.until(lambda: states(rig, {"sent": 1}))
    assert rig.channel.texts() == ["one"]


def test_a_pause_that_ends_later_than_any_is_of_a_clock_that_stepped_back(rig):
    rides = []
    pauses = Pauses(rig.store, rides.append)
    now = rig.clock.now()
    pauses.begin("test", now + timedelta(seconds=3))
    assert pauses.until("test", now) == now + timedelta(seconds=3)
    before = now - 6 * HOUR
    assert pauses.until("test", before) is None
    pauses.begin("test", before + timedelta(seconds=5))
    assert pauses.until("test", before) == before + timedelta(seconds=5)
    assert len(rides) == 2


# --- the end ------------------------------------------------------------------------------------------------------


async def test_stopping_lets_calls_end_and_gives_back_what_has_not_begun(make, sqlite_url):
    rig = await make(sqlite_url)
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"))
    await rig.clock.until(lambda: rig.channel.called)
    stopping = asyncio.create_task(rig.stop())
    await asyncio.sleep(0)
    gate.set()
    await stopping
    assert rig.channel.texts() == ["one"]
    assert await rig.states() == {"sent": 1, "pending": 1}


async def test_a_call_that_hangs_is_left_behind_when_the_bot_stops(make, sqlite_url, monkeypatch):
    monkeypatch.setattr("bot.service.outbox.GRACE", timedelta(seconds=0.05))
    rig = await make(sqlite_url)
    rig.channel.always = lambda message: asyncio.Event() if message.address.id == "1" else None
    await rig.enqueue(rig.row("1", "one"), rig.row("1", "two"), rig.row("2", "three"))
    await rig.clock.until(lambda: rig.channel.texts() == ["three"])
    await rig.stop()
    assert await rig.states() == {"leased": 1, "pending": 1, "sent": 1}


async def test_rows_made_while_the_bot_stops_are_given_back_in_the_same_breath(rig):
    await rig.delivery.stop()
    await rig.says("1", Opened())
    rig.turns.stop()
    await eventually(rig._tasks[0].done)
    assert await rig.states() == {"pending": 1}


async def test_a_database_that_is_away_delays_what_must_be_looked_up(rig, monkeypatch):
    reads = rig.store.read
    failing = True

    async def read(step):
        if failing:
            raise NotCommitted("busy")
        return await reads(step)

    await rig.enqueue(rig.row("1", "one", created_at=rig.clock.now() - HOUR))
    await rig.clock.until(lambda: True)
    monkeypatch.setattr(rig.store, "read", read)
    await rig.clock.advance(3)
    failing = False
    await rig.clock.until(lambda: rig.channel.texts() == ["one"])


@pytest.mark.parametrize("copies", [1, 3])
async def test_a_start_takes_back_what_another_run_had_leased(make, sqlite_url, copies):
    rig = await make(sqlite_url, owner="dead")
    rig.channel.always = asyncio.Event()
    await rig.take(*(rig.event(str(chat), Opened()) for chat in range(copies)))
    await eventually(lambda: len(rig.channel.called) == copies)
    rig.kill()
    rig.turns._stopping = True
    new = await make(sqlite_url, begin=False)
    assert await new.delivery.take_back() == copies
    await new.start()
    await new.clock.until(lambda: len(new.channel.sent) == copies)
