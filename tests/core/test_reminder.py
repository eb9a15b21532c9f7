"""Local time: zones by their clocks, and the quiet hours."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.core.reminder import distinct_zones, is_quiet, local, zone, zone_at

NOW = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "offset"),
    [
        (time(8, 0), timedelta(0)),
        (time(10, 3), timedelta(hours=2)),
        (time(13, 30), timedelta(hours=5, minutes=30)),
        (time(13, 45), timedelta(hours=5, minutes=45)),
        (time(1, 0), timedelta(hours=-7)),
        (time(20, 0), timedelta(hours=12)),
        (time(3, 58), timedelta(hours=-4)),
    ],
)
def test_a_zone_is_found_by_its_clock(said: time, offset: timedelta) -> None:
    name = zone_at(NOW, said)
    assert name is not None
    assert local(NOW, name).utcoffset() == offset


def test_every_minute_of_the_day_gives_a_zone_near_it_or_none() -> None:
    for minutes in range(24 * 60):
        said = time(minutes // 60, minutes % 60)
        name = zone_at(NOW, said)
        if name:
            shown = local(NOW, name)
            apart = abs(shown.hour * 60 + shown.minute - minutes)
            assert min(apart, 1440 - apart) <= 20


def test_an_unknown_zone_is_utc_and_harms_nobody() -> None:
    assert str(zone("Nowhere/Land")) == "UTC"
    assert str(zone(None)) == "UTC"
    assert str(zone("../etc/passwd")) == "UTC"


def test_quiet_hours_go_over_midnight() -> None:
    assert all(is_quiet(hour) for hour in (time(20), time(23, 59), time(0), time(6, 59)))
    assert not any(is_quiet(hour) for hour in (time(7), time(12), time(19, 59)))


def test_zones_with_the_same_clock_are_offered_once() -> None:
    names = ("America/Sao_Paulo", "America/Bahia", "America/Manaus", "America/Noronha")
    assert distinct_zones(NOW, names, 8) == ("America/Sao_Paulo", "America/Manaus", "America/Noronha")
    assert len(distinct_zones(NOW, names, 2)) == 2
