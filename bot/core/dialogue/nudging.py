"""What an owner or a trainer may have said to a team: two fixed texts, signed by the programme, at most weekly.

It is each worker's one message of the day or a line above it, it can be refused for good, and nobody who asked for it
learns whom it reached.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.answer import normalized
from bot.core.dialogue.owner import FOR_OWNERS, owned
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.facts import Audited, NudgeAsked
from bot.core.learner import Company, NudgeKind, Role
from bot.core.messages import Phrase, Reply, Rows, reply, row, say, say_in
from bot.core.reminder import Standing, local

WEEK = timedelta(days=7)
_MOST_NAMES = 10


# --- asking for it ------------------------------------------------------------------------------------------------


def thank(scene: Scene, _argument: str = "") -> None:
    """Let the programme thank the owner's team."""
    mine = owned(scene)
    if mine is None:
        scene.say(FOR_OWNERS, rows=command_rows((MENU,)))
    else:
        _ask(scene, mine.company, NudgeKind.THANK)


def nudge(scene: Scene, name: str) -> None:
    """Let the programme remind a team: the owner's own, or one of a trainer's that is named."""
    mine = owned(scene)
    mine_too = [mine.company] if mine else []
    companies = [*mine_too, *(one for one in scene.memory.trained_companies if one not in mine_too)]
    if not companies:
        scene.say(say("This is for owners and trainers."), rows=command_rows((MENU,)))
        return
    found = _named(companies, name)
    if len(found) == 1:
        _ask(scene, found[0], NudgeKind.REMIND)
        return
    offered = [one for one in found or companies if one.name][:_MOST_NAMES]
    rows = tuple(row((f"/nudge {one.id}", say("{company}", company=one.name))) for one in offered)
    hint = say("Which company do you mean?") if found else say("I do not find this company among yours.")
    scene.say(hint, rows=rows)


def _named(companies: list[Company], name: str) -> list[Company]:
    """Return the companies that a name may mean; without one it may be any of them."""
    said = normalized(name)
    exact = [one for one in companies if name == one.id or (said and said == normalized(one.name))]
    return exact or [one for one in companies if said in normalized(one.name)]


def _ask(scene: Scene, company: Company, kind: NudgeKind) -> None:
    last = company.nudged_at
    if last and scene.now - last < WEEK:
        day = local(last, company.time_zone).date()
        scene.say(say("The team was told something on {day}. I do that once a week at most.", day=day))
        return
    scene.keep(NudgeAsked(company.id, kind), Audited(scene.person.id, f"nudged {kind}", company.id))
    scene.say(
        say("I pass this on, to each of them at a good hour: “{text}”", text=_text(scene, kind)),
        say("Who has opted out or wants no reminders is left alone. Nobody learns whom it reached."),
    )


def _text(scene: Scene, kind: NudgeKind) -> Phrase:
    provider = scene.library.provider
    if kind is NudgeKind.THANK:
        return say("{provider} says: thank you for learning.", provider=provider)
    return say("{provider} reminds you: there is time for a lesson today, if you like.", provider=provider)


# --- being told ---------------------------------------------------------------------------------------------------


def waiting(scene: Scene) -> NudgeKind | None:
    """Return what this worker's team was told and they were not yet."""
    mine, rhythm = scene.memory.membership, scene.rhythm
    if mine is None or mine.role is not Role.WORKER or mine.company.nudged_at is None or not rhythm.wants_nudges:
        return None
    asked = mine.company.nudged_at
    is_dealt_with = any(moment and moment >= asked for moment in (rhythm.nudged_at, mine.joined_at))
    return None if is_dealt_with or scene.now - asked > WEEK else mine.company.nudge


def without(who: Standing, now: datetime) -> Standing:
    """Return somebody who was active today, and so needs no reminding. A word of thanks waits."""
    if who.waiting.nudge is not NudgeKind.REMIND:
        return who
    return replace(who, rhythm=replace(who.rhythm, nudged_at=now), waiting=replace(who.waiting, nudge=None))


def told(scene: Scene, kind: NudgeKind) -> Reply:
    """Return what a worker is told."""
    rows = command_rows((("next", say_in("button", "Start")), ("nonudges", say_in("button", "Never again"))))
    return reply(_text(scene, kind), rows=rows, rings=True)


def above(scene: Scene, reminder: Reply, kind: NudgeKind) -> Reply:
    """Return a reminder with what the team is told above it, since both are one message."""
    rows: Rows = command_rows((("nonudges", say_in("button", "No team messages")),))
    lead = reply(_text(scene, kind))
    return replace(reminder, blocks=(*lead.blocks, *reminder.blocks), rows=(*reminder.rows, *rows))


def refuse(scene: Scene, _argument: str = "") -> None:
    """Pass nothing of the kind on to this person any more."""
    scene.rhythm = replace(scene.rhythm, wants_nudges=False)
    scene.say(say("That is fine. I do not pass on such messages to you again."), rows=command_rows((MENU,)))
