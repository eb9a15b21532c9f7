import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import StoreProblem
from bot.rows import InboxRow, Outcome, Quarantined
from bot.store.opening import open_store
from tests.databases import NOW
from tests.store.people import do


def key(name="telegram:1", **values):
    return InboxRow(**{"key": name, "channel": "telegram", "kind": "said", "received_at": NOW, **values})


async def test_a_key_is_seen_once_its_event_has_ended(store):
    assert await do(store, lambda unit: unit.inbox.seen(["telegram:1"])) == set()
    await do(store, lambda unit: unit.inbox.add([key(), key("telegram:2")]))
    assert await do(store, lambda unit: unit.inbox.seen(["telegram:1", "telegram:2", "telegram:3"])) == {
        "telegram:1",
        "telegram:2",
    }


async def test_copies_inside_one_batch_are_one(store):
    await do(store, lambda unit: unit.inbox.add([key(), key(), key()]))
    await do(store, lambda unit: unit.inbox.add([]))
    assert (await store.read(lambda unit: unit.numbers.totals()))["events"] == 1


async def test_a_second_transaction_for_the_same_event_leaves_nothing(store):
    await do(store, lambda unit: unit.inbox.add([key()]))

    async def work(tx):
        await tx.run(lambda unit: unit.records.put("twice", "yes"))
        await tx.run(lambda unit: unit.inbox.add([key(), key("telegram:2")]))

    with pytest.raises(StoreProblem):
        await store.write(work)
    assert await store.read(lambda unit: unit.records.get("twice")) is None


async def test_a_key_being_tried_counts_its_tries_and_is_not_seen(store):
    tries = [await do(store, lambda unit: unit.inbox.try_once(key())) for _ in range(3)]
    assert tries == [1, 2, 3]

    def end(unit):
        assert unit.inbox.seen(["telegram:1"]) == set()
        unit.inbox.add([key(outcome=Outcome.QUARANTINED), key("telegram:2")])

    await do(store, end)
    assert await do(store, lambda unit: unit.inbox.seen(["telegram:1"])) == {"telegram:1"}


async def test_keys_are_pruned_by_age_alone(store):
    old = NOW - timedelta(days=8)
    await do(store, lambda unit: unit.inbox.add([key("telegram:9", received_at=old), key("telegram:1")]))
    assert await do(store, lambda unit: unit.inbox.prune(NOW - timedelta(days=7))) == 1
    assert await do(store, lambda unit: unit.inbox.seen(["telegram:9", "telegram:1"])) == {"telegram:1"}


async def test_what_is_set_aside_is_listed_released_and_dropped(store):
    rows = [Quarantined(f"telegram:{n}", "telegram", "said", "{}", "ValueError", NOW - timedelta(n)) for n in (1, 2, 3)]
    for row in rows:
        await do(store, lambda unit, row=row: unit.quarantine.add(row))
        await do(store, lambda unit, row=row: unit.inbox.add([key(row.key, outcome=Outcome.QUARANTINED)]))
    assert await store.read(lambda unit: unit.quarantine.list()) == rows[::-1]
    assert await do(store, lambda unit: unit.quarantine.release("telegram:1")) == rows[0]
    assert await do(store, lambda unit: unit.quarantine.release("telegram:1")) is None
    assert await do(store, lambda unit: unit.inbox.seen([row.key for row in rows])) == {"telegram:2", "telegram:3"}
    assert await do(store, lambda unit: unit.quarantine.drop("telegram:2"))
    assert not await do(store, lambda unit: unit.quarantine.drop("telegram:2"))
    assert await do(store, lambda unit: unit.quarantine.prune(NOW - timedelta(2))) == 1
    assert await store.read(lambda unit: unit.quarantine.list()) == []


async def test_two_processes_with_the_same_event_take_it_once(postgres_url, clock):
    stores = [await open_store(postgres_url, clock=clock) for _ in range(2)]
    both = asyncio.Barrier(2)
    taken = []

    def takes(name):
        looks = 0

        async def work(tx):
            nonlocal looks
            looks += 1
            if await tx.run(lambda unit: unit.inbox.seen(["telegram:1"])):
                return
            if looks == 1:
                await both.wait()
            await tx.run(lambda unit: unit.inbox.add([key()]))
            taken.append((name, looks))

        return work

    await asyncio.wait_for(asyncio.gather(*(one.write(takes(n)) for n, one in enumerate(stores))), timeout=20)
    for one in stores:
        await one.close()
    assert len(taken) == 1
