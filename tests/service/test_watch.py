"""What an operator is told: wrong join codes of the last hour, once there are many."""

from datetime import timedelta
from types import SimpleNamespace

from bot.service.watch import MANY_GUESSES, Watch
from tests.waiting import NOON, ManualClock


def watch(guesses: list) -> Watch:
    turns = SimpleNamespace(wrong_codes=guesses, counts={"events": 0, "duplicates": 0, "quarantined": 0, "batches": 0})
    delivery = SimpleNamespace(counts={}, queue_length=lambda: 0)
    catalogue = SimpleNamespace(broken=lambda: ())
    return Watch(store=None, catalogue=catalogue, turns=turns, delivery=delivery, channels={}, clock=ManualClock())


def test_many_wrong_codes_of_the_last_hour_are_told() -> None:
    found = watch([NOON - timedelta(minutes=5)] * (MANY_GUESSES + 1))
    assert "wrong join codes" in found.health()["problems"][0]
    assert b"teabreak_wrong_codes 51.0" in found.metrics()


def test_few_or_old_ones_are_not() -> None:
    assert watch([NOON - timedelta(minutes=5)] * MANY_GUESSES).health()["problems"] == []
    assert watch([NOON - timedelta(hours=2)] * 500).health()["problems"] == []
