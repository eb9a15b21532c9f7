"""The benchmarks say what they promise, judge fairly, and are written down. Nothing is measured here."""

import json
import re
from pathlib import Path

import pytest

import benchmarks.__main__ as command
from benchmarks.harness import Bench, Figures, NotMeasured, by_turns
from benchmarks.rows import Row, run
from benchmarks.table import ROWS

ROOT = Path(__file__).parents[2]
KEYS = {"id", "ours", "floor", "ratio", "unit", "gate", "target", "held"}
_LINE = re.compile(
    r"^\| ([A-Z]+\d*(?:-\w+)?) \| .+ \| (ours|ratio) (≤|≥) ([\d.]+) \| (?:≤|≥) ([\d.]+) \|$", re.MULTILINE
)


def row(figures: Figures | Exception, **more: object) -> Row:
    def measure(bench: Bench) -> Figures:
        if isinstance(figures, Exception):
            raise figures
        return figures

    return Row(**{"id": "X1", "means": "a stub", "unit": "s", "gate": 2, "target": 1, "measure": measure, **more})  # type: ignore[arg-type]


def test_every_row_stands_in_the_document_with_its_gate_and_its_target() -> None:
    written = _LINE.findall((ROOT / "docs/performance.md").read_text("utf-8"))
    signs = {"at most": "≤", "at least": "≥"}
    assert written == [(row.id, row.judged, signs[row.sense], f"{row.gate:g}", f"{row.target:g}") for row in ROWS]


def test_no_target_is_easier_than_its_gate() -> None:
    for row in ROWS:
        assert row.target <= row.gate if row.sense == "at most" else row.target >= row.gate, row.id
    assert len({row.id for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("figures", "more", "held", "aimed"),
    [
        (Figures([3, 1, 1]), {}, True, True),
        (Figures([1.5]), {}, True, False),
        (Figures([2.5]), {}, False, False),
        (
            Figures([30, 10, 60], [10, 10, 10]),
            {"judged": "ratio", "sense": "at least", "gate": 2, "target": 4},
            True,
            False,
        ),
        (Figures([10], [10]), {"judged": "ratio", "sense": "at least", "gate": 2, "target": 4}, False, False),
    ],
)
def test_a_row_is_held_against_its_gate(
    figures: Figures, more: dict[str, object], held: bool, aimed: bool, tmp_path: Path
) -> None:
    result = run(row(figures, **more), Bench(tmp_path))
    assert set(result) >= KEYS
    assert (result["held"], result["aimed"]) == (held, aimed)


def test_a_ratio_is_the_median_of_the_rounds_and_not_of_the_machines_moods(tmp_path: Path) -> None:
    result = run(row(Figures([10, 20, 90], [10, 10, 30]), judged="ratio"), Bench(tmp_path))
    assert (result["ours"], result["floor"], result["ratio"]) == (20, 10, 2)


def test_what_this_machine_cannot_measure_is_neither_held_nor_broken(tmp_path: Path) -> None:
    result = run(row(NotMeasured("There is no compiler.")), Bench(tmp_path))
    assert (result["held"], result["ours"], result["note"]) == (None, None, "There is no compiler.")


def test_both_sides_take_turns_in_going_first() -> None:
    order: list[str] = []
    by_turns(3, lambda: order.append("ours"), lambda: order.append("floor"))
    assert order == ["ours", "floor", "floor", "ours", "ours", "floor"]


@pytest.mark.parametrize(("found", "ending"), [(Figures([1]), 0), (NotMeasured("No."), 0), (Figures([3]), 1)])
def test_the_command_writes_the_rows_and_ends_with_1_if_a_gate_does_not_hold(
    found: Figures | Exception,
    ending: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "ROWS", (row(Figures([1])), row(found, id="X2-a")))
    monkeypatch.setattr(command, "OUTPUT", tmp_path / "build" / "bench.json")
    # The command changes these two for the processes it starts; here they are put back.
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert command.main(["X1", "x2"]) == ending
    written = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert [result["id"] for result in written] == ["X1", "X2-a"]
    assert all(set(result) >= KEYS for result in written)
    assert "X2-a" in capsys.readouterr().out
    assert command.main(["X1"]) == 0


def test_a_row_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["P999"])
    assert "no such row" in capsys.readouterr().err
