"""How measuring is done: ours and the floor by turns, each in a process of its own, with medians of the rounds.

The machine may be busy with other things, and is so for minutes. What is measured side by side in one round shares
that, so a ratio is the median of the rounds' ratios, not the ratio of the medians.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 3
ROOT = Path(__file__).parent.parent
LONGEST = 1_800


class NotMeasured(Exception):
    """This machine lacks what a row needs; the message says what."""


@dataclass(frozen=True)
class Figures:
    """What was measured for one row, one number a round; a row without a floor has none."""

    ours: Sequence[float]
    floor: Sequence[float] = ()
    note: str = ""


@dataclass
class Bench:
    """Where measuring is done, and how often. Databases are made once and copied for each round."""

    folder: Path
    rounds: int = ROUNDS
    _databases: dict[str, Path] = field(default_factory=dict)
    _copies: int = 0

    def learners(self, count: int, content: str | None = None) -> str:
        """Return a fresh copy of a database of so many learners, each with a question open."""
        return self._copy_of("benchmarks.people:prepare", count=count, content=content)

    def crowd(self, count: int) -> str:
        """Return a fresh copy of a database of at least so many people who are all due when the clock begins."""
        return self._copy_of("benchmarks.crowd:prepare", count=count)

    def _copy_of(self, target: str, **arguments: Any) -> str:
        key = f"{target} {sorted(arguments.items())}"
        if key not in self._databases:
            made = self.folder / f"made-{len(self._databases)}.db"
            apart(target, path=str(made), **arguments)
            self._databases[key] = made
        self._copies += 1
        folder = self.folder / f"round-{self._copies}"
        folder.mkdir()
        return str(shutil.copy(self._databases[key], folder / "teabreak.db"))


def apart(target: str, environment: Mapping[str, str] | None = None, **arguments: Any) -> Any:
    """Call `module:function` in a fresh process and return what it returned."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", target, json.dumps(arguments)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        timeout=LONGEST,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"{target} ended with {ended.returncode}.")
    return json.loads(ended.stdout.decode().splitlines()[-1])


def by_turns(rounds: int, *measures: Callable[[], Any]) -> list[list[Any]]:
    """Return the rounds of each measure; they are taken by turns, the first one first in every other round."""
    taken: list[list[Any]] = [[] for _ in measures]
    for number in range(rounds):
        order = list(zip(taken, measures, strict=True))
        for results, measure in order if number % 2 == 0 else reversed(order):
            results.append(measure())
    return taken


def ratio_of(figures: Figures) -> float | None:
    """Return how many floors ours is: the median over the rounds."""
    if not figures.floor:
        return None
    return median(ours / floor for ours, floor in zip(figures.ours, figures.floor, strict=True))
