"""Dialogues as golden files: what is typed or tapped, and every word that comes back.

`pytest tests/core --update-dialogues` rewrites them; the difference is reviewed like code.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.core.learner import NudgeKind
from tests.core.stage import BUNDLING, COMPANY, CONTENTS, EDITING, Stage

FOLDER = Path(__file__).parent / "dialogues"


def play(stage: Stage, line: str) -> list[str]:
    verb, _, rest = line.partition(" ")
    acts = {"tap": stage.tap, "open": stage.open, "say": stage.say}
    if verb in acts:
        return acts[verb](rest)
    if verb == "send":
        return stage.take(CONTENTS[rest])
    if verb == "wait":
        return stage.wait()
    if verb == "pass":
        stage.now += timedelta(minutes=int(rest))
        return []
    if verb == "nudge":
        stage.hears_nudge(NudgeKind(rest))
        return []
    raise AssertionError(f"Nobody can {verb!r}.")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_dialogue_reads_as_it_was_agreed(path: Path, request: pytest.FixtureRequest) -> None:
    script = yaml.safe_load(path.read_text("utf-8"))
    features = BUNDLING if script.get("channel") == "bundling" else EDITING
    company = replace(COMPANY, asks_gain=script.get("asks_gain", False))
    flags = {name: script.get(name, False) for name in ("in_words", "gain")}
    stage = Stage(features=features, company=company, **flags)
    played = [{"learner": turn["learner"], "bot": play(stage, turn["learner"])} for turn in script["turns"]]
    if request.config.getoption("--update-dialogues"):
        path.write_text(
            yaml.dump({**script, "turns": played}, allow_unicode=True, sort_keys=False, width=1000), "utf-8"
        )
        return
    assert played == script["turns"], "run with --update-dialogues and read the difference"
