"""The commands: how they are typed in every language, and what Telegram's menu says of them.

A command word counts only as a whole message. `/name` always counts. Words are phrases with several forms, parted
by commas; translators write what people of their language would type, not a translation of each form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.answer import normalized
from bot.core.messages import Phrase, say_in

_SLASH = re.compile(r"/([A-Za-z_]{1,32})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
CODE_LENGTH = 10
_CROCKFORD = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_LOOKALIKES = str.maketrans("ILO", "110")


class Command(StrEnum):
    """What a person can ask for at any time."""

    MENU = "menu"
    NEXT = "next"
    PROGRESS = "progress"
    COURSES = "courses"
    LANGUAGE = "language"
    HOUR = "hour"
    DAYS = "days"
    SNOOZE = "snooze"
    FEWER = "fewer"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    START = "start"
    HELP = "help"
    HIDE = "hide"
    MYDATA = "mydata"
    FORGET = "forget"
    COMPANY = "company"
    TEAM = "team"
    INVITE = "invite"
    ASSIGN = "assign"
    THANK = "thank"
    NUDGE = "nudge"
    DIGEST = "digest"
    MUTE = "mute"
    NONUDGES = "nonudges"
    SUMMARY = "summary"
    EXPORT = "export"
    NEWCOMPANY = "newcompany"
    GAIN = "gain"


COMMAND_WORDS: Mapping[Command, Phrase] = {
    Command.MENU: say_in("command words", "menu"),
    Command.NEXT: say_in("command words", "next, next lesson, continue, go on"),
    Command.PROGRESS: say_in("command words", "progress, my progress"),
    Command.COURSES: say_in("command words", "courses, course"),
    Command.LANGUAGE: say_in("command words", "language, languages"),
    Command.HOUR: say_in("command words", "hour, time, reminder, reminders"),
    Command.DAYS: say_in("command words", "days, weekdays, my days"),
    Command.SNOOZE: say_in("command words", "snooze, remind me later"),
    Command.FEWER: say_in("command words", "fewer, fewer reminders, less often"),
    Command.PAUSE: say_in("command words", "pause, no reminders"),
    Command.RESUME: say_in("command words", "resume, resume reminders"),
    Command.STOP: say_in("command words", "stop, unsubscribe, stop all, end, quit"),
    Command.START: say_in("command words", "start, begin, unstop"),
    Command.HELP: say_in("command words", "help"),
    Command.HIDE: say_in("command words", "hide, hide this, hide messages"),
    Command.MYDATA: say_in("command words", "mydata, my data"),
    Command.FORGET: say_in("command words", "forget, forget me, erase me"),
    Command.COMPANY: say_in("command words", "company, my company, leave"),
    Command.TEAM: say_in("command words", "team, my team"),
    Command.INVITE: say_in("command words", "invite, poster"),
    Command.ASSIGN: say_in("command words", "assign, assign a course, due date"),
    Command.THANK: say_in("command words", "thank, thank the team"),
    Command.NUDGE: say_in("command words", "nudge, nudge the team"),
    Command.DIGEST: say_in("command words", "digest, letter"),
    Command.MUTE: say_in("command words", "mute, no letters"),
    Command.NONUDGES: say_in("command words", "nonudges, no nudges, no team messages"),
    Command.SUMMARY: say_in("command words", "summary, report"),
    Command.EXPORT: say_in("command words", "export"),
    Command.NEWCOMPANY: say_in("command words", "newcompany, new company"),
    Command.GAIN: say_in("command words", "gain"),
}

# What a channel with a menu of commands shows. Owners' and trainers' commands stay out of the workers' menu, and what
# a reminder has a button for.
COMMAND_MENU: Mapping[Command, Phrase] = {
    Command.NEXT: say_in("command menu", "Go on learning"),
    Command.MENU: say_in("command menu", "What I can do"),
    Command.PROGRESS: say_in("command menu", "How far you are"),
    Command.COURSES: say_in("command menu", "All courses"),
    Command.LANGUAGE: say_in("command menu", "Choose the language"),
    Command.HOUR: say_in("command menu", "Choose your hour"),
    Command.DAYS: say_in("command menu", "Choose your days"),
    Command.COMPANY: say_in("command menu", "Your company"),
    Command.HELP: say_in("command menu", "Whom you can ask for help"),
    Command.HIDE: say_in("command menu", "Take the last messages away"),
    Command.MYDATA: say_in("command menu", "What is kept about you"),
    Command.FORGET: say_in("command menu", "Erase everything about you"),
    Command.STOP: say_in("command menu", "No more messages"),
    Command.START: say_in("command menu", "Begin, or begin again"),
}

_WITH_ARGUMENT = frozenset(
    {
        Command.LANGUAGE,
        Command.COMPANY,
        Command.SUMMARY,
        Command.NUDGE,
        Command.GAIN,
        Command.HOUR,
        Command.DAYS,
        Command.SNOOZE,
    }
)


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it was typed, with what followed it."""

    command: Command
    argument: str = ""


def read_command(text: str, words: Mapping[str, str], *, slash_only: bool = False) -> Order | None:
    """Return the command that the whole message is, or None.

    With `slash_only`, as when a company's name is asked for, only `/name` and the words for STOP count.
    """
    match = _SLASH.fullmatch(text.strip()[:400])
    if match:
        name = words.get(normalized(match[1])) or match[1].lower()
        return Order(Command(name), (match["rest"] or "").strip()) if name in set(Command) else None
    said = normalized(text)
    found = words.get(said)
    if found is not None:
        command = Command(found)
        return Order(command) if not slash_only or command is Command.STOP else None
    first, _, rest = said.partition(" ")
    found = words.get(first) if rest and not slash_only else None
    if found is not None and Command(found) in _WITH_ARGUMENT and len(rest.split()) == 1:
        return Order(Command(found), rest)
    return None


def read_code(text: str) -> str | None:
    """Return the join code a text or a link holds, in its one written form, or None.

    Codes are typed in any case, with spaces or hyphens; letters that look like digits count as them.
    """
    letters = re.sub(r"[\s\-–—_.]", "", text).upper().translate(_LOOKALIKES)
    if len(letters) != CODE_LENGTH or not _CROCKFORD.issuperset(letters):
        return None
    return letters
