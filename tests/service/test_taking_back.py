"""Taking back: what stands in a chat is gone before the harmless line comes, whatever happens on the way."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.errors import AddressGone, ChannelBusy, ChannelLocked, MaybeSent, MessageRefused, NotSent
from bot.store.tables import outbox
from tests.service.rig import EDITING
from tests.waiting import eventually

LINE = "Tea break. To go on, send MENU."
DAYS = timedelta(days=1).total_seconds()


async def rows_of(rig, chat="1"):
    asked = select(outbox.c.message_id, outbox.c.answers, outbox.c.payload, outbox.c.state).order_by(outbox.c.id)
    return await rig.store.read(lambda uow: [tuple(row) for row in uow.records._connection.execute(asked)])


def gone(rig):
    return [one for _, ids in rig.channel.taken for one in ids]


def own(rig):
    return set(rig.channel.ids)


async def test_all_that_was_said_on_both_sides_is_gone_before_the_line_that_stays(either):
    await either.joins("1")
    await either.taps("1", "Next ▶")
    await either.quiet()
    stood = own(either)
    await either.says("1", "/hide")
    await either.clock.until(lambda: LINE in either.channel.texts("1"))
    typed = [one for one in gone(either) if one.startswith("said-")]
    assert set(gone(either)) - set(typed) == stood
    assert len(typed) == 3, "English, Start and the command itself"
    assert either.channel.texts("1")[-1] == LINE
    assert len(either.channel.taken) == len(stood | set(typed)) // 10 + 1
    await either.quiet()
    kept = [row for row in await rows_of(either) if row[0] or row[1] or row[2]]
    assert [row[0] for row in kept] == [either.channel.ids[-1]], "only the line is still known"


async def test_hiding_again_takes_the_line_back_and_another_stands(rig):
    await rig.joins("1")
    await rig.says("1", "/hide")
    await rig.quiet()
    first = rig.channel.ids[-1]
    rig.channel.taken.clear()
    await rig.says("1", "/hide")
    await rig.quiet()
    assert [one for one in gone(rig) if not one.startswith("said-")] == [first]
    assert rig.channel.texts("1").count(LINE) == 2


async def test_what_still_waited_is_sent_and_taken_back_before_the_line(either):
    gate = asyncio.Event()
    await either.joins("1")
    await either.quiet()
    either.channel.script.append(gate)
    await either.says("1", "/courses")
    await either.says("1", "/progress")
    await either.says("1", "/hide")
    gate.set()
    await either.clock.until(lambda: either.channel.texts("1")[-1] == LINE)
    assert own(either) - {either.channel.ids[-1]} <= set(gone(either))
    texts = either.channel.texts("1")
    assert "These are the courses" in texts[-3]
    assert "of 6 lessons" in texts[-2]


@pytest.mark.parametrize(
    "fault",
    [
        NotSent("no network"),
        MaybeSent("lost"),
        ChannelBusy("wait", timedelta(seconds=20)),
    ],
    ids=["no network", "lost", "429"],
)
async def test_the_line_waits_until_what_failed_has_been_done(either, fault):
    await either.joins("1")
    await either.quiet()
    stood = own(either)
    either.channel.script.append(fault)
    await either.says("1", "/hide")
    await eventually(lambda: either.delivery.counts["retried"] == 1)
    assert LINE not in either.channel.texts("1")
    await either.clock.until(lambda: LINE in either.channel.texts("1"))
    assert stood <= set(gone(either))


async def test_what_is_too_old_to_be_removed_shows_harmless_words_instead(rig):
    await rig.joins("1")
    await rig.quiet()
    old = own(rig)
    await rig.clock.advance(2 * DAYS)
    await rig.says("1", "/courses")
    await rig.quiet()
    young = {rig.channel.ids[-1]}
    await rig.says("1", "/hide")
    await rig.clock.until(lambda: rig.channel.texts("1")[-1] == LINE)
    removed = {one for text, ids in rig.channel.taken for one in ids if not text}
    covered = {one for text, ids in rig.channel.taken for one in ids if text == LINE}
    assert young <= removed
    assert covered == old
    assert all(len(ids) == 1 for text, ids in rig.channel.taken if text), "one call for each"


async def test_one_message_that_must_stay_does_not_keep_the_others(rig):
    await rig.joins("1")
    await rig.says("1", "/courses")
    await rig.quiet()
    stubborn = rig.channel.ids[1]

    def refuse(message):
        return MessageRefused("it must stay") if stubborn in message.takes_back and not message.text else None

    rig.channel.always = refuse
    await rig.says("1", "/hide")
    await rig.clock.until(lambda: rig.channel.texts("1")[-1] == LINE)
    assert own(rig) - {rig.channel.ids[-1]} <= set(gone(rig))
    assert (LINE, (stubborn,)) in rig.channel.taken


async def test_a_server_that_cannot_remove_anything_lets_all_be_covered_and_locks_nobody_out(rig):
    await rig.joins("1")
    await rig.quiet()
    stood = own(rig)
    rig.channel.always = lambda message: ChannelLocked("unknown") if message.takes_back and not message.text else None
    await rig.says("1", "/hide")
    await rig.clock.until(lambda: rig.channel.texts("1")[-1] == LINE)
    assert {one for text, ids in rig.channel.taken for one in ids if text} == stood


async def test_who_blocked_the_bot_is_left_alone(rig):
    await rig.joins("1")
    await rig.quiet()
    rig.channel.script.append(AddressGone("blocked"))
    await rig.says("1", "/hide")
    await rig.quiet()
    assert LINE not in rig.channel.texts("1")


async def test_a_wish_to_hide_outlives_a_kill_and_a_stop_right_after_it(make, database_url):
    first = await make(database_url, owner="before")
    await first.joins("1")
    await first.quiet()
    stood = own(first)
    first.channel.always = NotSent("no network")
    await first.says("1", "/hide")
    await eventually(lambda: first.delivery.counts["retried"])
    await first.says("1", "STOP")
    await first.stop()
    rig = await make(database_url, begin=False)
    await rig.delivery.take_back()
    await rig.start()
    await rig.clock.until(lambda: any("no more messages" in text for text in rig.channel.texts("1")))
    assert stood <= set(gone(rig))


async def test_what_could_not_be_sent_cannot_be_sent_again_after_hiding(rig):
    await rig.joins("1")
    await rig.quiet()
    rig.channel.script.append(MessageRefused("never"))
    await rig.says("1", "/courses")
    await rig.quiet()
    assert any(row[2] for row in await rows_of(rig)), "an operator could send it again"
    await rig.says("1", "/hide")
    await rig.quiet()
    assert not any(row[2] for row in await rows_of(rig))


async def test_where_nothing_can_be_taken_back_the_bot_says_so(rig):
    rig.channel.features = replace(EDITING, taking_back=0)
    await rig.joins("1")
    await rig.says("1", "/hide")
    await rig.quiet()
    assert rig.channel.texts("1")[-1] == "Here I cannot take messages back. Delete this chat on your phone."
    assert rig.channel.taken == []
