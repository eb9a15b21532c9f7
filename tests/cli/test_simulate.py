"""`simulate` as it is typed."""

import json

import pytest

from bot.cli import simulate as command
from bot.core.errors import SettingsProblem
from bot.service.simulation.observing import PROMISES

NAMES = {"turns", "sends", "completed_courses", "owed", "superseded", "refused", "copies", "digest", *PROMISES}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Play where no `.env` and no database is, and leave the logs of the other tests alone."""
    monkeypatch.setattr(command, "set_up", lambda _: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_prints_one_object_and_leaves_nothing_behind(elsewhere, capsys):
    assert command.simulate(companies=1, workers=2, days=2, seed=7, json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) >= NAMES
    assert (report["companies"], report["workers"], report["days"], report["seed"]) == (1, 2, 2, 7)
    assert report["sends"] > 0
    assert list(elsewhere.iterdir()) == []


def test_a_broken_promise_is_said_and_ends_with_1(monkeypatch, capsys):
    async def play(*_):
        return {**dict.fromkeys(NAMES, 0), "after_stop": 1}

    monkeypatch.setattr(command, "_play", play)
    assert command.simulate() == 1
    assert "A promise was broken." in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [{"companies": 0}, {"workers": 0}, {"days": 99_999}, {"fault_rate": 0.9}])
def test_numbers_out_of_range_are_refused_before_anything_is_played(wrong):
    with pytest.raises(SettingsProblem, match="out of range"):
        command.simulate(**wrong)
