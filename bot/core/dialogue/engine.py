"""The one door: an event comes in, a turn goes out. Pure: the same memory and event give the same turn."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.answer import normalized, read_choice
from bot.core.course import Library
from bot.core.dialogue import company, lesson, menu, onboarding, trainer
from bot.core.dialogue.commands import Command, Order, read_code, read_command
from bot.core.dialogue.routes import FROM_MORE, TYPED, choose, joins, obey, press, resume
from bot.core.dialogue.scene import CONTINUE, MENU, Scene, Turn, command_rows
from bot.core.dialogue.states import Asking, from_json
from bot.core.learner import Memory, Reach
from bot.core.messages import Address, Blocked, Content, Event, Opened, Said, Tapped, Unblocked, item, say


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be loaded for an event."""

    address: Address
    code: str | None


@dataclass(frozen=True, slots=True)
class Wants:
    """What the catalogue must lend for a turn, once the memory is known."""

    language: str | None
    country: str | None
    hint: str | None
    version: str | None
    course_id: str | None


def needs(event: Event) -> Needs:
    """Say what to load."""
    return Needs(event.address, onboarding.named_code(event))


def code_waiting(memory: Memory) -> str | None:
    """Return the invitation that a conversation named earlier and has not used yet."""
    return from_json(memory.conversation.state).code if memory.conversation else None


def wants(event: Event, memory: Memory) -> Wants:
    """Say what to borrow from the catalogue."""
    place = from_json(memory.conversation.state).lesson if memory.conversation else None
    return Wants(
        language=memory.person.language if memory.person else None,
        country=memory.company.country if memory.company else None,
        hint=event.language_hint or memory.address.language_hint,
        version=place.version if place else None,
        course_id=place.course_id if place else None,
    )


def tap_token(key: str, step: int, choice: str) -> str:
    """Return what stands in a button: whose conversation, which step, what was chosen."""
    return f"{key}:{step}:{choice}"


def advance(memory: Memory, event: Event, library: Library, now: datetime) -> Turn:
    """Answer an event."""
    scene = Scene.of(event, memory, library, now)
    content = event.content
    if isinstance(content, Blocked | Unblocked):
        _reach(scene, blocked=isinstance(content, Blocked))
        return _turn_of_nobody(scene) if memory.person is None else scene.turn()
    if scene.address.reach is Reach.UNREACHABLE:
        scene.keep_address(replace(scene.address, reach=Reach.REACHABLE))
    if memory.person is None:
        _stranger(scene)
    elif isinstance(content, Tapped):
        _tapped(scene, content.token)
    elif isinstance(content, Opened):
        _opened(scene, content.payload)
    elif isinstance(content, Said):
        _said(scene, content.text)
    elif not _silenced(scene):
        _not_read(scene)
    return scene.turn()


def _turn_of_nobody(scene: Scene) -> Turn:
    return Turn(scene.person.language, None, None, (), ())


def _reach(scene: Scene, *, blocked: bool) -> None:
    """Note that somebody cannot be reached, or can again. Who stopped stays stopped."""
    if not scene.has_stopped:
        scene.keep_address(replace(scene.address, reach=Reach.UNREACHABLE if blocked else Reach.REACHABLE))


def _stranger(scene: Scene) -> None:
    """Meet somebody new. Even STOP works before anything else has happened."""
    content = scene.event.content
    order = read_command(content.text, scene.library.words) if isinstance(content, Said) else None
    if order and order.command is Command.STOP:
        scene.say(say("You get no more messages from us. Nothing about you is kept."))
        scene.forgotten = True
    else:
        onboarding.welcome(scene)


# --- what was opened, tapped, said ---------------------------------------------------------------------------------


def _opened(scene: Scene, payload: str) -> None:
    """Take a link or a QR picture that was opened again."""
    code = read_code(payload)
    if scene.has_stopped:
        menu.start_again(scene)
    elif not scene.person.consented:
        onboarding.ask_language(scene, *(onboarding.take_code(scene, code) if code else ()))
    elif code and not _is_member_by(scene):
        company.join_later(scene, onboarding.take_code(scene, code))
    elif scene.state.asking is Asking.NOTHING and scene.state.lesson is None:
        menu.show(scene)
    else:
        resume(scene)


def _is_member_by(scene: Scene) -> bool:
    """Say whether the code opened is of the very company and part somebody has already."""
    invitation = scene.memory.invitation
    mine = scene.memory.membership
    return bool(
        invitation
        and mine
        and invitation.company
        and invitation.company.id == mine.company.id
        and invitation.role is mine.role
    )


