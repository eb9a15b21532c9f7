"""Joining a company, leaving it, and what owners and trainers are told when they arrive."""

from dataclasses import replace
from datetime import timedelta

from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.facts import Audited, InvitationUsed, Joined, LeftCompany
from bot.core.learner import Company, Role
from bot.core.messages import Block, Content, item, row, say, say_in

LINK_DAYS = timedelta(days=7)
PSEUDONYM_LETTERS = 4


def accept_invitation(scene: Scene) -> Role | None:
    """Use the code that was named before: become what it invites to. Return the role, or None without one."""
    invitation = scene.memory.invitation
    scene.state = replace(scene.state, code=None)
    if invitation is None or not invitation.is_open(scene.now):
        return None
    if invitation.role is not Role.WORKER:
        scene.keep(InvitationUsed(invitation.code))
        scene.keep(
            Audited(scene.person.id, f"became {invitation.role}", invitation.company.id if invitation.company else "*")
        )
    if invitation.role in {Role.TRAINER, Role.OPERATOR}:
        is_operator = scene.person.is_operator or invitation.role is Role.OPERATOR
        scene.keep_person(replace(scene.person, is_trainer=True, is_operator=is_operator))
    if invitation.company:
        scene.keep(Joined(scene.person.id, invitation.company.id, invitation.role, pseudonym(scene)))
    return invitation.role


def pseudonym(scene: Scene) -> str:
    """Return a name for a trainer's eyes, another one in each company."""
    return f"L-{scene.memory.fresh[2][:PSEUDONYM_LETTERS]}"


def joined_company(scene: Scene) -> Company | None:
    """Return the company this person is in, or has just joined."""
    if any(isinstance(fact, Joined) for fact in scene.facts) and scene.memory.invitation:
        return scene.memory.invitation.company
    return scene.memory.company


def welcome_role(scene: Scene, role: Role) -> None:
    """Tell an owner, a trainer or an operator what they can do, beginning with the next step."""
    scene.expect(Asking.NOTHING)
    if role is Role.OWNER:
        joined = joined_company(scene)
        course = next(iter(scene.plan()), None)
        blocks = [Block(say("Welcome. {company} can learn here now.", company=joined.name if joined else ""))]
        rows = command_rows(
            (("invite", say_in("button", "Invite the team")), ("team", say_in("button", "The team"))), (MENU,)
        )
        if course and not scene.memory.assigned_courses:
            blocks.append(
                Block(say("We recommend to begin with: {course}", course=Content(course.title, course.language)))
            )
            rows = (row((f"/assign {course.id}", say_in("button", "Take this course"))), *rows)
        blocks.append(Block(say("You see what the team has done, never who. That is a promise to each of them.")))
        scene.say(*blocks, rows=rows)
        return
    scene.say(
        say("Welcome. You are a trainer here now."),
        item("•", say("/newcompany makes a company with its link, code and poster picture.")),
        item("•", say("/summary shows how all your companies are doing. /summary and a name shows one.")),
        item("•", say("/export sends a file of completions.")),
        item("•", say("/next shows you a lesson as workers see it.")),
        rows=command_rows((("newcompany", say_in("button", "New company")), ("summary", say_in("button", "Summary")))),
    )


def show(scene: Scene) -> None:
    """Say which company somebody learns with, and how to join another or leave."""
    membership = scene.memory.membership
    if membership is None:
        scene.ask(
            Asking.CODE,
            say("You learn on your own, with no company. To join one, send the code of its poster."),
            rows=command_rows((MENU,)),
        )
        return
    scene.ask(
        Asking.CODE,
        say("You learn with {company}.", company=membership.company.name),
        say("To join another company, send the code of its poster. Your progress stays with you."),
        rows=(row(("leave", say_in("button", "Leave this company"))), *command_rows((MENU,))),
    )


def ask_leave(scene: Scene) -> None:
    """Ask once before leaving."""
    membership = scene.memory.membership
    if membership is None:
        show(scene)
        return
    scene.put_away()
    scene.ask(
        Asking.LEAVE,
        say(
            "Leave {company}? Your progress stays yours. The company does not learn that you left.",
            company=membership.company.name,
        ),
        rows=(row(("leave_yes", say_in("button", "Leave")), ("leave_no", say_in("button", "Stay"))),),
    )


def take_leave(scene: Scene, choice: str) -> None:
    """Leave, or stay."""
    scene.put_away()
    membership = scene.memory.membership
    scene.expect(Asking.NOTHING)
    if choice == "leave_yes" and membership:
        scene.keep(LeftCompany(scene.person.id, membership.company.id))
        if scene.person.time_zone is None:
            # The hour that was chosen stays on the clock it was chosen on; without a company there would be none.
            scene.keep_person(replace(scene.person, time_zone=membership.company.time_zone))
        scene.say(
            say("You left {company}. You can go on learning on your own.", company=membership.company.name),
            rows=command_rows((MENU,)),
        )
    else:
        scene.say(say("Nothing was changed."), rows=command_rows((MENU,)))


def join_later(scene: Scene, lead: tuple[Block, ...]) -> None:
    """Join with a code after the first minute; `lead` says why it did not work, if it did not."""
    if lead:
        scene.say(*lead, rows=command_rows((MENU,)))
        return
    role = accept_invitation(scene)
    if role in {Role.OWNER, Role.TRAINER, Role.OPERATOR}:
        welcome_role(scene, role)
        return
    joined = joined_company(scene)
    if role is None or joined is None:
        show(scene)
        return
    scene.expect(Asking.NOTHING)
    scene.say(
        say("You learn with {company} now. Your progress came with you.", company=joined.name),
        rows=command_rows((("next", say_in("button", "Go on learning")), MENU)),
    )
