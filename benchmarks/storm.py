"""A storm: everybody's hour has come, and the product's own tick writes a reminder for each of them."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from benchmarks.product import CHANNEL, chat_id, peak_memory, play, running
from bot.core.events import Due, MessageReceived
from bot.core.messages import Address

WARMING = 400
_WAITING = "SELECT count(*) FROM outbox WHERE lane = 'bulk' AND state = 'pending' AND payload IS NOT NULL"
_AHEAD = "SELECT count(*) FROM rhythms WHERE next_at > '2026-11-23T23' AND claimed_until IS NULL"


def storm(path: str) -> dict[str, float]:
    """Return the microseconds for each of all people on file: of the wall and of the processor, claim to commit."""
    count = _count(path, "SELECT count(*) FROM rhythms")
    found = play(_storm(Path(path), count - WARMING))
    waiting, ahead = _count(path, _WAITING), _count(path, _AHEAD)
    if not waiting == ahead == count:
        raise RuntimeError(f"Of {count} people {waiting} got a reminder, and {ahead} wait for the next.")
    return {**found, "memory": peak_memory()}


async def _storm(path: Path, count: int) -> dict[str, float]:
    async with running(path, looks=False) as product:
        await asyncio.gather(*(product.turns.submit(_due(number)) for number in range(WARMING)))
        wall, cpu = time.perf_counter(), time.process_time()
        taken = await product.tick.look()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if taken != count:
        raise RuntimeError(f"{taken} people were due.")
    return {"wall": wall / count * 1e6, "cpu": cpu / count * 1e6}


def _count(path: str, question: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(question).fetchone()[0])


def _due(number: int) -> MessageReceived:
    return MessageReceived(f"due:warming-{number}", Address(CHANNEL, chat_id(number)), Due(0))
