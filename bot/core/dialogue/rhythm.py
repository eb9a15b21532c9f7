"""What somebody says about reminders: another time, fewer, other days, none for now, again.

A snooze changes nothing of what is open. The days are a setting and are asked for like the hour.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.dialogue.days import SHORT_WEEKDAYS, listed, on_day
from bot.core.dialogue.hour import ask_hour
from bot.core.dialogue.offering import offer
from bot.core.dialogue.reminding import coming, has_more, standing
from bot.core.dialogue.said_times import read_days
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.messages import Block, Option, Phrase, Reply, row, say, say_count, say_in
from bot.core.reminder import EVERY_DAY, UNTIL_RESUMED, asked_for, asked_for_in_days, local
from bot.core.rich_text import Verbatim

THREE_DAYS = "024"
_LONGEST_SNOOZE = 7 * 24 * 60
_BY_WORD = {"tomorrow": 1, "week": 7}
_IN_A_ROW = 4
_WEEK = 7
_BUTTON = ("unpause", say_in("button", "Reminders on"))


def _says_when(scene: Scene, moment: datetime) -> Phrase:
    hour = local(moment, scene.zone_name).time().replace(second=0, microsecond=0)
    return say("I write {day} at {hour}.", day=on_day(scene, moment), hour=hour)


def _gets_none(scene: Scene) -> bool:
    """Ask for the hour where none was chosen: without one there is nothing to move."""
    if scene.person.hour is not None and scene.person.wants_reminders:
        return False
    ask_hour(scene, Block(say("You get no reminders now.")))
    return True


# --- another time -------------------------------------------------------------------------------------------------


def snooze(scene: Scene, argument: str = "") -> None:
    """Write at another time, once; ask which one if it was not said."""
    if _gets_none(scene):
        return
    if not has_more(scene):
        offer(scene)
        return
    moment = _moment(scene, argument)
    if moment is None:
        _ask_when(scene)
        return
    scene.rhythm = replace(scene.rhythm, next_at=moment, paused_until=None)
    scene.say(_says_when(scene, moment))


def _moment(scene: Scene, argument: str) -> datetime | None:
    who = standing(scene)
    if argument in _BY_WORD:
        return asked_for_in_days(who, scene.now, _BY_WORD[argument])
    if not (argument.isdecimal() and len(argument) <= len(str(_LONGEST_SNOOZE))):
        return None
    minutes = int(argument)
    return asked_for(who, scene.now + timedelta(minutes=minutes)) if 0 < minutes <= _LONGEST_SNOOZE else None


def _ask_when(scene: Scene) -> None:
    rows = command_rows(
        (("snooze 60", say_in("button", "In an hour")),),
        (("snooze tomorrow", say_in("button", "Tomorrow")), ("snooze week", say_in("button", "Next week"))),
    )
    scene.say(say("When shall I write again?"), rows=rows)


# --- none for now -------------------------------------------------------------------------------------------------


def pause(scene: Scene, _argument: str = "") -> None:
    """Send no reminders until they are wanted again."""
    # Also for who chose no hour: owners get letters, and a team can be told something.
    scene.rhythm = replace(scene.rhythm, next_at=None, paused_until=UNTIL_RESUMED)
    scene.say(
        say("I send no reminders until you want them again. Then send {command}.", command=Verbatim("/resume")),
        rows=command_rows((_BUTTON, MENU)),
    )


def unpause(scene: Scene, _argument: str = "") -> None:
    """Send reminders again."""
    scene.rhythm = replace(scene.rhythm, paused_until=None)
    if _gets_none(scene):
        return
    moment = coming(scene)
    if moment:
        scene.say(_says_when(scene, moment))


# --- which days ---------------------------------------------------------------------------------------------------


def days(scene: Scene, argument: str = "") -> None:
    """Take the days that were said with the command, or ask for them."""
    if argument and take_typed_days(scene, argument):
        return
    if argument:
        hint_days(scene)
    ask_days(scene)


def ask_days(scene: Scene) -> None:
    """Ask on which days of the week the bot may write."""
    scene.state = replace(scene.state, draft=_without_days(scene))
    scene.ask(
        Asking.DAYS,
        say("On which days shall I write? Now it is: {days}.", days=listed(scene.rhythm.days)),
        rows=(
            row(("three", say_in("button", "Three days")), ("every", say_in("button", "Every day"))),
            row(("choose", say_in("button", "Choose days"))),
        ),
    )


def take_days(scene: Scene, choice: str) -> None:
    """Take a button of the question for the days."""
    picked = scene.state.draft.get("days", scene.rhythm.days)
    if choice == "choose":
        scene.put_away()
        _choose_days(scene, picked)
    elif choice.startswith("day") and choice[3:] in set(EVERY_DAY):
        toggled = "".join(sorted(set(picked) ^ {choice[3:]}))
        scene.state = replace(scene.state, draft={**scene.state.draft, "days": toggled})
        _show_days(scene, toggled, turns=True)
    elif choice == "picked" and not picked:
        scene.put_away()
        _show_days(scene, picked, Block(say("One day at least. For no reminders, send {command}.", command=_PAUSE)))
    else:
        scene.put_away()
        keep_days(scene, {"three": THREE_DAYS, "every": EVERY_DAY}.get(choice, picked))


_PAUSE = Verbatim("/pause")


def _choose_days(scene: Scene, picked: str) -> None:
    """Let days be ticked, or typed where every message costs."""
    if scene.memory.features.editing:
        _show_days(scene, picked)
    else:
        scene.ask(Asking.DAYS, say("Which days? 1 is Monday, 7 is Sunday: send them like {example}.", example="1 3 5"))


def _show_days(scene: Scene, picked: str, *lead: Block, turns: bool = False) -> None:
    """Show all seven days to be ticked, in the same bubble."""
    options = [
        Option(f"day{place}", say("{day} ✓", day=name) if str(place) in picked else name)
        for place, name in enumerate(SHORT_WEEKDAYS)
    ]
    rows = (tuple(options[:_IN_A_ROW]), tuple(options[_IN_A_ROW:]), row(("picked", say_in("button", "Done"))))
    scene.expect(Asking.DAYS)
    blocks = (*lead, Block(say("Choose all days that fit, then Done.")))
    scene.add(Reply(blocks, rows=rows, replaces=turns))


def take_typed_days(scene: Scene, text: str) -> bool:
    """Take days in words or figures; return whether they could be read."""
    found = read_days(text, scene.library.weekdays)
    if found is None:
        return False
    keep_days(scene, found)
    return True


def hint_days(scene: Scene) -> None:
    """Say kindly how days are typed."""
    scene.say(say("I could not read these days. 1 is Monday, 7 is Sunday: send them like {example}.", example="1 3 5"))


def keep_days(scene: Scene, chosen: str) -> None:
    """Keep the days, and ask for the hour where none was chosen."""
    scene.rhythm = replace(scene.rhythm, days=chosen, next_at=None, paused_until=None)
    scene.state = replace(scene.state, draft=_without_days(scene))
    kept = Block(say("Your days: {days}.", days=listed(chosen)))
    if scene.person.hour is None:
        ask_hour(scene, kept)
    else:
        offer(scene, kept)


def _without_days(scene: Scene) -> dict[str, str]:
    return {name: value for name, value in scene.state.draft.items() if name != "days"}


def fewer(scene: Scene, _argument: str = "") -> None:
    """Write on one day less of the week, and say how to pause where only one is left."""
    if _gets_none(scene):
        return
    if len(scene.rhythm.days) == 1:
        scene.say(
            say("One day a week is the fewest. For no reminders, send {command}.", command=_PAUSE),
            rows=command_rows((("pause", say_in("button", "Pause")), ("stop", say_in("button", "Stop")))),
        )
        return
    left = _spread(scene.rhythm.days)
    scene.rhythm = replace(scene.rhythm, days=left, next_at=None)
    scene.say(
        say_count(
            "I write on {n} day a week now: {days}.",
            "I write on {n} days a week now: {days}.",
            n=len(left),
            days=listed(left),
        )
    )


def _spread(chosen: str) -> str:
    """Return the days without the one whose going leaves the others furthest apart."""
    without = [chosen.replace(day, "") for day in chosen]
    return max(without, key=_nearest)


def _nearest(chosen: str) -> int:
    places = [int(day) for day in chosen]
    return min((places[place] - places[place - 1]) % _WEEK or _WEEK for place in range(len(places)))
