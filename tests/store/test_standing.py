"""What stands in a chat: the ids of both sides with their age, known only when all before is, and forgotten when gone."""

from datetime import timedelta

from sqlalchemy import select

from bot.rows import Finished, Lane, Sending, Standing
from bot.store.tables import outbox
from tests.databases import NOW
from tests.store.people import address, do, message, save, worker

HOUR = timedelta(hours=1)


async def said(store, *rows, **values):
    """Send rows and note the ids under which they stand."""
    added = await do(store, lambda unit: unit.outbox.add(rows))
    ends = [
        Finished(row.id, row.fence, Sending.SENT, NOW, message_id=one and str(one))
        for row, one in zip(added, values["ids"], strict=True)
    ]
    await do(store, lambda unit: unit.outbox.finish(ends))
    return added


async def standing(store, row, limit=100):
    return await store.read(lambda unit: unit.outbox.standing(row.id, limit))


async def known(store):
    asked = select(outbox.c.message_id, outbox.c.answers, outbox.c.payload).order_by(outbox.c.id)
    return await store.read(lambda unit: [tuple(row) for row in unit.records._connection.execute(asked)])


async def test_both_sides_of_a_chat_stand_there_newest_first_each_as_old_as_its_first_row(store):
    await save(store, worker(1, firm=None), worker(2, firm=None))
    rows = [
        message(1, created_at=NOW - 3 * HOUR, answers="7"),
        message(1, created_at=NOW - 2 * HOUR),
        message(1, created_at=NOW - HOUR),
        message(1, conversation="KEY0000001:due", lane=Lane.BULK, created_at=NOW - HOUR),
        message(2, created_at=NOW),
    ]
    await said(store, *rows, ids=[10, 11, 10, 12, 99])
    (last,) = await do(store, lambda unit: unit.outbox.add([message(1, answers="8")]))
    assert await standing(store, last) == [
        Standing("8", NOW, is_ours=False),
        Standing("12", NOW - HOUR, is_ours=True),
        Standing("10", NOW - 3 * HOUR, is_ours=True),
        Standing("11", NOW - 2 * HOUR, is_ours=True),
        Standing("7", NOW - 3 * HOUR, is_ours=False),
    ]
    assert [one.message_id for one in await standing(store, last, limit=2)] == ["8", "12"]


async def test_while_an_earlier_row_of_the_conversation_is_open_it_is_not_known(store):
    await save(store, worker(1, firm=None))
    first, last = await do(store, lambda unit: unit.outbox.add([message(1), message(1)]))
    assert await standing(store, last) is None
    ended = Finished(first.id, first.fence, Sending.SENT, NOW, message_id="5")
    await do(store, lambda unit: unit.outbox.finish([ended]))
    assert await standing(store, last) == [Standing("5", NOW, is_ours=True)]


async def test_what_was_said_later_does_not_belong_to_it(store):
    await save(store, worker(1, firm=None))
    (last, later) = await said(store, message(1), message(1, answers="3"), ids=[None, 6])
    assert later.id > last.id
    assert await standing(store, last) == []


async def test_what_is_gone_is_forgotten_in_this_chat_alone_with_what_could_be_sent_again(store):
    await save(store, worker(1, firm=None), worker(2, firm=None))
    await said(store, message(1, answers="7"), message(1), message(2, answers="7"), ids=[10, 11, 10])
    failed, other, last, waits = await do(
        store, lambda unit: unit.outbox.add([message(1), message(2), message(1), message(1, payload="later")])
    )
    ends = [Finished(row.id, row.fence, Sending.FAILED, NOW, "never") for row in (failed, other)]
    await do(store, lambda unit: unit.outbox.finish(ends))
    await do(store, lambda unit: unit.outbox.taken_back(last.id, ["7", "10"]))
    assert await known(store) == [
        (None, None, None),
        ("11", None, None),
        ("10", "7", None),
        (None, None, None),
        (None, None, "{}"),
        (None, None, "{}"),
        (None, None, "later"),
    ]
    assert await do(store, lambda unit: unit.outbox.resend([failed.id, other.id], NOW, NOW + HOUR)) == 1
    assert await do(store, lambda unit: unit.outbox.last_bubble("KEY0000001")) is None
    assert waits.address == address(1)
