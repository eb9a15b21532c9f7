"""P10: how long the loop is ever held up while answers pour in. What stalls the loop stalls everybody."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from itertools import takewhile
from pathlib import Path

from benchmarks.harness import Bench, Figures, apart, by_turns
from benchmarks.product import answers, in_flight, play, running
from benchmarks.rows import Row
from bot.core.events import MessageReceived

LEARNERS = 30_000
WARMING = 400
IN_FLIGHT = 200
SECONDS = 10.0
TICK = 0.010


def measure(bench: Bench) -> Figures:
    """Look at the longest stall under load and at that of the same process at rest, which the machine causes."""
    busy, idle = by_turns(bench.rounds, *(partial(_round, bench, seconds) for seconds in (SECONDS, 0.0)))
    less = [max(found["stall"] - rest["stall"], 0.0) for found, rest in zip(busy, idle, strict=True)]
    at_rest = sorted(rest["stall"] for rest in idle)[len(idle) // 2]
    most = max(found["answers"] for found in busy)
    return Figures(less, note=f"at rest {at_rest:.0f} ms; up to {most} answers in {SECONDS:.0f} s")


def _round(bench: Bench, busy: float) -> dict[str, float]:
    found: dict[str, float] = apart("benchmarks.p10_stalls:stall", path=bench.learners(LEARNERS), busy=busy)
    return found


def stall(path: str, busy: float) -> dict[str, float]:
    """Return the longest stall of the loop in milliseconds, and how many answers were taken meanwhile."""
    return play(_stall(Path(path), busy))


async def _stall(path: Path, busy: float) -> dict[str, float]:
    events = iter(answers(LEARNERS))
    async with running(path) as product:
        await in_flight(IN_FLIGHT, [next(events) for _ in range(WARMING)], product.accept)
        await product.delivered()
        before = product.turns.counts["events"]
        ticker = asyncio.create_task(_longest(SECONDS))
        if busy:
            await in_flight(IN_FLIGHT, _until(time.monotonic() + busy, events), product.accept)
        worst = await ticker
        taken = product.turns.counts["events"] - before
    return {"stall": worst * 1000, "answers": taken}


def _until(end: float, events: Iterator[MessageReceived]) -> Iterator[MessageReceived]:
    """Return events until the time is over; there must be enough of them."""
    yield from takewhile(lambda _: time.monotonic() < end, events)
    if time.monotonic() < end:
        raise RuntimeError("There are too few learners for so quick a machine.")


async def _longest(seconds: float) -> float:
    """Tick every ten milliseconds and return by how much the latest tick was late."""
    end, worst = time.monotonic() + seconds, 0.0
    while (now := time.monotonic()) < end:
        await asyncio.sleep(TICK)
        worst = max(worst, time.monotonic() - now - TICK)
    return worst


ROWS = (
    Row(
        id="P10",
        means="longest stall of the loop in 10 s of 200 answers in flight, less that at rest",
        unit="ms",
        gate=250,
        target=50,
        measure=measure,
    ),
)
