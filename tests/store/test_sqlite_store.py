import asyncio
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core.errors import NotCommitted, StoreProblem
from bot.store.opening import open_store, short_write
from bot.store.sqlite_reader import SqliteReader
from bot.store.sqlite_store import SqliteStore
from tests.store.people import do, make_company, save, worker


def path_of(url):
    return Path(url.removeprefix("sqlite:///"))


async def open_impatient(url, clock):
    store = SqliteStore(path_of(url), clock, patience=timedelta(milliseconds=100))
    await store.open()
    return store


async def test_what_a_write_did_is_there_when_it_returns(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    await do(store, lambda unit: unit.records.put("a", "1"))
    other = sqlite3.connect(path_of(sqlite_url))
    assert other.execute("SELECT value FROM instance").fetchall() == [("1",)]
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    await store.close()


async def test_the_writer_keeps_what_it_promised(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)

    def pragmas(unit):
        ask = unit.records._connection.exec_driver_sql
        return [
            ask(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        ]

    assert await do(store, pragmas) == [2, 1, 1, 5000]
    await store.close()


async def test_a_write_that_raises_leaves_nothing_and_the_next_one_goes_on(store):
    async def work(transaction):
        await transaction.run(lambda unit: unit.records.put("a", "1"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(work)
    assert await store.read(lambda unit: unit.records.get("a")) is None
    await do(store, lambda unit: unit.records.put("a", "2"))
    assert await store.read(lambda unit: unit.records.get("a")) == "2"


async def test_writes_are_taken_one_at_a_time_in_the_order_they_came(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    seen = []

    def work(name):
        async def steps(transaction):
            seen.append(f"{name} begins")
            for _ in range(3):
                await transaction.run(lambda unit: unit.records.put("last", name))
            seen.append(f"{name} ends")

        return steps

    await asyncio.gather(*(store.write(work(name)) for name in "abc"))
    assert seen == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]
    await store.close()


async def test_a_cancelled_caller_does_not_reach_the_transaction(database_url, clock):
    store = await open_store(database_url, clock=clock)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(transaction):
        await transaction.run(lambda unit: unit.records.put("a", "1"))
        begun.set()
        await go_on.wait()
        await transaction.run(lambda unit: unit.records.put("b", "2"))

    caller = asyncio.create_task(store.write(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    # It is under way still: a store that closes waits for it.
    await store.close()
    again = await open_store(database_url, clock=clock)
    assert await again.read(lambda unit: [unit.records.get(name) for name in "ab"]) == ["1", "2"]
    await again.close()


async def test_a_closed_store_takes_nothing_more(database_url, clock):
    store = await open_store(database_url, clock=clock)
    await store.close()
    await store.close()
    with pytest.raises(NotCommitted):
        await do(store, lambda unit: unit.records.put("a", "1"))


async def test_what_is_under_way_is_finished_before_the_store_closes(database_url, clock):
    store = await open_store(database_url, clock=clock)
    go_on = asyncio.Event()

    async def work(transaction):
        await transaction.run(lambda unit: unit.records.put("a", "1"))
        await go_on.wait()
        return "done"

    caller = asyncio.create_task(store.write(work))
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    go_on.set()
    await closing
    assert await caller == "done"
    again = await open_store(database_url, clock=clock)
    assert await again.read(lambda unit: unit.records.get("a")) == "1"
    await again.close()


async def test_a_lock_held_by_another_process_gives_not_committed_after_two_waits(sqlite_url, clock):
    store = await open_impatient(sqlite_url, clock)
    other = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = asyncio.get_running_loop().time()
    with pytest.raises(NotCommitted, match="holds the database"):
        await do(store, lambda unit: unit.records.put("a", "1"))
    assert 0.2 <= asyncio.get_running_loop().time() - began < 2
    assert await store.read(lambda unit: unit.records.get("a")) is None
    other.execute("COMMIT")
    other.close()
    await do(store, lambda unit: unit.records.put("a", "1"))
    await store.close()


async def test_a_full_disk_gives_not_committed_and_needs_no_restart(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)

    def limit(pages):
        return lambda unit: unit.records._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()

    full = await do(store, limit(1))
    with pytest.raises(NotCommitted, match="full"):
        await do(store, lambda unit: unit.records.put("a", "x" * 100_000))
    assert await store.read(lambda unit: unit.records.get("a")) is None
    await do(store, limit(full + 100))
    await do(store, lambda unit: unit.records.put("a", "x" * 100_000))
    await store.close()


async def test_reading_cannot_write(store):
    with pytest.raises(StoreProblem, match="may not be written"):
        await store.read(lambda unit: unit.records.put("a", "1"))


async def test_a_read_sees_one_moment(store):
    def step(unit):
        return unit.numbers.totals()["companies"]

    await make_company(store)
    assert await store.read(step) == 1


async def test_a_read_that_takes_too_long_is_ended(sqlite_url):
    reader = SqliteReader(path_of(sqlite_url), limit=0.2)
    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    began = asyncio.get_running_loop().time()
    with pytest.raises(StoreProblem, match="longer than it may"):
        await reader.read(lambda unit: unit.records._connection.execute(endless).scalar())
    assert asyncio.get_running_loop().time() - began < 3
    assert await reader.read(lambda unit: unit.records.get("a")) is None
    await reader.close()


async def test_a_cancelled_reader_leaves_its_connection_usable(store):
    callers = [asyncio.create_task(store.read(lambda unit: unit.numbers.totals())) for _ in range(12)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    found = await asyncio.gather(*callers, return_exceptions=True)
    assert sum(isinstance(one, asyncio.CancelledError) for one in found) == 6
    assert await store.read(lambda unit: unit.records.get("a")) is None


async def test_a_deleted_or_replaced_file_is_noticed_within_a_minute(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    await do(store, lambda unit: unit.records.put("a", "1"))
    path = path_of(sqlite_url)
    aside = path.rename(path.with_name("aside.db"))
    assert store.trouble() is None
    clock.move(timedelta(minutes=1))
    assert "deleted or replaced" in str(store.trouble())
    with pytest.raises(NotCommitted, match="deleted or replaced"):
        await do(store, lambda unit: unit.records.put("a", "2"))
    path.write_bytes(aside.read_bytes())
    assert store.trouble() is not None
    path.unlink()
    aside.rename(path)
    assert store.trouble() is None
    await do(store, lambda unit: unit.records.put("a", "3"))
    await store.close()


async def test_an_error_holds_no_value_of_any_row(store):
    await make_company(store)
    await save(store, worker(1))
    secret = "Ada Lovelace, +254 700 000 001"

    def twice(unit):
        unit.records._connection.execute(
            text("INSERT INTO people (id, language) VALUES (:id, :language)"), {"id": secret, "language": None}
        )

    with pytest.raises(StoreProblem) as caught:
        await do(store, twice)
    told = f"{caught.value!r} {caught.value} {caught.value.__cause__}"
    assert "Ada" not in told
    assert caught.value.__cause__ is None


_KILLED = """
import asyncio, os, sys
from bot.clock import SystemClock
from bot.store.opening import open_store

async def main():
    store = await open_store(sys.argv[1], clock=SystemClock())
    for n in range(1000):
        async def work(transaction):
            await transaction.run(lambda unit: unit.records.put("first", str(n)))
            if n == 20:
                os._exit(9)
            await transaction.run(lambda unit: unit.records.put("second", str(n)))
        await store.write(work)

asyncio.run(main())
"""


async def test_a_killed_process_leaves_whole_transactions(sqlite_url, clock):
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", _KILLED, sqlite_url], check=False)
    assert done.returncode == 9
    store = await open_store(sqlite_url, clock=clock)
    kept = await store.read(lambda unit: (unit.records.get("first"), unit.records.get("second")))
    assert kept == ("19", "19")
    await store.close()


async def test_a_command_writes_beside_a_running_program(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    await do(store, lambda unit: unit.records.put("a", "1"))
    assert await short_write(sqlite_url, lambda unit: unit.records.get("a")) == "1"
    await short_write(sqlite_url, lambda unit: unit.records.put("a", "2"))
    assert await store.read(lambda unit: unit.records.get("a")) == "2"
    await store.close()


async def test_the_store_of_a_simulation_keeps_what_it_wrote_and_undoes_what_a_reader_writes(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock, is_thrown_away=True)
    await do(store, lambda unit: unit.records.put("a", "1"))
    await store.read(lambda unit: unit.records.put("a", "2"))
    assert await store.read(lambda unit: unit.records.get("a")) == "1"
    with pytest.raises(ZeroDivisionError):
        await store.read(lambda unit: 1 / 0)
    assert await store.read(lambda unit: unit.records.get("a")) == "1"
    await store.close()
