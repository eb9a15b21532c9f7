"""Which time zone somebody means, who says what time it is or of which country they are."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from bot.core.reminder import local

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
_DAY = timedelta(days=1)
_HALF_A_YEAR = timedelta(days=182)
# Phones go wrong by some minutes; more than this is another hour.
_TOLERATED = timedelta(minutes=20)
# From the Americas to the Pacific; nobody lives at -12, whose clock shows the same as +12.
_OFFSETS = (*(timedelta(hours=hours) for hours in range(-11, 13)), *_ODD_ZONES)


def zone_at(now: datetime, said: time) -> str | None:
    """Return a zone whose clock shows about the given time now, or None where there is no such zone.

    +13 and +14 show the same time as -11 and -10, so the more populous of the two is taken.
    """
    ahead = datetime.combine(now.date(), said, now.tzinfo) - now.replace(second=0, microsecond=0)
    nearest = min(_OFFSETS, key=lambda offset: (_apart(ahead, offset), offset in _ODD_ZONES))
    if _apart(ahead, nearest) > _TOLERATED:
        return None
    hours = nearest // timedelta(hours=1)
    return _ODD_ZONES.get(nearest) or (f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC")


def _apart(one: timedelta, other: timedelta) -> timedelta:
    """Return how far two offsets are apart on a clock, whatever the day."""
    difference = (one - other) % _DAY
    return min(difference, _DAY - difference)


def distinct_zones(now: datetime, names: Iterable[str], most: int) -> tuple[str, ...]:
    """Return zones that differ on the clock now or half a year from now, in their order, at most so many."""
    kept: dict[tuple[timedelta | None, timedelta | None], str] = {}
    for name in names:
        kept.setdefault((local(now, name).utcoffset(), local(now + _HALF_A_YEAR, name).utcoffset()), name)
    return tuple(kept.values())[:most]
