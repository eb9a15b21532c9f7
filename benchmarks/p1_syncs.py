"""P1: how often the disk is waited for. Syncs are counted, not timed, so no noise reaches this row.

The C library's `fsync` and `fdatasync` are counted by a few lines of C put before it, in a process of its own.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.harness import Bench, Figures, NotMeasured, apart
from benchmarks.product import answers, in_flight, play, running
from benchmarks.rows import Row

ANSWERS = 2_000
WARMING = 400

COUNTER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
static atomic_long syncs;
long counted_syncs(void) { return syncs; }
int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    syncs++;
    return real(file);
}
int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    syncs++;
    return real(file);
}
"""


def measure(most: int, bench: Bench) -> Figures:
    """Count the syncs of answers with so many in flight; the floor is one sync for each full batch."""
    counter = _counter(bench.folder)
    counted = [
        apart(
            "benchmarks.p1_syncs:ours",
            {"LD_PRELOAD": str(counter)},
            path=bench.learners(ANSWERS + WARMING),
            most=most,
        )
        for _ in range(bench.rounds)
    ]
    return Figures(counted, [1000 / most] * len(counted), "counted by a shim before the C library")


def ours(path: str, most: int) -> float:
    """Return the syncs for a thousand answers, with those of their receipts and of checkpoints."""
    count: Callable[[], int] = ctypes.CDLL(None).counted_syncs
    _check(count, Path(path).with_name("probe"))
    return play(_ours(Path(path), most, count))


async def _ours(path: Path, most: int, count: Callable[[], int]) -> float:
    events = answers(ANSWERS + WARMING)
    async with running(path) as product:
        await in_flight(most, events[:WARMING], product.accept)
        await product.delivered()
        before = count()
        await in_flight(most, events[WARMING:], product.accept)
        await product.delivered()
    # The end of the block has kept the last receipts and emptied SQLite's log.
    return (count() - before) * 1000 / ANSWERS


def _check(count: Callable[[], int], probe: Path) -> None:
    """Make sure that the counter is in the way of syncs at all."""
    before = count()
    with probe.open("wb") as file:
        os.fsync(file.fileno())
    if count() != before + 1:
        raise RuntimeError("The counter of syncs does not count.")


def _counter(folder: Path) -> Path:
    """Compile the counter."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform != "linux":
        raise NotMeasured("Counting syncs needs Linux and a C compiler.")
    library = folder / "syncs.so"
    if not library.exists():
        source = folder / "syncs.c"
        source.write_text(COUNTER)
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


_MEANS = "syncs of the disk for 1000 answers, receipts and checkpoints included"
ROWS = (
    Row("P1-50", f"{_MEANS}; 50 in flight", "syncs", 60, 30, partial(measure, 50)),
    Row("P1-200", f"{_MEANS}; 200 in flight", "syncs", 25, 12, partial(measure, 200)),
)
