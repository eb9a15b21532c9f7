"""STOP, blocking and forgetting: what was queued for somebody who wants no more of it does not go out."""

import asyncio
import re

from sqlalchemy import text

from bot.core.errors import NotSent
from bot.core.events import Opened, Unblocked
from bot.core.learner import Reach
from bot.core.rich_text import plain
from bot.rows import Lane
from bot.service.pacing import Pace
from tests.service.rig import CODE
from tests.waiting import eventually

NO_WORDS = '{"recipe":"mydata","with":{},'
STOPPED = "You get no more messages from us"


async def key_of(rig, chat):
    return (await rig.memory(chat)).conversation.key


async def test_stop_cancels_what_is_queued_and_only_the_confirmation_goes_out(either):
    rig = either
    await rig.joins("1")
    await rig.quiet()
    key, person = await key_of(rig, "1"), (await rig.memory("1")).person.id
    rig.channel.always = gate = asyncio.Event()
    await rig.says("1", "/progress")
    await eventually(lambda: len(rig.channel.called) > 6)
    rig.channel.sent.clear()
    later = {"conversation": key, "person_id": person}
    await rig.enqueue(*(rig.row("1", "reminder", lane=Lane.BULK, **later) for _ in range(3)))
    await rig.says("1", "/courses")
    await rig.says("1", "stop")
    gate.set()
    rig.channel.always = None
    await rig.clock.until(lambda: len(rig.channel.sent) == 2)
    await rig.quiet()
    # The first was with the provider already.
    assert "lessons are done" in rig.channel.texts()[0]
    assert rig.channel.texts()[1].startswith(STOPPED)
    assert (await rig.states())["cancelled"] == 4


async def test_the_queue_is_cancelled_in_the_very_transaction_of_stop(rig):
    await rig.joins("1")
    await rig.quiet()
    await rig.enqueue(
        rig.row("1", "reminder", conversation=await key_of(rig, "1"), not_before=rig.clock.now().replace(year=2030))
    )
    await rig.says("1", "stop")
    assert (await rig.states()).get("cancelled") == 1


async def test_a_row_that_waits_for_its_pace_when_stop_comes_does_not_go(make, sqlite_url, clock):
    rig = await make(sqlite_url, paces={"test": Pace(clock.monotonic, per_chat=0.5)})
    for content in (Opened(), "English"):
        await rig.says("1", content)
    await clock.until(rig.delivery.is_idle, step=0.1)
    for _ in range(3):
        await rig.says("1", "/mydata")
    await clock.advance(0.1)
    await rig.says("1", "stop")
    await clock.until(rig.delivery.is_idle, step=0.5)
    texts = rig.channel.texts()
    assert texts[-1].startswith(STOPPED)
    assert sum("This is what we keep" in said for said in texts) <= 2


async def test_a_reminder_claimed_before_stop_is_refused_at_the_last_moment(rig):
    await rig.joins("1")
    await rig.quiet()
    person, key = (await rig.memory("1")).person.id, await key_of(rig, "1")
    await rig.says("1", "stop")
    await rig.quiet()
    rig.channel.sent.clear()
    await rig.enqueue(rig.row("1", "reminder", lane=Lane.BULK, person_id=person, conversation=key))
    await rig.clock.until(lambda: refused(rig))
    assert rig.channel.texts() == []


async def refused(rig):
    return (await rig.states()).get("refused")


async def test_start_after_stop_is_answered_at_once(rig):
    await rig.joins("1")
    await rig.says("1", "stop")
    await rig.says("1", "start")
    await rig.quiet()
    assert rig.channel.texts()[-1].startswith("Welcome back")
    await rig.says("1", "/progress")
    await rig.quiet()
    assert "lessons are done" in rig.channel.texts()[-1]


async def test_start_is_answered_at_once_though_rows_were_waiting_when_stop_came(rig):
    await rig.joins("1")
    await rig.quiet()
    rig.channel.script.append(NotSent("away"))
    await rig.says("1", "/progress")
    await eventually(lambda: rig.delivery.counts["retried"])
    await rig.says("1", "stop")
    await rig.says("1", "start")
    await eventually(lambda: rig.channel.texts()[-1].startswith("Welcome back"))


async def test_blocking_us_is_no_opting_out_and_coming_back_is_enough(rig):
    await rig.joins("1")
    await rig.blocks("1")
    assert (await rig.memory("1")).address.reach is Reach.UNREACHABLE
    await rig.says("1", Unblocked())
    assert (await rig.memory("1")).address.reach is Reach.REACHABLE


async def test_blocking_after_stop_keeps_somebody_stopped(rig):
    await rig.joins("1")
    await rig.says("1", "stop")
    await rig.blocks("1")
    await rig.says("1", Unblocked())
    assert (await rig.memory("1")).address.reach is Reach.STOPPED


async def test_after_forget_nothing_made_before_goes_out(rig):
    await rig.joins("1")
    await rig.quiet()
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.says("1", "/forget")
    await eventually(lambda: rig.channel.called[-1].text)
    await rig.says("1", "/progress")
    await rig.says("1", "/forget")
    await rig.says("1", "Erase all")
    gate.set()
    await rig.quiet()
    assert not any("lessons are done" in said for said in rig.channel.texts())
    assert rig.channel.texts()[-1].startswith("Everything about you is erased")


async def test_after_forget_no_table_holds_the_chat_the_person_or_the_conversation(either):
    rig = either
    await rig.company()
    await rig.joins("471147114711", CODE)
    await rig.joins("2", CODE)
    await rig.says("471147114711", "/progress")
    await rig.says("471147114711", "/mydata")
    await rig.quiet()
    memory = await rig.memory("471147114711")
    await rig.says("471147114711", "/forget")
    await rig.says("471147114711", "Erase all")
    await rig.quiet()
    # What was said last goes to an address that is kept for its sake, and goes with it.
    assert rig.channel.texts("471147114711")[-1].startswith("Everything about you is erased")
    rig.clock.seconds += 31 * 86400
    await rig.write(lambda uow: uow.outbox.prune(rig.clock.now()))
    found = await rig.write(
        lambda uow: holding(uow, [memory.person.id, memory.memberships[0].pseudonym, "471147114711"])
    )
    assert found == []


def holding(uow, needles):
    """Return where in the whole schema one of the texts stands."""
    from bot.store.tables import metadata

    connection = uow.inbox._connection
    return [
        (table.name, dict(row._mapping))
        for table in metadata.sorted_tables
        for row in connection.execute(table.select())
        if any(needle in str(value) for needle in needles for value in row)
    ]


async def test_my_data_is_made_when_it_is_sent_and_lies_nowhere(rig):
    await rig.company()
    await rig.joins("1", CODE)
    await rig.quiet()
    rig.channel.script.append(gate := asyncio.Event())
    await rig.says("1", "/mydata")
    await eventually(lambda: "Company: Mill" in plain(rig.channel.called[-1].text))
    assert [row["payload"] for row in await payloads(rig)] == [NO_WORDS]
    gate.set()
    await rig.quiet()
    assert await payloads(rig) == []


async def payloads(rig):
    """Return what lies in the outbox, without its buttons and ids."""

    def found(uow):
        rows = uow.inbox._connection.execute(text("SELECT payload FROM outbox WHERE payload IS NOT NULL"))
        return [{"payload": re.sub(r'"person":"\w+"|"b":.*', "", row[0])} for row in rows]

    return await rig.write(found)
