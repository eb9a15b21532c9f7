"""`python -m benchmarks [P1 P3 …]`: measure, write `build/bench.json`, and end with 1 if a gate does not hold."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.harness import ROOT, ROUNDS, Bench
from benchmarks.rows import Row, run
from benchmarks.table import ROWS

OUTPUT = ROOT / "build" / "bench.json"
_SAYS = {True: "yes", False: "NO", None: "?"}


def main(arguments: Sequence[str]) -> int:
    """Run the rows that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"which: {', '.join(dict.fromkeys(row.group for row in ROWS))}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each side is measured")
    asked = parser.parse_args(arguments)
    rows = chosen(asked.rows)
    if not rows:
        parser.error("there is no such row")
    console = Console(stderr=True)
    results: list[dict[str, Any]] = []
    with TemporaryDirectory(prefix="teabreak-bench-") as folder:
        bench = Bench(Path(folder), asked.rounds)
        _keep_bytecode(bench.folder)
        for row in rows:
            console.print(f"{row.id}: {row.means} …", highlight=False, markup=False)
            results.append(run(row, bench))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(results, indent=2) + "\n")
    Console(width=100).print(shown(results))
    for result in results:
        if result["note"]:
            console.print(f"{result['id']}: {result['note']}", highlight=False, markup=False)
    return 1 if any(result["held"] is False for result in results) else 0


def _keep_bytecode(folder: Path) -> None:
    """Let modules be compiled once, as an installation does, whatever this shell says of it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")


def chosen(names: Sequence[str]) -> list[Row]:
    """Return the rows of these ids or groups; all, if none is named."""
    wanted = {name.lower() for name in names}
    return [row for row in ROWS if not wanted or wanted & {row.id.lower(), row.group.lower()}]


def shown(results: Sequence[dict[str, Any]]) -> Table:
    """Return the results as a table for a terminal; what the gate is held against stands in bold."""
    table = Table("row", "ours", "floor", "ratio", "unit", "gate", "target", "held", "aim met")
    for result in results:
        judged, _, sense = result["judged"].partition(" ")
        sign = "≤" if sense == "at most" else "≥"
        numbers = [_number(result[name], is_judged=name == judged) for name in ("ours", "floor", "ratio")]
        limits = [f"{sign} {result[name]:g}" for name in ("gate", "target")]
        table.add_row(result["id"], *numbers, result["unit"], *limits, _SAYS[result["held"]], _SAYS[result["aimed"]])
    return table


def _number(number: float | None, *, is_judged: bool) -> str:
    if number is None:
        return "–"
    written = f"{number:.3g}" if number < 1000 else f"{number:.0f}"
    return f"[bold]{written}[/bold]" if is_judged else written


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
