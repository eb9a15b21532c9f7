"""SIM: how long a simulated year of fifty workers takes, through the real code on a real file."""

import json
import subprocess
import time

from benchmarks.harness import Bench, Figures
from benchmarks.rows import Row
from benchmarks.start import environment, teabreak

_YEAR = ("simulate", "--companies", "5", "--workers", "50", "--days", "365", "--json")


def measure(bench: Bench) -> Figures:
    """Time the command with its usual faults, a seed each round. A broken promise is an error: exit code 1."""
    times, turns = [], []
    for seed in range(1, bench.rounds + 1):
        began = time.perf_counter()
        done = subprocess.run(
            [*teabreak(), *_YEAR, "--seed", str(seed)],
            cwd=bench.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        times.append(time.perf_counter() - began)
        turns.append(json.loads(done.stdout)["turns"])
    return Figures(times, note=f"{min(turns)} to {max(turns)} turns")


ROWS = (Row("SIM", "a simulated year of 50 workers on SQLite", "s", 15, 15, measure),)
