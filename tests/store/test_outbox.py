import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.facts import AddressKept
from bot.core.learner import KnownAddress, Reach
from bot.rows import Finished, Lane, Sending
from bot.store.opening import open_store
from bot.store.tables import outbox
from tests.databases import NOW
from tests.store.people import address, do, message, person_id, save, turn, worker

MINUTE = timedelta(minutes=1)


async def add(store, *rows):
    return await do(store, lambda unit: unit.outbox.add(rows))


async def claim(store, *, now=NOW, owner="one", lane=Lane.INTERACTIVE, limit=50):
    return await do(
        store, lambda unit: unit.outbox.claim(now=now, owner=owner, until=now + MINUTE, lane=lane, limit=limit)
    )


async def finish(store, *rows, state=Sending.SENT, now=NOW, **values):
    results = [Finished(row.id, row.fence, state, now, **values) for row in rows]
    await do(store, lambda unit: unit.outbox.finish(results))


async def states(store):
    return await do(store, lambda unit: dict(unit.outbox.by_state()))


async def test_rows_come_back_with_growing_ids_in_the_order_given(store):
    first = await add(store, *(message(n % 3, payload=str(n)) for n in range(7)))
    second = await add(store, message(1, payload="7"))
    assert [row.payload for row in first] == [str(n) for n in range(7)]
    ids = [row.id for row in (*first, *second)]
    assert ids == sorted(set(ids))
    assert await add(store) == []


async def test_a_row_is_claimed_once_with_all_it_holds(store):
    added = await add(store, message(1, has_buttons=True, edits="last", required=True, not_before=NOW))
    (claimed,) = await claim(store)
    assert claimed.id == added[0].id
    assert (claimed.state, claimed.lease_owner, claimed.lease_until, claimed.fence) == (
        Sending.LEASED,
        "one",
        NOW + MINUTE,
        1,
    )
    assert (claimed.address, claimed.conversation, claimed.person_id) == (address(), "KEY0000001", person_id())
    assert (claimed.has_buttons, claimed.edits, claimed.required, claimed.payload) == (True, "last", True, "{}")
    assert claimed.created_at.utcoffset() == timedelta(0)
    assert await claim(store, owner="two") == []


async def test_a_row_waits_for_its_time_and_its_lane(store):
    await add(store, message(1, not_before=NOW + MINUTE), message(2, lane=Lane.BULK))
    assert await claim(store) == []
    assert not await store.read(lambda unit: unit.outbox.is_due(NOW, Lane.INTERACTIVE))
    assert await store.read(lambda unit: unit.outbox.is_due(NOW, Lane.BULK))
    assert [row.address for row in await claim(store, lane=Lane.BULK)] == [address(2)]
    assert [row.address for row in await claim(store, now=NOW + MINUTE)] == [address(1)]


async def test_a_lapsed_lease_is_taken_over_and_the_late_word_of_the_first_is_not_written(store):
    await add(store, message(1))
    (first,) = await claim(store, owner="one")
    (second,) = await claim(store, owner="two", now=NOW + MINUTE)
    assert (second.id, second.fence) == (first.id, 2)
    await finish(store, first, state=Sending.FAILED, reason="too late")
    assert await states(store) == {"leased": 1}
    await finish(store, second, message_id="m1")
    assert await states(store) == {"sent": 1}


async def test_a_renewed_lease_does_not_lapse(store):
    await add(store, message(1))
    (row,) = await claim(store, owner="one")
    later = NOW + MINUTE
    await do(store, lambda unit: unit.outbox.renew([row.id], owner="two", until=later + MINUTE))
    await do(store, lambda unit: unit.outbox.renew([row.id], owner="one", until=later + MINUTE))
    assert await claim(store, owner="two", now=later) == []
    assert len(await claim(store, owner="two", now=later + MINUTE)) == 1


async def test_a_row_inserted_leased_is_left_to_its_owner_until_the_lease_lapses(store):
    own = {"state": Sending.LEASED, "lease_owner": "web", "lease_until": NOW + MINUTE, "fence": 1}
    (row,) = await add(store, message(1, **own))
    assert await claim(store) == []
    await finish(store, row)
    assert await states(store) == {"sent": 1}


async def test_a_later_row_never_overtakes_an_earlier_one_of_its_conversation(store):
    rows = await add(store, *(message(n, payload=part) for part in "abc" for n in (1, 2)))
    claimed = await claim(store)
    assert [row.id for row in claimed] == [row.id for row in rows]
    await finish(store, *claimed[:2])
    claimed = await claim(store, now=NOW + MINUTE, limit=1)
    assert [row.payload for row in claimed] == ["b"]
    # The first of conversation 1 is to be tried again in an hour: what follows it waits, the other one goes on.
    await finish(store, *claimed, state=Sending.PENDING, not_before=NOW + 60 * MINUTE)
    claimed = await claim(store, now=NOW + 2 * MINUTE)
    assert [(row.conversation, row.payload) for row in claimed] == [("KEY0000002", "b"), ("KEY0000002", "c")]
    claimed = await claim(store, now=NOW + 60 * MINUTE, owner="three")
    assert [(row.conversation, row.payload) for row in claimed] == [
        ("KEY0000001", "b"),
        ("KEY0000002", "b"),
        ("KEY0000001", "c"),
        ("KEY0000002", "c"),
    ]