def _tapped(scene: Scene, token: str) -> None:
    """Take a tap, if it is on what is open. A command's button works at any time; the one just answered is silent."""
    key, _, rest = token.partition(":")
    step, _, choice = rest.partition(":")
    conversation = scene.memory.conversation
    if conversation is None or key != conversation.key or not step.isdecimal() or not choice:
        _stale(scene)
    elif choice.startswith("/"):
        if not _silenced(scene) or choice == "/start":
            press(scene, choice)
    elif _silenced(scene):
        return
    elif step == str(scene.step) and _maychoose(scene, choice):
        choose(scene, choice)
    elif step != str(scene.step - 1):
        _stale(scene)


def _maychoose(scene: Scene, choice: str) -> bool:
    """Say whether the choice was among those shown, or is one that *More* shows."""
    offered = {found for found, _ in scene.memory.conversation.offered} if scene.memory.conversation else set()
    return choice in offered or (choice in FROM_MORE and scene.state.lesson is not None)


def _stale(scene: Scene) -> None:
    scene.say(say("This question is no longer open. Nothing was changed."), rows=command_rows((CONTINUE,)))


def _said(scene: Scene, text: str) -> None:
    """Take typed words: an answer first, then a command, since labels and commands may sound alike. STOP beats all."""
    names_something = scene.state.asking is Asking.COMPANY_NAME and not scene.has_stopped
    order = read_command(text, scene.library.words, slash_only=names_something)
    if order and order.command is Command.STOP:
        menu.stop(scene)
    elif order and order.command is Command.START and scene.has_stopped:
        menu.start_again(scene)
    elif _silenced(scene, order):
        return
    elif names_something and order is None and not text.lstrip().startswith("/"):
        trainer.take_name(scene, text)
    elif (order is None or not text.lstrip().startswith("/")) and _answered(scene, text):
        return
    elif order:
        obey(scene, order)
    else:
        _not_read(scene)


def _silenced(scene: Scene, order: Order | None = None) -> bool:
    """After STOP only a few words are obeyed; all else gets one line a day."""
    allowed = {Command.START, Command.FORGET, Command.MYDATA, Command.HELP}
    if not scene.has_stopped or (order and order.command in allowed) or scene.state.asking is Asking.FORGET:
        return False
    menu.remind_of_stop(scene)
    return True


def _answered(scene: Scene, text: str) -> bool:
    """Take words as the answer to what is open; return whether they were one."""
    asking = scene.state.asking
    if asking is Asking.QUESTION and lesson.answer(scene, text):
        return True
    choice = _label(scene, text)
    if choice:
        if choice.startswith("/"):
            press(scene, choice)
        else:
            choose(scene, choice)
        return True
    typed = TYPED.get(asking)
    if typed:
        return typed(scene, text)
    return joins(scene, text)


def _label(scene: Scene, text: str) -> str | None:
    """Return the choice whose label or number was typed; `0` is *More*."""
    conversation = scene.memory.conversation
    offered = conversation.offered if conversation else ()
    if normalized(text) == "0" and any(choice == "more" for choice, _ in offered):
        return "more"
    labels = [label for _, label in offered]
    place = read_choice(text, labels)
    if place is None:
        exact = [number for number, label in enumerate(labels) if normalized(label) == normalized(text) != ""]
        place = exact[0] if exact else None
    return offered[place][0] if place is not None else None


def _not_read(scene: Scene) -> None:
    """Say kindly that this could not be read, and what would be."""
    asking = scene.state.asking
    if asking in {Asking.NOTHING, Asking.CODE}:
        scene.say(
            say("I am an automatic teacher. I do not read or keep messages. For help, send HELP."),
            rows=command_rows((MENU,)),
        )
    elif asking is Asking.QUESTION:
        lesson.hint(scene)
    else:
        _show_what_is_read(scene)


def _show_what_is_read(scene: Scene) -> None:
    """Say what would be understood: the numbers of the choices that are open, with their words."""
    offered = scene.memory.conversation.offered if scene.memory.conversation else ()
    choices = [item(str(number), Content(label, scene.person.language)) for number, (_, label) in enumerate(offered, 1)]
    if choices:
        scene.say(say("I could not read this answer. Send a number, or tap a button:"), *choices)
    else:
        scene.say(say("I could not read this answer. To see what I can do, send MENU."))
