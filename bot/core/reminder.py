"""When somebody is written to by the bot itself, and what is owed then. The only place that knows zones.

An hour is chosen on the worker's own clock; everything else is UTC. At most one message a local day, none in quiet
hours, and the longer nobody answers the fewer there are.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.learner import KnownAddress, NudgeKind, Person, Reach, Rhythm

QUIET_FROM, QUIET_UNTIL = time(20), time(7)
# Who works nights sleeps by day: the same quiet hours, twelve hours later.
_QUIET_BY_DAY_FROM, _QUIET_BY_DAY_UNTIL = time(8), time(19)
EVERY_DAY = "0123456"
UNTIL_RESUMED = datetime(9999, 1, 1, tzinfo=UTC)
_CALM_AFTER = 3
_CALM_DAYS = timedelta(days=7)
SILENT_FOR = timedelta(weeks=4)
# The number of the text that says there will be no other.
SAID_COME_BACK = 99
_LETTER_HOUR = time(9)
# For who was never asked for an hour.
_NUDGE_HOUR = time(10)
WARNED_BEFORE = (timedelta(days=7), timedelta(days=1))
_WEEK = 7
# Slots stand on whole minutes, so this second tells a moment that the person asked for from one that was computed.
_ASKED_FOR = 1

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


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
    LETTER = "letter"
    DUE_DATE = "due_date"
    FOLLOW_UP = "follow_up"
    REVIEW = "review"
    LESSON = "lesson"
    NUDGE = "nudge"
    COME_BACK = "come_back"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What there is to be said to somebody. `letters` are an owner's and a trainer's of Monday.

    `due_on` are the days by which an owner's team is to have done its courses; `nudge` is what the team was told and
    this person not yet.
    """

    lesson: bool = False
    reviews: bool = False
    follow_up: bool = False
    nudge: NudgeKind | None = None
    letters: bool = False
    due_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides when somebody is written to. `zone_name` is their own zone or the company's."""

    person: Person
    rhythm: Rhythm
    address: KnownAddress
    zone_name: str | None
    waiting: Waiting = Waiting()

    def day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return local(moment, self.zone_name).date()

    def begins(self, day: date) -> datetime:
        """Return the moment at which a local day begins."""
        return _at(day, time(0), zone(self.zone_name))

    def may_be_told(self, now: datetime) -> bool:
        """Say whether the bot may begin to speak at all."""
        paused = self.rhythm.paused_until
        is_here = self.person.consented and self.address.reach is Reach.REACHABLE
        return is_here and not (paused and paused > now)

    def wants(self, now: datetime) -> bool:
        """Say whether the person may be reminded at all, apart from days and hours."""
        return self.may_be_told(now) and self.person.wants_reminders and self.person.hour is not None

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

    def is_left_alone(self) -> bool:
        """Say whether the last message was the one that said there would be no other until the person writes."""
        return self.rhythm.text == SAID_COME_BACK and self.rhythm.unanswered > 0


def owed(who: Standing, now: datetime) -> Owed:
    """Return what is owed now."""
    next_at, today = who.rhythm.next_at, who.day(now)
    if not who.may_be_told(now) or who.is_quiet(now) or next_at is None or next_at > now:
        return Owed.NOTHING
    letter = _letter_of(who, today)
    if letter is not Owed.NOTHING and letter_hour(who, today) <= now and not who.was_contacted(today):
        return letter
    if was_asked_for(next_at) and who.day(next_at) == today and who.wants(now):
        # Who asked has answered what came before, so a message of today counts only if nobody answered it.
        return Owed.NOTHING if who.rhythm.unanswered and who.was_contacted(today) else _to_learn(who)
    if who.was_contacted(today) or letter is not Owed.NOTHING:
        # A letter whose hour is still to come goes before a lesson of an earlier one.
        return Owed.NOTHING
    calm = who.calm_until()
    if who.was_heard(today) or who.is_left_alone() or (calm and today < calm):
        return Owed.NOTHING
    return _at_slot(who, now, calm)


