"""P10: how long the loop is ever held up while answers pour in. What stalls the loop stalls everybody.

In its second form everybody is due at the same time: the tick writes reminders, and they are sent beside the answers.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import takewhile
from pathlib import Path

from benchmarks.harness import Bench, Figures, apart, by_turns
from benchmarks.product import answers, in_flight, play, running
from benchmarks.rows import Row
from bot.core.events import MessageReceived

PEOPLE = 30_000
WARMING = 400
IN_FLIGHT = 200
SECONDS = 10.0
TICK = 0.010


def measure(bench: Bench, *, storms: bool) -> Figures:
    """Look at the longest stall under load and at that of the same process at rest, which the machine causes."""
    busy, idle = by_turns(
        bench.rounds, partial(_round, bench, busy=True, storms=storms), partial(_round, bench, busy=False, storms=False)
    )
    less = [max(found["stall"] - rest["stall"], 0.0) for found, rest in zip(busy, idle, strict=True)]
    at_rest = sorted(rest["stall"] for rest in idle)[len(idle) // 2]
    most = max(busy, key=lambda found: found["answers"])
    beside = f" beside {most['reminders']:.0f} reminders, {most['sent']:.0f} messages sent" if storms else ""
    return Figures(less, note=f"at rest {at_rest:.0f} ms; {most['answers']:.0f} answers in {SECONDS:.0f} s{beside}")


def _round(bench: Bench, *, busy: bool, storms: bool) -> dict[str, float]:
    path = bench.crowd(PEOPLE) if storms else bench.learners(PEOPLE)
    found: dict[str, float] = apart("benchmarks.p10_stalls:stall", path=path, busy=busy, storms=storms)
    return found


def stall(path: str, *, busy: bool, storms: bool) -> dict[str, float]:
    """Return the longest stall of the loop in milliseconds, and what was done meanwhile."""
    return play(_stall(Path(path), busy=busy, storms=storms))


async def _stall(path: Path, *, busy: bool, storms: bool) -> dict[str, float]:
    events = iter(answers(PEOPLE))
    done: Counter[str] = Counter()
    async with running(path) as product:

        async def answer(event: MessageReceived) -> None:
            await product.accept(event)
            done["answers"] += 1

        await in_flight(IN_FLIGHT, [next(events) for _ in range(WARMING)], answer)
        await product.delivered()
        turns, sent = product.turns.counts["events"], product.delivery.counts["sent"]
        done.clear()
        ticker = asyncio.create_task(_longest(SECONDS))
        storm = asyncio.create_task(product.tick.look() if storms else asyncio.Event().wait())
        if busy:
            await in_flight(IN_FLIGHT, _until(time.monotonic() + SECONDS, events), answer)
        worst = await ticker
        if storm.done():
            raise RuntimeError("The storm was over too soon.")
        storm.cancel()
        done["reminders"] = product.turns.counts["events"] - done["answers"] - turns
        done["sent"] = product.delivery.counts["sent"] - sent
    return {"stall": worst * 1000, "answers": done["answers"], "reminders": done["reminders"], "sent": done["sent"]}


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


_MEANS = "longest stall of the loop in 10 s of 200 answers in flight"
ROWS = (
    Row("P10", f"{_MEANS}, less that at rest", "ms", 250, 50, partial(measure, storms=False)),
    Row(
        "P10-storm",
        f"{_MEANS} while a storm is worked through, less that at rest",
        "ms",
        250,
        50,
        partial(measure, storms=True),
    ),
)
