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
_LEFT = (
    "SELECT count(*) FROM inbox",
    "SELECT count(*) FROM attempts",
    "SELECT count(*) FROM outbox WHERE state = 'sent' AND message_id IS NOT NULL",
    "SELECT sum(length(payload)) FROM outbox",
    "SELECT count(*) FROM conversations WHERE version > 1",
)


def measure(bench: Bench) -> Figures:
    """Answer by turns with ours and with the floor, on copies of one database."""
    sides = [partial(_round, bench, name) for name in ("ours", "floor")]
    ours, floor = by_turns(bench.rounds, *sides)
    left = {str(side["left"]) for side in (*ours, *floor)}
    if len(left) != 1:
        raise RuntimeError(f"Ours and the floor left different rows: {sorted(left)}")
    memory = median(side["memory"] for side in ours)
    rates = [[side["rate"] for side in sides] for sides in (ours, floor)]
    return Figures(*rates, note=f"peak memory of ours {memory:.0f} MB")


def _round(bench: Bench, name: str) -> dict[str, float]:
    found: dict[str, float] = apart(f"benchmarks.p3_turns:{name}", path=bench.learners(ANSWERS + WARMING))
    return found


def ours(path: str) -> dict[str, object]:
    """Return the turns a second of the product: committed, sent, and the receipts kept."""
    rate = play(_ours(Path(path)))
    return {"rate": rate, "memory": peak_memory(), "left": _left(path)}


async def _ours(path: Path) -> float:
    events = answers(ANSWERS + WARMING)
    async with running(path) as product:
        await in_flight(IN_FLIGHT, events[:WARMING], product.accept)
        await product.delivered()
        began = time.perf_counter()
        await in_flight(IN_FLIGHT, events[WARMING:], product.accept)
        await product.delivered()
        return ANSWERS / (time.perf_counter() - began)


def floor(path: str) -> dict[str, object]:
    """Return the turns a second of the floor."""
    clock = Morning()
    files = catalogue(clock)
    raw = RawTurns(Path(path), Words(files, Renderer(files.translator), clock, FEATURES))
    batches = [answers(ANSWERS + WARMING)[start:][:IN_FLIGHT] for start in range(0, ANSWERS + WARMING, IN_FLIGHT)]
    warm = WARMING // IN_FLIGHT
    for batch in batches[:warm]:
        raw.take(batch)
    began = time.perf_counter()
    for batch in batches[warm:]:
        raw.take(batch)
    took = time.perf_counter() - began
    raw.close()
    return {"rate": ANSWERS / took, "left": _left(path)}


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
