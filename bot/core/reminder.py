"""When somebody is written to by the bot itself, and what is owed then. The only place that knows zones.

An hour is chosen on the worker's own clock; everything else is UTC. At most one message a local day, none in quiet
hours, and the longer nobody answers the fewer there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.learner import KnownAddress, Person, Reach, Rhythm

QUIET_FROM, QUIET_UNTIL = time(20), time(7)
# Who works nights sleeps by day: the same quiet hours, twelve hours later.
_QUIET_BY_DAY_FROM, _QUIET_BY_DAY_UNTIL = time(8), time(19)
EVERY_DAY = "0123456"
UNTIL_RESUMED = datetime(9999, 1, 1, tzinfo=UTC)
_CALM_AFTER = 3
_CALM_DAYS = timedelta(days=7)
_SILENT_FOR = timedelta(weeks=4)
# Slots stand on whole minutes, so this second tells a moment that the person asked for from one that was computed.
_ASKED_FOR = 1

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
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)
_HALF_A_YEAR = timedelta(days=182)
# Phones go wrong by some minutes; more than this is another hour.
_TOLERATED = timedelta(minutes=20)
# From the Americas to the Pacific; nobody lives at -12, whose clock shows the same as +12.
_OFFSETS = (*(timedelta(hours=hours) for hours in range(-11, 13)), *_ODD_ZONES)


def zone(name: str | None) -> ZoneInfo:
    """Return the zone of that name; an unknown one is UTC, so that one bad name harms nobody else."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(now: datetime, zone_name: str | None) -> datetime:
    """Return the wall clock of a zone."""
    return now.astimezone(zone(zone_name))


def is_quiet(hour: time, *, works_nights: bool = False) -> bool:
    """Say whether an hour lies in the quiet hours: at night, or by day for who works nights."""
    if works_nights:
        return _QUIET_BY_DAY_FROM <= hour < _QUIET_BY_DAY_UNTIL
    return hour >= QUIET_FROM or hour < QUIET_UNTIL


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


# --- slots --------------------------------------------------------------------------------------------------------


def next_slot(after: datetime, hour: time, days: str, zone_name: str | None) -> datetime:
    """Return the first chosen weekday at the local hour that comes strictly after a moment, in UTC.

    A time that the clock skips moves to the next valid minute, one that comes twice counts once, the first. A day
    that a country left out altogether has no slot.
    """
    where = zone(zone_name)
    chosen = days if set(days) & set(EVERY_DAY) else EVERY_DAY
    day = after.astimezone(where).date() - _DAY
    while True:
        if str(day.weekday()) in chosen and _exists(day, where):
            slot = _at(day, hour, where)
            if slot > after:
                return slot
        day += _DAY


# Whole firms share a zone and an hour, and the clocks of a day never change.
@lru_cache(maxsize=4096)
def _at(day: date, hour: time, where: ZoneInfo) -> datetime:
    """Return a local time in UTC, or the next one there is."""
    wall = datetime.combine(day, hour)
    while not _is_shown(wall, where):
        wall += _MINUTE
    return wall.replace(tzinfo=where).astimezone(UTC)


def _is_shown(wall: datetime, where: ZoneInfo) -> bool:
    """Say whether the clocks of a zone ever show this time."""
    return wall.replace(tzinfo=where).astimezone(UTC).astimezone(where).replace(tzinfo=None) == wall


@lru_cache(maxsize=4096)
def _exists(day: date, where: ZoneInfo) -> bool:
    return _is_shown(datetime.combine(day, time(12)), where)


# --- what is owed -------------------------------------------------------------------------------------------------


