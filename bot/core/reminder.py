"""Local time: the only place that knows zones. Reminders will be decided here.

An hour is chosen on the worker's own clock; everything else is UTC.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

QUIET_FROM, QUIET_UNTIL = time(20), time(7)

# Offsets that are no whole hours, each with a zone of that offset all year.
_ODD_ZONES = {
    timedelta(hours=3, minutes=30): "Asia/Tehran",
    timedelta(hours=4, minutes=30): "Asia/Kabul",
    timedelta(hours=5, minutes=30): "Asia/Kolkata",
    timedelta(hours=5, minutes=45): "Asia/Kathmandu",
    timedelta(hours=6, minutes=30): "Asia/Yangon",
    timedelta(hours=8, minutes=45): "Australia/Eucla",
    timedelta(hours=9, minutes=30): "Australia/Darwin",
    timedelta(hours=-9, minutes=-30): "Pacific/Marquesas",
}
_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_EASTERNMOST = timedelta(hours=14)


def zone(name: str | None) -> ZoneInfo:
    """Return the zone of that name; an unknown one is UTC, so that one bad name harms nobody else."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(now: datetime, zone_name: str | None) -> datetime:
    """Return the wall clock of a zone."""
    return now.astimezone(zone(zone_name))


def is_quiet(hour: time) -> bool:
    """Say whether an hour lies in the quiet hours of people who sleep at night."""
    return hour >= QUIET_FROM or hour < QUIET_UNTIL


def zone_at(now: datetime, said: time) -> str | None:
    """Return a zone whose clock shows about the given time now, or None where there is no such zone."""
    ahead = datetime.combine(now.date(), said, now.tzinfo) - now.replace(second=0, microsecond=0)
    offset = _QUARTER * round(ahead / _QUARTER)
    if offset > _EASTERNMOST:
        offset -= _DAY
    elif offset <= _EASTERNMOST - _DAY - timedelta(hours=2):
        offset += _DAY
    if offset in _ODD_ZONES:
        return _ODD_ZONES[offset]
    hours, rest = divmod(offset, timedelta(hours=1))
    return None if rest else f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"


def distinct_zones(now: datetime, names: Iterable[str], most: int) -> tuple[str, ...]:
    """Return zones that differ on the clock now, in their order, at most so many."""
    kept: dict[timedelta | None, str] = {}
    for name in names:
        kept.setdefault(local(now, name).utcoffset(), name)
    return tuple(kept.values())[:most]
