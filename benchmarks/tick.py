"""TICK: what a look costs when nobody is due, which is so nearly always. It happens three times a minute."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.harness import Bench, Figures, apart
from benchmarks.p9_storm import MANY
from benchmarks.product import play, running
from benchmarks.rows import Row

LOOKS, WARMING = 200, 20
_TOMORROW = "UPDATE rhythms SET next_at = '2026-11-24T06:00:00.000000+00:00'"


def measure(bench: Bench) -> Figures:
    """Look again and again in a database where everybody is due tomorrow."""
    path = bench.crowd(MANY)
    found = [apart("benchmarks.tick:look", path=path) for _ in range(bench.rounds)]
    return Figures(found, note=f"{MANY} people on file; the median of {LOOKS} looks")


def look(path: str) -> float:
    """Return the milliseconds of a look, the median of many."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(_TOMORROW)
        connection.commit()
    return play(_look(Path(path)))


async def _look(path: Path) -> float:
    took = []
    async with running(path, looks=False) as product:
        for _ in range(WARMING + LOOKS):
            began = time.perf_counter()
            found = await product.tick.look()
            took.append((time.perf_counter() - began) * 1000)
            if found:
                raise RuntimeError(f"{found} people were due.")
    return median(took[WARMING:])


ROWS = (Row("TICK", "a look of the tick when nobody is due", "ms", 1, 1, measure),)