class Owed(StrEnum):
    """What the bot itself has to say."""

    NOTHING = "nothing"
    LESSON = "lesson"
    COME_BACK = "come_back"


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides when somebody is written to. `zone_name` is their own zone or the company's."""

    person: Person
    rhythm: Rhythm
    address: KnownAddress
    zone_name: str | None

    def day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return local(moment, self.zone_name).date()

    def begins(self, day: date) -> datetime:
        """Return the moment at which a local day begins."""
        return _at(day, time(0), zone(self.zone_name))

    def wants(self, now: datetime) -> bool:
        """Say whether the person may be reminded at all, apart from days and hours."""
        person, paused = self.person, self.rhythm.paused_until
        return (
            person.consented
            and person.wants_reminders
            and person.hour is not None
            and self.address.reach is Reach.REACHABLE
            and not (paused and paused > now)
        )

    def was_contacted(self, day: date) -> bool:
        """Say whether the bot began to speak on this day. A clock that stepped back makes no second message."""
        return any(at and self.day(at) >= day for at in (self.rhythm.contacted_at, self.address.contacted_at))

    def was_heard(self, day: date) -> bool:
        """Say whether the person was active on this day."""
        return bool(self.address.heard_at and self.day(self.address.heard_at) >= day)

    def is_quiet(self, moment: datetime) -> bool:
        """Say whether this is no hour to write at."""
        return is_quiet(local(moment, self.zone_name).time(), works_nights=self.person.works_nights)

    def calm_until(self) -> date | None:
        """Return the first day of the next message for who did not answer for long: one a week."""
        contacted = self.rhythm.contacted_at
        return self.day(contacted) + _CALM_DAYS if contacted and self.rhythm.unanswered >= _CALM_AFTER else None


def owed(who: Standing, now: datetime, *, has_lesson: bool) -> Owed:
    """Return what is owed now."""
    next_at, today = who.rhythm.next_at, who.day(now)
    if not has_lesson or not who.wants(now) or who.is_quiet(now) or next_at is None or next_at > now:
        return Owed.NOTHING
    if was_asked_for(next_at) and who.day(next_at) == today:
        # Who asked has answered what came before, so a message of today counts only if nobody answered it.
        return Owed.NOTHING if who.rhythm.unanswered and who.was_contacted(today) else Owed.LESSON
    slot, calm = slot_of_today(who, now), who.calm_until()
    if slot is None or slot > now or who.was_heard(today) or who.was_contacted(today) or (calm and today < calm):
        return Owed.NOTHING
    heard = who.address.heard_at
    return Owed.COME_BACK if calm and heard and now - heard >= _SILENT_FOR else Owed.LESSON


def slot_of_today(who: Standing, now: datetime) -> datetime | None:
    """Return when today's message is due, or None on a day that was not chosen."""
    if who.person.hour is None:
        return None
    today = who.day(now)
    slot = next_slot(who.begins(today) - _INSTANT, who.person.hour, who.rhythm.days, who.zone_name)
    return slot if who.day(slot) == today else None


def next_contact(who: Standing, now: datetime) -> datetime | None:
    """Return when to look again what is owed, or None for never."""
    after = max(now, who.rhythm.paused_until or now)
    if who.person.hour is None or after >= UNTIL_RESUMED or not who.wants(after):
        return None
    today = who.day(after)
    if who.was_heard(today) or who.was_contacted(today):
        after = who.begins(today + _DAY) - _INSTANT
    calm = who.calm_until()
    if calm:
        after = max(after, who.begins(calm) - _INSTANT)
    return next_slot(after, who.person.hour, who.rhythm.days, who.zone_name)


def useful_until(who: Standing, now: datetime) -> datetime:
    """Return when a message of now is of no use any more: at the day's end, or when the quiet hours begin."""
    today = who.day(now)
    quiet = _at(today, _QUIET_BY_DAY_FROM if who.person.works_nights else QUIET_FROM, zone(who.zone_name))
    end = who.begins(today + _DAY)
    return min(quiet, end) if quiet > now else end


# --- moments that were asked for ----------------------------------------------------------------------------------


def was_asked_for(moment: datetime) -> bool:
    """Say whether the person asked for this very moment."""
    return moment.second == _ASKED_FOR


def asked_for(who: Standing, moment: datetime) -> datetime:
    """Return a moment that the person asks for, or the end of the quiet hours it lies in."""
    if who.is_quiet(moment):
        until = _QUIET_BY_DAY_UNTIL if who.person.works_nights else QUIET_UNTIL
        moment = next_slot(moment, until, EVERY_DAY, who.zone_name)
    return moment.replace(second=_ASKED_FOR, microsecond=0)


def asked_for_in_days(who: Standing, now: datetime, days: int) -> datetime:
    """Return the person's hour so many days from now, as a moment that was asked for."""
    hour = who.person.hour or QUIET_UNTIL
    return asked_for(who, _at(who.day(now) + days * _DAY, hour, zone(who.zone_name)))
