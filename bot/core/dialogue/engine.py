"""The one door: an event comes in, a turn goes out. Pure: the same memory and event give the same turn."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.answer import normalized, read_choice
from bot.core.course import Library
from bot.core.dialogue import company, menu, onboarding, operator, reminding, trainer
from bot.core.dialogue.commands import Command, Order, read_code, read_command
from bot.core.dialogue.routes import ANSWERS, FROM_MORE, HINTS, TYPED, choose, joins, obey, press, resume
from bot.core.dialogue.scene import CONTINUE, MENU, Scene, Turn, command_rows
from bot.core.dialogue.states import Asking, from_json
from bot.core.events import BEGUN_BY_US, Alerted, Blocked, Due, Event, Opened, Said, Tapped, Unblocked, Unreadable
from bot.core.learner import Memory, Reach
from bot.core.messages import Address, Content, item, say

_AFTER_STOP = frozenset({Command.FORGET, Command.MYDATA, Command.HELP})


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
    if isinstance(content, Blocked | Unblocked | Alerted | Due):
        if memory.person is None:
            return _turn_of_nobody(scene)
        _noted(scene, content)
    else:
        _heard(scene, content)
    if not isinstance(content, BEGUN_BY_US):
        reminding.settle(scene)
    return scene.turn()


def _heard(scene: Scene, content: Said | Tapped | Opened | Unreadable) -> None:
    """Answer what somebody did."""
    if scene.address.reach is Reach.UNREACHABLE:
        scene.keep_address(replace(scene.address, reach=Reach.REACHABLE))
    if scene.memory.person is None:
        _stranger(scene)
    elif isinstance(content, Tapped):
        _tapped(scene, content.token)
    elif isinstance(content, Opened):
        _opened(scene, content.payload)
    elif isinstance(content, Said):
        _said(scene, content.text)
    elif scene.has_stopped:
        menu.remind_of_stop(scene)
    else:
        _not_read(scene)


def _turn_of_nobody(scene: Scene) -> Turn:
    return Turn(scene.person.language, None, None, (), ())


def _noted(scene: Scene, content: Blocked | Unblocked | Alerted | Due) -> None:
    """Take what nobody said: that somebody can or cannot be reached, or what the bot itself begins."""
    if isinstance(content, Alerted):
        operator.alert(scene, content)
    elif isinstance(content, Due):
        reminding.due(scene, content)
    elif not scene.has_stopped:
        # Who stopped stays stopped.
        reach = Reach.UNREACHABLE if isinstance(content, Blocked) else Reach.REACHABLE
        scene.keep_address(replace(scene.address, reach=reach))


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
    is_ours = conversation is not None and key == conversation.key and step.isdecimal() and choice != ""
    if scene.has_stopped:
        is_open = is_ours and step == str(scene.step)
        _after_stop(scene, _order_of(choice) if is_ours else None, choice if is_open else None)
    elif not is_ours:
        _stale(scene)
    elif choice.startswith("/"):
        press(scene, choice)
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
    is_command = text.lstrip().startswith("/")
    order = read_command(text, scene.library.words, slash_only=names_something)
    if order and order.command is Command.STOP:
        menu.stop(scene)
    elif scene.has_stopped:
        _after_stop(scene, order, _label(scene, text))
    elif names_something and order is None and not is_command:
        trainer.take_name(scene, text)
    elif (order is None or not is_command) and _answered(scene, text):
        return
    elif order:
        obey(scene, order)
    else:
        _not_read(scene)


def _order_of(choice: str) -> Order | None:
    """Return the command that a button is."""
    name = choice.removeprefix("/")
    return Order(Command(name)) if choice.startswith("/") and name in set(Command) else None


def _after_stop(scene: Scene, order: Order | None, choice: str | None) -> None:
    """After STOP only a few words are obeyed, and the answer to FORGET; all else gets one line a day."""
    if order and order.command is Command.START:
        menu.start_again(scene)
    elif order and order.command in _AFTER_STOP:
        obey(scene, order)
    elif scene.state.asking is Asking.FORGET and choice in {"erase", "keep"}:
        choose(scene, choice)
    else:
        menu.remind_of_stop(scene)


def _answered(scene: Scene, text: str) -> bool:
    """Take words as the answer to what is open; return whether they were one."""
    asking = scene.state.asking
    answer = ANSWERS.get(asking)
    if answer and answer(scene, text):
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
    offered = _offered(scene)
    if normalized(text) == "0" and any(choice == "more" for choice, _ in offered):
        return "more"
    labels = [label for _, label in offered]
    place = read_choice(text, labels)
    if place is None:
        exact = [number for number, label in enumerate(labels) if normalized(label) == normalized(text) != ""]
        place = exact[0] if exact else None
    return offered[place][0] if place is not None else None


def _offered(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen. While a question is open its numbers hold, whatever else is shown meanwhile.

    At a card there is nothing to answer: what was shown last comes first. The page's number is no choice.
    """
    shown = scene.memory.conversation.offered if scene.memory.conversation else ()
    offered = tuple(pair for pair in shown if pair[0] != "here")
    if scene.state.asking in {Asking.CARD, Asking.FEEDBACK}:
        return offered
    return tuple(sorted(offered, key=lambda pair: pair[0].startswith("/") or pair[0] in FROM_MORE))


def _not_read(scene: Scene) -> None:
    """Say kindly that this could not be read, and what would be."""
    asking = scene.state.asking
    if asking in {Asking.NOTHING, Asking.CODE}:
        scene.say(
            say("I am an automatic teacher. I do not read or keep messages. For help, send HELP."),
            rows=command_rows((MENU,)),
        )
    elif asking in HINTS:
        HINTS[asking](scene)
    else:
        _show_what_is_read(scene)


def _show_what_is_read(scene: Scene) -> None:
    """Say what would be understood: the numbers of the choices that are open, with their words."""
    labels = [label for _, label in _offered(scene)]
    choices = [item(str(number), Content(label, scene.person.language)) for number, label in enumerate(labels, 1)]
    if choices:
        scene.say(say("I could not read this answer. Send a number, or tap a button:"), *choices)
    else:
        scene.say(say("I could not read this answer. To see what I can do, send MENU."))
