import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from bot.rows import Bubble
from bot.store.runs import DEAD_AFTER, Run
from bot.store.tables import metadata
from tests.databases import NOW, StillClock
from tests.store.people import attempt, do, make_company, message, save, worker
from tests.waiting import eventually


async def test_values_of_the_instance_and_of_channels_are_kept_and_replaced(store):
    for value in ("1", "2"):
        await do(store, lambda unit, value=value: unit.records.put("clock", value))
        await do(store, lambda unit, value=value: unit.records.channel_put("telegram", "offset", value))
    assert await store.read(lambda unit: unit.records.get("clock")) == "2"
    assert await store.read(lambda unit: unit.records.channel_get("telegram", "offset")) == "2"
    assert await store.read(lambda unit: unit.records.channel_get("whatsapp", "offset")) is None


async def test_a_file_keeps_its_provider_id_for_each_channel(store):
    for file_id in ("old", "new"):
        await do(store, lambda unit, file_id=file_id: unit.records.keep_file("telegram", "sha", file_id))
    assert await store.read(lambda unit: unit.records.files("telegram")) == {"sha": "new"}
    assert await store.read(lambda unit: unit.records.files("whatsapp")) == {}


async def test_of_a_phone_the_last_two_hundred_bubbles_stay(store):
    def fill(unit):
        unit.records.add_bubble("other", "first", NOW)
        return [unit.records.add_bubble("phone", str(n), NOW + timedelta(seconds=n)) for n in range(205)]

    bubbles = await do(store, fill)
    kept = await store.read(lambda unit: unit.records.bubbles("phone", 0))
    assert kept == bubbles[5:]
    assert await store.read(lambda unit: unit.records.bubbles("phone", bubbles[-2].id)) == [bubbles[-1]]
    assert len(await store.read(lambda unit: unit.records.bubbles("other", 0))) == 1
    assert kept[-1] == Bubble(bubbles[-1].id, "phone", "204", NOW + timedelta(seconds=204))


async def test_starting_again_empties_every_table_but_the_mark_of_the_running_process(store):
    await a_run(store).begin()
    await make_company(store)
    await save(store, worker(1, attempt(), done=2))
    last = await do(store, lambda unit: unit.records.add_bubble("phone", "x", NOW))
    (row,) = await do(store, lambda unit: unit.outbox.add([message(1)]))
    await do(store, lambda unit: unit.records.put("demo", "yes"))
    await do(store, lambda unit: unit.records.clear())

    def count(unit):
        connection = unit.records._connection
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar()
            for name, table in metadata.tables.items()
        }

    counted = await do(store, count)
    assert {name for name, rows in counted.items() if rows} == {"instance"}
    # Numbers that others may still hold are not given a second time.
    assert (await do(store, lambda unit: unit.records.add_bubble("phone", "y", NOW))).id > last.id
    assert (await do(store, lambda unit: unit.outbox.add([message(1)])))[0].id > row.id
    assert not await a_run(store).begin()


def a_run(store, process="run", *, is_alone=True, clock=None):
    return Run(store, process, clock or StillClock(), is_alone=is_alone)


async def test_a_run_that_did_not_end_as_it_should_is_noticed_at_the_next_start(store):
    first = a_run(store)
    assert await first.begin()
    await first.end()
    second = a_run(store)
    assert await second.begin()
    third = a_run(store)
    assert not await third.begin()
    assert await a_run(store, "work").begin()
    await third.end()
    # What was noticed once is not noticed again.
    assert await a_run(store).begin()


async def test_the_clean_end_of_one_process_does_not_hide_that_another_was_killed(store):
    clock = StillClock()
    killed, ended = (a_run(store, is_alone=False, clock=clock) for _ in range(2))
    assert await killed.begin()
    assert not await ended.begin()
    await ended.end()
    clock.move(DEAD_AFTER * 2)
    third = a_run(store, is_alone=False, clock=clock)
    assert not await third.begin()
    await third.end()
    assert await a_run(store, is_alone=False, clock=clock).begin()


async def test_a_process_that_beats_is_not_taken_for_dead(store):
    clock = StillClock()
    living = a_run(store, is_alone=False, clock=clock)
    await living.begin()
    beating = asyncio.create_task(living.beat())
    await eventually(lambda: clock.now() > NOW + DEAD_AFTER * 2)
    other = a_run(store, is_alone=False, clock=clock)
    assert not await other.begin()
    await other.end()
    beating.cancel()
    assert len(await store.read(lambda unit: unit.records.named("running run "))) == 1


async def test_the_audit_says_who_did_what_to_what(store):
    await do(store, lambda unit: unit.records.audit("A", "released", "telegram:1", NOW))
    from bot.store.tables import audit

    rows = await do(store, lambda unit: unit.records._connection.execute(select(audit)).all())
    assert [row[1:] for row in rows] == [("A", "released", "telegram:1", NOW)]
