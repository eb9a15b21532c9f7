"""A disk that is full and a database that somebody else holds: 503, no half effect, and on it goes without a restart."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import NotCommitted
from bot.core.events import Opened
from bot.store.sqlite_store import SqliteStore
from tests.service.rig import Rig
from tests.waiting import eventually


async def test_a_full_disk_refuses_events_and_takes_them_when_there_is_room_again(make, sqlite_url):
    rig = await make(sqlite_url)
    await rig.joins("1")
    await rig.quiet()
    writer = rig.store._writer._connection
    pages = writer.exec_driver_sql("PRAGMA page_count").scalar()
    writer.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    writer.commit()
    taken = await until_refused(rig)
    assert (await rig.store.read(lambda uow: uow.numbers.totals()))["people"] == taken + 1
    writer.exec_driver_sql(f"PRAGMA max_page_count = {pages + 10_000}")
    writer.commit()
    await rig.says("9999", Opened())
    await rig.clock.until(lambda: not rig.turns._has_work())
    await rig.quiet()
    assert rig.channel.texts("9999")
    assert rig.turns.counts["quarantined"] == 0


async def until_refused(rig):
    """Return how many people got in."""
    for taken in range(2000):
        try:
            await rig.says(str(taken + 2), Opened())
        except NotCommitted:
            return taken
    raise AssertionError("the disk is not full")


async def test_a_database_that_another_process_holds_refuses_events_until_it_is_free(catalogue, clock, sqlite_url):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    store = SqliteStore(path, clock, patience=timedelta(seconds=0.05))
    await store.open()
    rig = await Rig(store, catalogue, clock).start()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotCommitted):
        await rig.says("1", Opened())
    other.execute("COMMIT")
    other.close()
    await rig.says("1", Opened())
    await eventually(lambda: len(rig.channel.sent) == 1)
    await rig.stop()
    await store.close()
