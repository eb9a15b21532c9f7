"""What a row of the benchmarks is, and whether it held. Gates must hold; targets are aims."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from benchmarks.harness import Bench, Figures, NotMeasured, ratio_of


@dataclass(frozen=True)
class Row:
    """One promise: what is compared with the gate, `ours` itself or its ratio to the floor, and in which direction."""

    id: str
    means: str
    unit: str
    gate: float
    target: float
    measure: Callable[[Bench], Figures]
    judged: Literal["ours", "ratio"] = "ours"
    sense: Literal["at most", "at least"] = "at most"

    @property
    def group(self) -> str:
        """Return the name that runs this row and its siblings."""
        return self.id.partition("-")[0]


def run(row: Row, bench: Bench) -> dict[str, Any]:
    """Measure a row and judge it; a row that cannot be measured here is neither held nor broken."""
    try:
        figures = row.measure(bench)
    except NotMeasured as reason:
        return judged(row, None, str(reason))
    return judged(row, figures, figures.note)


def judged(row: Row, figures: Figures | None, note: str = "") -> dict[str, Any]:
    """Return the row as it stands in `build/bench.json`."""
    ours = median(figures.ours) if figures else None
    floor = median(figures.floor) if figures and figures.floor else None
    ratio = ratio_of(figures) if figures else None
    found = ours if row.judged == "ours" else ratio
    return {
        "id": row.id,
        "ours": _rounded(ours),
        "floor": _rounded(floor),
        "ratio": _rounded(ratio),
        "unit": row.unit,
        "gate": row.gate,
        "target": row.target,
        "held": holds(row, found, row.gate),
        "aimed": holds(row, found, row.target),
        "judged": f"{row.judged} {row.sense}",
        "note": note,
    }


def holds(row: Row, found: float | None, limit: float) -> bool | None:
    """Say whether what was found keeps a limit; None where nothing was found."""
    if found is None:
        return None
    return found <= limit if row.sense == "at most" else found >= limit


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")
