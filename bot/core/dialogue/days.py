"""Days in words: which weekday, when something comes, and several of them."""

from datetime import date, datetime, timedelta

from bot.core.dialogue.scene import Scene
from bot.core.messages import Phrase, say, say_in
from bot.core.reminder import EVERY_DAY, local

WEEKDAYS = (
    say_in("weekday", "Monday"),
    say_in("weekday", "Tuesday"),
    say_in("weekday", "Wednesday"),
    say_in("weekday", "Thursday"),
    say_in("weekday", "Friday"),
    say_in("weekday", "Saturday"),
    say_in("weekday", "Sunday"),
)
SHORT_WEEKDAYS = (
    say_in("short weekday", "Mon"),
    say_in("short weekday", "Tue"),
    say_in("short weekday", "Wed"),
    say_in("short weekday", "Thu"),
    say_in("short weekday", "Fri"),
    say_in("short weekday", "Sat"),
    say_in("short weekday", "Sun"),
)
# Many languages change the name of a day, or the word before it, when something happens on it.
ON_WEEKDAYS = (
    say_in("when", "on Monday"),
    say_in("when", "on Tuesday"),
    say_in("when", "on Wednesday"),
    say_in("when", "on Thursday"),
    say_in("when", "on Friday"),
    say_in("when", "on Saturday"),
    say_in("when", "on Sunday"),
)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def on_day(scene: Scene, moment: datetime) -> Phrase:
    """Say on which day a moment comes, as people near it would."""
    today, day = local(scene.now, scene.zone_name).date(), local(moment, scene.zone_name).date()
    if day == today:
        return say_in("when", "today")
    if day == today + _DAY:
        return say_in("when", "tomorrow")
    return ON_WEEKDAYS[day.weekday()] if day < today + _WEEK else _on_date(day)


def _on_date(day: date) -> Phrase:
    return say_in("when", "on {date}", date=day)


def listed(days: str) -> Phrase:
    """Say several weekdays."""
    if days == EVERY_DAY:
        return say_in("weekday", "every day")
    named = [WEEKDAYS[int(day)] for day in days]
    phrase = named[-1]
    for weekday in reversed(named[:-1]):
        phrase = say("{first}, {more}", first=weekday, more=phrase)
    return phrase