def _at_slot(who: Standing, now: datetime, calm: date | None) -> Owed:
    """Return what is owed at the person's own hour; who was never asked for one may be nudged at any."""
    is_silent = who.address.heard_at is not None and now - who.address.heard_at >= SILENT_FOR
    if not who.wants(now):
        was_never_asked = who.person.hour is None and who.person.wants_reminders
        return Owed.NUDGE if was_never_asked and who.waiting.nudge and not is_silent else Owed.NOTHING
    slot, what = slot_of_today(who, now), _to_learn(who)
    if slot is None or slot > now or what is Owed.NOTHING:
        return Owed.NOTHING
    return Owed.COME_BACK if calm and is_silent else what


def _to_learn(who: Standing) -> Owed:
    """Return the first of what waits at somebody's own hour; the others are merged with it or wait."""
    waiting = who.waiting
    if waiting.follow_up:
        return Owed.FOLLOW_UP
    if waiting.reviews:
        return Owed.REVIEW
    if waiting.lesson:
        return Owed.LESSON
    return Owed.NUDGE if waiting.nudge is NudgeKind.THANK else Owed.NOTHING


def slot_of_today(who: Standing, now: datetime) -> datetime | None:
    """Return when today's message is due, or None on a day that was not chosen."""
    if who.person.hour is None:
        return None
    today = who.day(now)
    slot = next_slot(who.begins(today) - _INSTANT, who.person.hour, who.rhythm.days, who.zone_name)
    return slot if who.day(slot) == today else None


def letter_hour(who: Standing, day: date) -> datetime:
    """Return when a letter goes out on a day: at nine, or after the quiet hours of who works nights."""
    hour = _QUIET_BY_DAY_UNTIL if is_quiet(_LETTER_HOUR, works_nights=who.person.works_nights) else _LETTER_HOUR
    return _at(day, hour, zone(who.zone_name))


def _letter_of(who: Standing, day: date) -> Owed:
    """Return the letter of a day. On a Monday the letter says what is due, too."""
    if who.waiting.letters and day.weekday() == 0:
        return Owed.LETTER
    is_warned = any(due - before == day for due in who.waiting.due_on for before in WARNED_BEFORE)
    return Owed.DUE_DATE if is_warned else Owed.NOTHING


def _next_letter(who: Standing, after: datetime) -> datetime | None:
    # Only days within the next week and a day: a look on Monday sees the next one.
    days = (who.day(after) + n * _DAY for n in range(_WEEK + 1))
    hours = (letter_hour(who, day) for day in days if _letter_of(who, day) is not Owed.NOTHING)
    return next((hour for hour in hours if hour > after), None)


def next_contact(who: Standing, now: datetime) -> datetime | None:
    """Return when to look again what is owed, or None for never."""
    after = max(now, who.rhythm.paused_until or now)
    if after >= UNTIL_RESUMED or not who.may_be_told(after):
        return None
    today = who.day(after)
    tomorrow = who.begins(today + _DAY) - _INSTANT
    letter = _next_letter(who, tomorrow if who.was_contacted(today) else after)
    if who.was_heard(today) or who.was_contacted(today):
        after = tomorrow
    calm = who.calm_until()
    if calm:
        after = max(after, who.begins(calm) - _INSTANT)
    return min((moment for moment in (letter, _next_to_learn(who, after)) if moment), default=None)


def _next_to_learn(who: Standing, after: datetime) -> datetime | None:
    if who.is_left_alone() or not who.person.wants_reminders:
        return None
    if who.person.hour is not None:
        return next_slot(after, who.person.hour, who.rhythm.days, who.zone_name)
    return next_slot(after, _NUDGE_HOUR, EVERY_DAY, who.zone_name) if who.waiting.nudge else None


def useful_until(who: Standing, now: datetime) -> datetime:
    """Return when a message of now is of no use any more: at the day's end, or when the quiet hours begin."""
    today = who.day(now)
    quiet = _at(today, _QUIET_BY_DAY_FROM if who.person.works_nights else QUIET_FROM, zone(who.zone_name))
    end = who.begins(today + _DAY)
    return min(quiet, end) if quiet > now else end


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
