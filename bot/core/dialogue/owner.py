"""What an owner asks for: the team in numbers that name nobody, and the poster."""

from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.learner import Membership, Role
from bot.core.messages import Recipe, say, say_in

FOR_OWNERS = say("This is for owners. Ask your trainer for an owner's link.")


def owned(scene: Scene) -> Membership | None:
    """Return the membership of the company that somebody owns and is active in."""
    return next((found for found in scene.memory.memberships if found.role is Role.OWNER and found.is_active), None)


def team(scene: Scene) -> None:
    """Answer with the week's numbers, as the privacy rule allows."""
    mine = owned(scene)
    if mine is None:
        scene.say(FOR_OWNERS, rows=command_rows((MENU,)))
        return
    arguments = (("company", mine.company.id), ("language", scene.person.language))
    scene.add(Recipe("team", arguments, rows=command_rows((("invite", say_in("button", "Invite the team")), MENU))))


def invite(scene: Scene) -> None:
    """Answer with the link, the code and the QR picture for the poster."""
    mine = owned(scene)
    if mine is None:
        scene.say(FOR_OWNERS, rows=command_rows((MENU,)))
        return
    scene.add(Recipe("invite", (("company", mine.company.id), ("channel", scene.event.address.channel))))
