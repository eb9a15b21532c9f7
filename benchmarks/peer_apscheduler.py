"""The peer of a storm: APScheduler with one date job for each learner, kept in its SQLAlchemyJobStore.

It fetches who is due, inserts a plain line for the message, and books the next day. It is spared all else that ours
does: nobody is loaded, no lesson is looked for, no zone, quiet hours or ladder are minded, nothing is translated, and
no key makes a second look harmless. As its documentation shows it, each step is a transaction of its own in a file
with SQLite's own settings, which are as durable as ours; `tuned` gives it our settings, too.
"""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import create_engine, event

from benchmarks.product import play
from bot.clock import SystemClock

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL")
PATIENCE = 300.0
_INSERT = "INSERT INTO messages (person, text, at) VALUES (?, 'Your next lesson is ready.', ?)"


class Peer:
    """The scheduler, and a connection for the messages. Jobs name a function, so there is one peer in a process."""

    running: "Peer"

    def __init__(self, path: Path, *, tuned: bool) -> None:
        engine = create_engine(f"sqlite:///{path}")
        if tuned:
            event.listen(engine, "connect", _quicker)
        self.scheduler = AsyncIOScheduler(timezone=UTC, jobstores={"default": SQLAlchemyJobStore(engine=engine)})
        self.messages = sqlite3.connect(path, isolation_level=None)
        if tuned:
            _quicker(self.messages, None)
        self.messages.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, person TEXT, text TEXT, at TEXT)")
        self.done = 0
        self.tomorrow = SystemClock().now() + timedelta(days=1)
        Peer.running = self

    def book(self, person: str, at: datetime) -> None:
        """Keep a job."""
        self.scheduler.add_job(remind, DateTrigger(at), [person], id=person, misfire_grace_time=None)


async def remind(person: str) -> None:
    """Keep a message, and book the next one. A job of a date is gone once it has begun."""
    peer = Peer.running
    peer.messages.execute(_INSERT, (person, peer.tomorrow.isoformat()))
    peer.book(person, peer.tomorrow)
    peer.done += 1


def storm(path: str, count: int, *, tuned: bool = False) -> dict[str, float]:
    """Return the microseconds for each of so many people who are due at once."""
    return play(_storm(Path(path), count, tuned=tuned))


async def _storm(path: Path, count: int, *, tuned: bool) -> dict[str, float]:
    peer = Peer(path, tuned=tuned)
    peer.scheduler.start(paused=True)
    due = SystemClock().now() - timedelta(seconds=1)
    for number in range(count):
        peer.book(f"P{number:015}", due)
    wall, cpu = time.perf_counter(), time.process_time()
    peer.scheduler.resume()
    async with asyncio.timeout(PATIENCE):
        while peer.done < count:  # noqa: ASYNC110 - the peer tells nobody when it is done
            await asyncio.sleep(0.01)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ((kept,),) = peer.messages.execute("SELECT count(*) FROM messages")
    ((booked,),) = peer.messages.execute(
        "SELECT count(*) FROM apscheduler_jobs WHERE next_run_time > ?", (time.time(),)
    )
    peer.scheduler.shutdown(wait=False)
    if not kept == booked == count:
        raise RuntimeError(f"Of {count} people {kept} got a message, and {booked} wait for the next.")
    return {"wall": wall / count * 1e6, "cpu": cpu / count * 1e6}


def _quicker(connection: Any, _record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
