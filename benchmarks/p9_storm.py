"""P9 and P12: a storm of reminders. What one costs when everybody is due at once, and what it costs a job scheduler.

Both go through the product's own tick, turns and outbox. What was written is not sent: a provider's pace would hide
everything else.
"""

from functools import partial
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from benchmarks.harness import Bench, Figures, apart, by_turns
from benchmarks.rows import Row

MANY, FEW, FEW_FOR_PEER = 200_000, 5_000, 2_000
# The large storm takes minutes: it is measured once, between two small ones.
AROUND = 2


def measure_growth(bench: Bench) -> Figures:
    """Let one large storm pass between small ones, and compare what each person took."""
    before = [ours(bench, FEW) for _ in range(AROUND)]
    many = ours(bench, MANY)
    few = [*before, *(ours(bench, FEW) for _ in range(AROUND))]
    typical = median(side["wall"] for side in few)
    spent = median(side["cpu"] for side in few)
    note = (
        f"{MANY} people once, {FEW} people {len(few)} times; {many['cpu']:.0f} to {spent:.0f} us of processor;"
        f" peak memory {many['memory']:.0f} to {few[0]['memory']:.0f} MB"
    )
    return Figures([many["wall"]], [typical], note)


def measure_peer(bench: Bench) -> Figures:
    """Let a crowd become due with ours and with APScheduler, by turns; once with the peer's file set up as ours is."""
    taken, peer = by_turns(bench.rounds, partial(ours, bench, FEW), partial(_peer, bench, tuned=False))
    tuned = _peer(bench, tuned=True)["wall"] / median(side["wall"] for side in taken)
    rates = [[1e6 / side["wall"] for side in sides] for sides in (taken, peer)]
    note = f"{FEW} people, {FEW_FOR_PEER} with the peer, which with our settings takes {tuned:.1f} times as long"
    return Figures(*rates, note=note)


def ours(bench: Bench, count: int) -> dict[str, float]:
    """Return what the product takes for each of so many people."""
    found: dict[str, float] = apart("benchmarks.storm:storm", path=bench.crowd(count))
    return found


def _peer(bench: Bench, *, tuned: bool) -> dict[str, float]:
    path = str(Path(mkdtemp(dir=bench.folder)) / "jobs.db")
    found: dict[str, float] = apart("benchmarks.peer_apscheduler:storm", path=path, count=FEW_FOR_PEER, tuned=tuned)
    return found


ROWS = (
    Row(
        id="P9",
        means=f"microseconds for each of {MANY} people due at once, to those with {FEW} due",
        unit="us",
        gate=3,
        target=1.5,
        measure=measure_growth,
        judged="ratio",
    ),
    Row(
        id="P12",
        means="reminders a second when all are due at once, to APScheduler with a job for each learner",
        unit="people/s",
        gate=8,
        target=20,
        measure=measure_peer,
        judged="ratio",
        sense="at least",
    ),
)
