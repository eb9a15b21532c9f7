"""The letters of owners and trainers: on Mondays, and before a day by which a course is to be done.

What stands in them is made when they are sent, by the privacy rule. They inform and ask for nothing, so nobody has
to answer them, and they can be muted.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from bot.core.dialogue.company import joined_company
from bot.core.dialogue.owner import owned
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.trainer import scope
from bot.core.facts import CompanyMade, Joined
from bot.core.learner import Role
from bot.core.messages import Recipe, Text, say, say_in
from bot.core.reminder import WARNED_BEFORE, Owed, Standing
from bot.core.rich_text import Verbatim

LETTERS = frozenset({Owed.LETTER, Owed.DUE_DATE})
_MUTE = ("mute", say_in("button", "Mute"))
_Row = Iterable[tuple[str, Text]]


def is_reader(scene: Scene) -> bool:
    """Say whether somebody gets letters, unless they muted them: an owner, or a trainer with companies."""
    return owned(scene) is not None or bool(scene.memory.trained_companies) or _has_become_one(scene)


def _has_become_one(scene: Scene) -> bool:
    """Say whether this very turn makes somebody an owner, or gives a trainer the first company."""
    return any(
        isinstance(fact, CompanyMade) or (isinstance(fact, Joined) and fact.role is Role.OWNER) for fact in scene.facts
    )


def zone_name(scene: Scene) -> str | None:
    """Return the zone of who this is, even if the company is of this very turn."""
    if scene.zone_name is None and _has_become_one(scene):
        made = next((fact.company for fact in scene.facts if isinstance(fact, CompanyMade)), joined_company(scene))
        return made.time_zone if made else None
    return scene.zone_name


def due_on(scene: Scene) -> tuple[date, ...]:
    """Return the days an owner is warned of."""
    if not scene.rhythm.wants_letters or owned(scene) is None:
        return ()
    return tuple(day for _, day in scene.memory.due_on)


# --- what is written ----------------------------------------------------------------------------------------------


def write(scene: Scene, who: Standing, what: Owed) -> None:
    """Add the letter that is owed."""
    today = who.day(scene.now)
    scene.add(replace(_monday(scene, today) if what is Owed.LETTER else _warning(scene, today), rings=True))


def _monday(scene: Scene, today: date) -> Recipe:
    """Return an owner's letter, a trainer's, or both in one."""
    mine, is_trainer = owned(scene), bool(scene.memory.trained_companies)
    arguments: list[tuple[str, str]] = []
    rows: list[_Row] = []
    if mine:
        arguments += [
            ("company", mine.company.id),
            ("due", _listed(_coming(scene, today))),
            ("warned", _listed(_warned(scene, today))),
        ]
        rows.append((("thank", say_in("button", "Thank the team")), ("invite", say_in("button", "Invite"))))
    if is_trainer:
        arguments += [*scope(scene)]
        rows.append((("summary", say_in("button", "Summary")), ("export", say_in("button", "Export"))))
    kind = "digest" if mine else "weekly"
    return Recipe(kind, (*arguments, ("day", today.isoformat())), rows=command_rows(*rows, (_MUTE,)))


def _warning(scene: Scene, today: date) -> Recipe:
    """Return what an owner is told a week and a day before a course is to be done."""
    mine, warned = owned(scene), _warned(scene, today)
    company = mine.company.id if mine else ""
    change = f"due {warned[0][0]}" if warned else "assign"
    rows = command_rows(
        ((f"nudge {company}", say_in("button", "Nudge the team")), (change, say_in("button", "Change date"))), (_MUTE,)
    )
    return Recipe("due", (("company", company), ("warned", _listed(warned)), ("day", today.isoformat())), rows=rows)


def _coming(scene: Scene, today: date) -> list[tuple[str, date]]:
    """Return the courses that are to be done from today on, and by when; the next one comes first."""
    return sorted(((course, day) for course, day in scene.memory.due_on if day >= today), key=lambda one: one[::-1])


def _warned(scene: Scene, today: date) -> list[tuple[str, date]]:
    return [(course, day) for course, day in _coming(scene, today) if day - today in WARNED_BEFORE]


def _listed(courses: Iterable[tuple[str, date]]) -> str:
    return " ".join(f"{course}={day.isoformat()}" for course, day in courses)


# --- what is asked for --------------------------------------------------------------------------------------------


def digest(scene: Scene) -> None:
    """Show the week's letter at once, and send letters again to who had muted them."""
    if not _may_read(scene):
        return
    if not scene.rhythm.wants_letters:
        scene.rhythm = replace(scene.rhythm, wants_letters=True)
        scene.say(say("Letters are on again. The next one comes on Monday."))
    scene.add(_monday(scene, Standing(scene.person, scene.rhythm, scene.address, scene.zone_name).day(scene.now)))


def mute(scene: Scene) -> None:
    """Send no letters any more."""
    if _may_read(scene):
        scene.rhythm = replace(scene.rhythm, wants_letters=False)
        again = Verbatim("/digest")
        scene.say(say("No letters any more. To get them again, send {command}.", command=again))


def _may_read(scene: Scene) -> bool:
    if is_reader(scene):
        return True
    scene.say(say("Letters are for owners and trainers."), rows=command_rows((MENU,)))
    return False