async def test_a_row_of_one_lane_holds_up_the_later_ones_of_the_other(store):
    await add(store, message(1, lane=Lane.BULK), message(1), message(2))
    assert [row.address for row in await claim(store)] == [address(2)]


async def test_a_leased_row_holds_up_what_follows_though_the_limit_cut_between_them(store):
    await add(store, message(1, payload="a"), message(1, payload="b"))
    assert [row.payload for row in await claim(store, limit=1)] == ["a"]
    assert await claim(store, owner="two") == []


async def test_blocked_rows_do_not_starve_the_others(store):
    await add(store, message(1, not_before=NOW + MINUTE), *(message(1) for _ in range(5)), message(2))
    assert [row.address for row in await claim(store, limit=1)] == [address(2)]


async def test_a_final_state_is_final(store):
    await add(store, message(1))
    (row,) = await claim(store)
    await do(store, lambda unit: unit.outbox.cancel([address()], "stopped", NOW))
    await finish(store, row, state=Sending.PENDING)
    assert await states(store) == {"cancelled": 1}


async def test_what_was_cancelled_while_it_was_on_its_way_counts_as_sent(store):
    await add(store, message(1, payload="a"), message(1, payload="b"))
    (row,) = await claim(store, limit=1)
    await do(store, lambda unit: unit.outbox.cancel([address()], "unreachable", NOW))
    await finish(store, row, message_id="m1")
    assert await states(store) == {"sent": 1, "cancelled": 1}
    assert await do(store, reasons) == {"", "unreachable"}


def reasons(unit):
    return set(unit.outbox._connection.execute(select(outbox.c.reason)).scalars())


async def test_stopping_cancels_what_waits_except_what_is_required(store):
    await add(store, message(1), message(1, required=True), message(2))
    await do(store, lambda unit: unit.outbox.cancel([address(1), address(9)], "stopped", NOW))
    assert await states(store) == {"cancelled": 1, "pending": 2}


async def test_whether_a_row_may_still_be_sent_is_asked_again_when_it_is(store):
    await save(store, *(worker(n, firm=None) for n in (1, 2, 3)))
    rows = await add(
        store,
        message(1),
        message(1, required=True),
        message(2),
        message(3, lane=Lane.BULK),
        message(4, lane=Lane.BULK),
        message(4),
        message(5, person_id=None, lane=Lane.BULK),
    )
    await save(store, turn(1, AddressKept(KnownAddress(address(1), Reach.STOPPED))))
    await save(store, turn(2, AddressKept(KnownAddress(address(2), Reach.UNREACHABLE))))
    found = await store.read(lambda unit: unit.outbox.sendable([row.id for row in rows]))
    assert [found[row.id] for row in rows] == ["stopped", None, "unreachable", None, "erased", None, None]
    assert await store.read(lambda unit: unit.outbox.sendable([])) == {}


async def test_the_last_bubble_is_the_newest_one_sent_with_buttons(store):
    rows = await add(
        store, message(1, has_buttons=True), message(1, has_buttons=True), message(1), message(1, has_buttons=True)
    )
    assert await store.read(lambda unit: unit.outbox.last_bubble("KEY0000001")) is None
    claimed = await claim(store)
    for row, name in zip(claimed[:3], "xyz", strict=True):
        await finish(store, row, message_id=name)
    assert await store.read(lambda unit: unit.outbox.last_bubble("KEY0000001")) == (rows[1].id, "y")
    assert len(rows) == 4


async def test_a_start_that_is_alone_takes_back_what_another_run_had_leased(store):
    await add(store, message(1), message(2))
    await claim(store, owner="old", limit=1)
    await claim(store, owner="new", limit=1)
    assert await do(store, lambda unit: unit.outbox.take_back(owner="new", now=NOW)) == 1
    assert await states(store) == {"leased": 1, "pending": 1}
    assert [row.fence for row in await claim(store, owner="new")] == [2]


