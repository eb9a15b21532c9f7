"""What an owner asks for: the team in numbers that name nobody, the poster, a course for all."""

from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.facts import Audited, CourseAssigned
from bot.core.learner import Membership, Role
from bot.core.messages import Content, Recipe, row, say, say_in


def _owned(scene: Scene) -> Membership | None:
    return next((found for found in scene.memory.memberships if found.role is Role.OWNER and found.is_active), None)


def team(scene: Scene) -> None:
    """Answer with the week's numbers, as the privacy rule allows."""
    owned = _owned(scene)
    if owned is None:
        scene.say(say("This is for owners. Ask your trainer for an owner's link."), rows=command_rows((MENU,)))
        return
    arguments = (("company", owned.company.id), ("language", scene.person.language))
    scene.add(Recipe("team", arguments, rows=command_rows((("invite", say_in("button", "Invite the team")), MENU))))


def invite(scene: Scene) -> None:
    """Answer with the link, the code and the QR picture for the poster."""
    owned = _owned(scene)
    if owned is None:
        scene.say(say("This is for owners. Ask your trainer for an owner's link."), rows=command_rows((MENU,)))
        return
    scene.add(Recipe("invite", (("company", owned.company.id), ("channel", scene.event.address.channel))))


def assign(scene: Scene, course_id: str) -> None:
    """Take a course for the team."""
    owned, course = _owned(scene), scene.library.course(course_id)
    if owned is None or course is None:
        scene.say(say("This is for owners. Ask your trainer for an owner's link."), rows=command_rows((MENU,)))
        return
    scene.keep(
        CourseAssigned(owned.company.id, course.id), Audited(scene.person.id, f"assigned {course.id}", owned.company.id)
    )
    scene.say(
        say(
            "Your team takes {course}. Give them ten minutes of paid time.",
            course=Content(course.title, course.language),
        ),
        rows=(
            *command_rows((("invite", say_in("button", "Invite the team")),)),
            row(("/team", say_in("button", "The team"))),
        ),
    )
