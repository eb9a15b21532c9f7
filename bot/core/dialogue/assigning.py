"""A course for the team: which one, and by when. The day is said back in words, so that nothing is misread."""

from dataclasses import replace
from datetime import date, timedelta

from bot.core.course import Course
from bot.core.dialogue.owner import FOR_OWNERS, owned
from bot.core.dialogue.said_dates import read_date
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.facts import Audited, CourseAssigned
from bot.core.learner import Membership
from bot.core.messages import Block, Content, Phrase, Rows, item, row, say, say_count, say_in
from bot.core.reminder import local
from bot.core.rich_text import Verbatim

_WEEKS = (4, 8)
_EXAMPLE = timedelta(weeks=6)
_LONGEST = timedelta(days=2 * 366)


def _owner(scene: Scene) -> Membership | None:
    mine = owned(scene)
    if mine is None:
        scene.say(FOR_OWNERS, rows=command_rows((MENU,)))
    return mine


def _title(course: Course) -> Content:
    return Content(course.title, course.language)


def _today(scene: Scene) -> date:
    return local(scene.now, scene.zone_name).date()


def _keep_draft(scene: Scene, **changes: str) -> None:
    """Keep the course and the day that are meant; without any, forget them."""
    others = {name: value for name, value in scene.state.draft.items() if name not in {"course", "due"}}
    scene.state = replace(scene.state, draft={**others, **changes})


# --- which course -------------------------------------------------------------------------------------------------


def choose(scene: Scene, course_id: str = "") -> None:
    """Ask which course the team takes; one that is named is only asked the day for."""
    if _owner(scene) is None:
        return
    if scene.library.course(course_id):
        ask_date(scene, course_id)
        return
    open_courses = [course for course in scene.library.courses if course.ordinary()]
    taken = set(scene.memory.assigned_courses)
    courses = sorted(open_courses, key=lambda course: course.id in taken)
    due = dict(scene.memory.due_on)
    blocks = [item("•", _state_of(course, place, course.id in taken, due)) for place, course in enumerate(courses)]
    rows: Rows = tuple(row((f"course {course.id}", _title(course))) for course in courses)
    scene.ask(Asking.TEAM_COURSE, Block(say("Which course shall your team take?")), *blocks, rows=rows)


def _state_of(course: Course, place: int, is_taken: bool, due: dict[str, date]) -> Phrase:
    title = _title(course)
    if is_taken and course.id in due:
        return say("{course}: your team takes it, by {date}", course=title, date=due[course.id])
    if is_taken:
        return say("{course}: your team takes it", course=title)
    return say("{course}: we recommend it next", course=title) if place == 0 else say("{course}", course=title)


def take_course(scene: Scene, choice: str) -> None:
    """Take the course that was tapped."""
    scene.put_away()
    ask_date(scene, choice.removeprefix("course "))


def assign(scene: Scene, course_id: str) -> None:
    """Take a course for the team at once, with no date, or the one it has."""
    mine, course = _owner(scene), scene.library.course(course_id)
    if mine is None or course is None:
        if mine:
            choose(scene)
        return
    _assign(scene, mine, course, dict(scene.memory.due_on).get(course.id))


# --- by when ------------------------------------------------------------------------------------------------------


def ask_date(scene: Scene, course_id: str) -> None:
    """Ask by when a course is to be done."""
    course = scene.library.course(course_id)
    if _owner(scene) is None:
        return
    if course is None:
        choose(scene)
        return
    _keep_draft(scene, course=course.id)
    weeks = tuple(
        (f"weeks {n}", say_in("button", "In {weeks}", weeks=say_count("{n} week", "{n} weeks", n=n))) for n in _WEEKS
    )
    scene.ask(
        Asking.DUE_DATE,
        say("By when is {course} to be done? You can also send a day, like {example}.", **_example(scene, course)),
        rows=(row(*weeks), row(("no_date", say_in("button", "No date")))),
    )


def _example(scene: Scene, course: Course) -> dict[str, Content | Verbatim]:
    return {"course": _title(course), "example": _written(scene)}


def _written(scene: Scene) -> Verbatim:
    return Verbatim((_today(scene) + _EXAMPLE).isoformat())


def ask_date_again(scene: Scene) -> None:
    """Show the question for the day once more."""
    ask_date(scene, scene.state.draft.get("course", ""))


def take_date(scene: Scene, choice: str) -> None:
    """Take a button of the question for the day."""
    scene.put_away()
    weeks = choice.removeprefix("weeks ")
    _finish(scene, _today(scene) + timedelta(weeks=int(weeks)) if weeks.isdecimal() else None)


def take_typed_date(scene: Scene, text: str) -> bool:
    """Take a day that was typed, and say it back; return whether it could be read."""
    today = _today(scene)
    day = read_date(text, today, scene.library.months)
    if day is None:
        return False
    if day <= today:
        scene.say(
            say("{date} is over. Please send a day that comes, like {example}.", date=day, example=_written(scene))
        )
    elif day - today > _LONGEST:
        scene.say(say("{date} is far away. Please send a day within two years.", date=day))
    else:
        _keep_draft(scene, course=scene.state.draft.get("course", ""), due=day.isoformat())
        ask_whether_meant(scene)
    return True


def hint_date(scene: Scene) -> None:
    """Say kindly how a day is typed."""
    scene.say(say("I do not find this day in the calendar. Please send it like {example}.", example=_written(scene)))


def ask_whether_meant(scene: Scene) -> None:
    """Say a day back in words: which figure is the month is settled by that."""
    day = date.fromisoformat(scene.state.draft.get("due", _today(scene).isoformat()))
    rows = (row(("meant", say_in("button", "Yes")), ("not_meant", say_in("button", "No"))),)
    scene.ask(Asking.DUE_DATE_MEANT, say("Do you mean {date}?", date=day), rows=rows)


def take_meant(scene: Scene, choice: str) -> None:
    """Keep the day, or ask once more."""
    scene.put_away()
    due = scene.state.draft.get("due")
    if choice == "meant" and due and date.fromisoformat(due) > _today(scene):
        _finish(scene, date.fromisoformat(due))
    else:
        ask_date_again(scene)


def _finish(scene: Scene, due_on: date | None) -> None:
    mine, course = _owner(scene), scene.library.course(scene.state.draft.get("course", ""))
    _keep_draft(scene)
    scene.expect(Asking.NOTHING)
    if mine and course:
        _assign(scene, mine, course, due_on)


def _assign(scene: Scene, mine: Membership, course: Course, due_on: date | None) -> None:
    scene.keep(
        CourseAssigned(mine.company.id, course.id, due_on),
        Audited(scene.person.id, f"assigned {course.id}", mine.company.id),
    )
    rows = command_rows((("invite", say_in("button", "Invite the team")), ("team", say_in("button", "The team"))))
    title = _title(course)
    if due_on:
        taken = say(
            "Your team takes {course}, to be done by {date}. Give them ten minutes of paid time.",
            course=title,
            date=due_on,
        )
    else:
        taken = say("Your team takes {course}. Give them ten minutes of paid time.", course=title)
        rows = (row((f"/due {course.id}", say_in("button", "Choose a date"))), *rows)
    scene.say(taken, rows=rows)
