"""Several processes on one PostgreSQL: one turn for each event, one pause for all, no row sent twice or out of order."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import ChannelBusy, NotSent
from bot.core.events import Opened
from bot.core.learner import Role
from bot.rows import Lane
from tests.service.rig import FakeChannel
from tests.waiting import eventually


@pytest.fixture
async def channel():
    return FakeChannel()


@pytest.fixture
async def two(make, postgres_url, channel):
    return [await make(postgres_url, owner=f"process-{n}", channel=channel) for n in range(2)]


async def all_quiet(two):
    for rig in two:
        await rig.quiet()


async def test_one_update_given_to_both_at_once_takes_effect_once(two, channel):
    for n in range(10):
        opened = two[0].event(f"chat-{n}", Opened())
        await asyncio.gather(*(rig.take(opened) for rig in two for _ in range(2)))
    await all_quiet(two)
    assert len(channel.sent) == 10
    assert sum(rig.turns.counts["events"] for rig in two) == 10
    assert sum(rig.turns.counts["quarantined"] for rig in two) == 0


async def test_messages_of_one_chat_taken_by_both_lose_no_turn(two, channel):
    await two[0].joins("1")
    await all_quiet(two)
    before = (await two[0].memory("1")).conversation.step
    await asyncio.gather(*(rig.says("1", "/company") for rig in two for _ in range(5)))
    assert (await two[0].memory("1")).conversation.step == before + 10


async def test_an_invitation_for_one_use_opened_at_both_lets_in_one(two):
    await two[0].company()
    await two[0].invite("0WNER00001", Role.OWNER, "mill")
    for content in (Opened("0WNER00001"), "English", "Start"):
        await asyncio.gather(*(rig.says(str(n), content) for n, rig in enumerate(two)))
    roles = [[found.role for found in (await two[0].memory(str(n))).memberships] for n in range(2)]
    assert sorted(roles) == [[], [Role.OWNER]]


async def test_a_typed_answer_edits_the_newest_bubble_whichever_process_sent_it(two, channel):
    await two[0].joins("1")
    await all_quiet(two)
    await two[0].says("1", "/hour")
    await all_quiet(two)
    await two[1].says("1", "/language")
    await all_quiet(two)
    newest = channel.sent[-1]
    assert newest.rows
    await two[0].says("1", "English")
    await all_quiet(two)
    edits = [message.replaces for message in channel.sent[channel.sent.index(newest) + 1 :] if message.replaces]
    assert edits == [channel.ids[channel.sent.index(newest)]]


async def test_rows_in_the_database_are_sent_by_one_of_the_two(two, channel):
    rows = [two[0].row(f"chat-{n % 20}", f"{n}", lane=Lane.BULK) for n in range(200)]
    await two[0].enqueue(*rows)
    await two[0].clock.until(lambda: len(channel.sent) >= 200, step=0.25)
    await all_quiet(two)
    assert sorted(int(said) for said in channel.texts()) == list(range(200))
    for n in range(20):
        said = [int(words) for words in channel.texts(f"chat-{n}")]
        assert said == sorted(said)


async def test_a_pause_asked_of_one_holds_for_both(two, channel):
    channel.script.append(ChannelBusy("wait", timedelta(seconds=35)))
    await two[0].says("1", Opened())
    await eventually(lambda: channel.called)
    await two[0].quiet_turns()
    await two[0].clock.advance(1.5)
    await two[1].says("2", Opened())
    await two[1].clock.until(lambda: two[1].clock.monotonic() > 33, step=1)
    assert len(channel.called) == 1
    await two[1].clock.until(lambda: len(channel.sent) == 2)


async def test_what_one_had_leased_is_sent_by_the_other_when_it_died(two, channel):
    channel.always = lambda _: asyncio.Event()
    await two[0].says("1", Opened())
    await eventually(lambda: channel.called)
    two[0].kill()
    two[0].turns._stopping = True
    channel.always = None
    await two[1].clock.until(lambda: channel.sent, step=1)
    assert two[1].clock.monotonic() >= 59


async def test_a_reply_of_one_does_not_overtake_an_earlier_one_that_the_other_still_sends(two, channel):
    gate = asyncio.Event()
    channel.script.append(gate)
    await two[0].says("1", Opened())
    await eventually(lambda: channel.called)
    await two[1].says("1", "English")
    try:
        await eventually(two[1].delivery.is_idle)
        assert len(channel.called) == 1
    finally:
        gate.set()


async def test_a_row_that_waits_is_not_overtaken_by_the_other_process(two, channel):
    channel.script.append(NotSent("away"))
    await two[0].says("1", Opened())
    await eventually(lambda: two[0].delivery.counts["retried"])
    await two[0].quiet_turns()
    await two[0].says("1", "English")
    await two[0].clock.until(lambda: len(channel.sent) == 3)
    assert [message.reference for message in channel.sent] == sorted(message.reference for message in channel.sent)
