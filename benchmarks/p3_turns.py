"""P3: what the layers cost. The product's turns, and the same rows by raw sqlite3, with the same core and words."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.harness import Bench, Figures, apart, by_turns
from benchmarks.product import FEATURES, Morning, answers, catalogue, in_flight, peak_memory, play, running
from benchmarks.raw_turns import RawTurns, Words
from benchmarks.rows import Row
from bot.service.rendering import Renderer

ANSWERS = 3_600
WARMING = 400
IN_FLIGHT = 200
# What both sides must leave alike.
_LEFT = (
    "SELECT count(*) FROM inbox",
    "SELECT count(*) FROM attempts",
    "SELECT count(*) FROM outbox WHERE state = 'sent' AND message_id IS NOT NULL",
    "SELECT sum(length(payload)) FROM outbox",
    "SELECT sum(length(offered)) FROM conversations",
    "SELECT count(*) FROM conversations WHERE version > 1",
)


class Begun:
    """The moment when measuring began, by the wall and by what the processor had done."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def until_now(self) -> dict[str, float]:
        """Return the answers a second since then, and the microseconds of processor for each."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return {"rate": ANSWERS / wall, "cpu": cpu / ANSWERS * 1e6}


def measure(bench: Bench) -> Figures:
    """Answer by turns with ours and with the floor, on copies of one database."""
    sides = [partial(_round, bench, name) for name in ("ours", "floor")]
    ours, floor = by_turns(bench.rounds, *sides)
    left = {str(side["left"]) for side in (*ours, *floor)}
    if len(left) != 1:
        raise RuntimeError(f"Ours and the floor left different rows: {sorted(left)}")
    memory = median(side["memory"] for side in ours)
    spent = [median(side["cpu"] for side in sides) for sides in (ours, floor)]
    rates = [[side["rate"] for side in sides] for sides in (ours, floor)]
    note = f"{spent[0]:.0f} to {spent[1]:.0f} us of processor a turn; peak memory of ours {memory:.0f} MB"
    return Figures(*rates, note=note)


def _round(bench: Bench, name: str) -> dict[str, float]:
    found: dict[str, float] = apart(f"benchmarks.p3_turns:{name}", path=bench.learners(ANSWERS + WARMING))
    return found


def ours(path: str) -> dict[str, object]:
    """Return the turns a second of the product: committed, sent, and the receipts kept."""
    return {**play(_ours(Path(path))), "memory": peak_memory(), "left": _left(path)}


async def _ours(path: Path) -> dict[str, float]:
    events = answers(ANSWERS + WARMING)
    async with running(path) as product:
        await in_flight(IN_FLIGHT, events[:WARMING], product.accept)
        await product.delivered()
        began = Begun()
        await in_flight(IN_FLIGHT, events[WARMING:], product.accept)
        await product.delivered()
        return began.until_now()


def floor(path: str) -> dict[str, object]:
    """Return the turns a second of the floor."""
    clock = Morning()
    files = catalogue(clock)
    raw = RawTurns(Path(path), Words(files, Renderer(files.translator), clock, FEATURES))
    batches = [answers(ANSWERS + WARMING)[start:][:IN_FLIGHT] for start in range(0, ANSWERS + WARMING, IN_FLIGHT)]
    warm = WARMING // IN_FLIGHT
    for batch in batches[:warm]:
        raw.take(batch)
    began = Begun()
    for batch in batches[warm:]:
        raw.take(batch)
    took = began.until_now()
    raw.close()
    return {**took, "left": _left(path)}


def _left(path: str) -> Sequence[int]:
    """Return what stands in the tables afterwards, which must be the same on both sides."""
    with closing(sqlite3.connect(path)) as connection:
        return [connection.execute(question).fetchone()[0] for question in _LEFT]


ROWS = (
    Row(
        id="P3",
        means="turns a second with 200 in flight, messages sent and receipts kept, to raw sqlite3",
        unit="turns/s",
        gate=0.5,
        target=0.6,
        measure=measure,
        judged="ratio",
        sense="at least",
    ),
)