async def test_the_operator_sees_what_failed_or_waits_and_sends_it_again(store):
    sent, failed, expired, waiting = await add(store, *(message(n) for n in (1, 2, 3, 4)))
    await claim(store, limit=3)
    leased = {"lease_owner": "one", "fence": 1}
    await finish(store, *(message(0, id=row.id, **leased) for row in (sent,)))
    await finish(store, message(0, id=failed.id, **leased), state=Sending.FAILED, reason="refused", tries=3)
    await finish(store, message(0, id=expired.id, **leased), state=Sending.EXPIRED)
    assert await store.read(lambda unit: unit.outbox.oldest_waiting()) == NOW
    unsent = await store.read(lambda unit: unit.outbox.unsent(10))
    assert [row.id for row in unsent] == [waiting.id, expired.id, failed.id]
    assert (unsent[2].reason, unsent[2].tries) == ("refused", 3)
    assert [row.id for row in await store.read(lambda unit: unit.outbox.unsent(1))] == [waiting.id]
    later = NOW + 60 * MINUTE
    again = [sent.id, failed.id, expired.id]
    assert await do(store, lambda unit: unit.outbox.resend(again, later, later + MINUTE)) == 2
    claimed = await claim(store, now=later)
    assert [(row.id, row.tries, row.expires_at) for row in claimed[:2]] == [
        (failed.id, 0, later + MINUTE),
        (expired.id, 0, later + MINUTE),
    ]


async def texts(store) -> int:
    kept = select(func.count()).select_from(outbox).where(outbox.c.payload.is_not(None))
    return await do(store, lambda unit: unit.outbox._connection.execute(kept).scalar_one())


async def test_pruning_erases_what_was_said_and_addresses_that_only_last_words_went_to(store):
    await save(store, worker(1, firm=None))
    await add(store, message(1, payload="secret"), message(2, payload="bye", person_id=None), message(3))
    rows = await claim(store, limit=2)
    await finish(store, rows[0])
    await do(store, lambda unit: unit.outbox.finish([Finished(rows[1].id, rows[1].fence, Sending.FAILED, NOW)]))
    assert await texts(store) == 2, "what was sent is erased at once; what failed may be sent again, what waits will be"
    assert await do(store, lambda unit: unit.outbox.prune(NOW)) == 0
    later = NOW + MINUTE
    assert await do(store, lambda unit: unit.outbox.prune(later)) == 1
    assert await do(store, lambda unit: unit.outbox.prune(later)) == 0
    assert await states(store) == {"sent": 1, "pending": 1}
    assert await do(store, lambda unit: unit.memories._book.find([address(1), address(2), address(3)])) == [address(2)]


@pytest.mark.parametrize("together", [4])
async def test_claimers_at_the_same_time_take_each_row_once_and_in_order(postgres_url, clock, together):
    stores = [await open_store(postgres_url, clock=clock) for _ in range(together)]
    await add(stores[0], *(message(n % 40, payload=str(n)) for n in range(400)))
    sent = []

    async def work(store, owner):
        while rows := await claim(store, owner=owner, limit=7):
            sent.extend((row.conversation, row.id) for row in rows)
            await finish(store, *rows)

    async def keep_on(store, owner):
        while len(sent) < 400:
            await work(store, owner)

    await asyncio.wait_for(
        asyncio.gather(*(keep_on(store, f"owner {n}") for n, store in enumerate(stores))), timeout=30
    )
    for store in stores:
        await store.close()
    assert len(sent) == len(set(sent)) == 400
    for name in {conversation for conversation, _ in sent}:
        ids = [row_id for conversation, row_id in sent if conversation == name]
        assert ids == sorted(ids)


async def test_what_is_held_and_what_is_due_later_is_known_without_taking_it(store):
    async def told(after):
        return await store.read(
            lambda unit: (unit.outbox.is_in_flight(), unit.outbox.first_due(after, after + 9 * MINUTE))
        )

    await add(store, message(1), message(2, not_before=NOW + MINUTE), message(3, not_before=NOW + 3 * MINUTE))
    assert await told(NOW) == (False, NOW + MINUTE)
    assert await told(NOW + MINUTE) == (False, NOW + 3 * MINUTE)
    assert await told(NOW - 9 * MINUTE) == (False, NOW)
    (row,) = await claim(store)
    assert (await told(NOW + 5 * MINUTE))[0]
    await finish(store, row)
    assert await told(NOW + 5 * MINUTE) == (False, None)


async def test_a_backlog_is_counted_by_lane_with_what_was_given_up_and_without_what_was_sent(store):
    rows = await add(store, *(message(n, lane=lane) for n in range(3) for lane in Lane))
    leased = await claim(store, limit=2)
    await finish(store, leased[0])
    await finish(store, leased[1], state=Sending.FAILED)
    assert await do(store, lambda unit: dict(unit.outbox.backlog())) == {"interactive": 1, "bulk": 3, "given_up": 1}
    assert len(rows) == 6


async def test_the_next_moment_is_that_of_the_first_of_a_conversation(store):
    ask = lambda unit: unit.outbox.first_due(NOW - timedelta(days=1), NOW + timedelta(days=9))  # noqa: E731
    assert await do(store, ask) is None
    first, _ = await add(store, message(1, not_before=NOW + 3 * MINUTE), message(1, not_before=NOW + MINUTE))
    assert await do(store, ask) == NOW + 3 * MINUTE
    await claim(store, now=NOW + 3 * MINUTE)
    assert await do(store, ask) == NOW + 4 * MINUTE
    assert await do(store, lambda unit: unit.outbox.states([first.id, 999])) == {first.id: Sending.LEASED}
