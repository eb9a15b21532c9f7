"""The first minute: a language, a notice, a free choice. Two taps from the link to the first card."""

from dataclasses import replace
from datetime import timedelta

from bot.core.answer import normalized
from bot.core.dialogue import company, lesson
from bot.core.dialogue.commands import Command, read_code, read_command
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking
from bot.core.events import MessageReceived, Opened, Said
from bot.core.facts import Consented, PersonForgotten
from bot.core.learner import KnownAddress, Role
from bot.core.messages import Block, Content, Option, heading, item, row, say, say_count, say_in

NOTICE_WORDING = "2026-11"
BUTTONS_AT_FIRST = 3
CODES_AN_HOUR = 5
_HOUR = timedelta(hours=1)


def named_code(event: MessageReceived) -> str | None:
    """Return the invitation code that an event may name."""
    content = event.content
    if isinstance(content, Opened):
        return read_code(content.payload)
    if isinstance(content, Said):
        text = content.text.strip()
        command = read_command(text, {"company": Command.COMPANY, "start": Command.START})
        return read_code(command.argument if command else text)
    return None


def welcome(scene: Scene) -> None:
    """Begin with somebody who has not chosen a language yet."""
    scene.keep_person(scene.person)
    scene.keep_address(scene.address)
    code = named_code(scene.event)
    if code:
        lead = take_code(scene, code)
        ask_language(scene, *lead)
    else:
        ask_language(scene)


def take_code(scene: Scene, code: str) -> tuple[Block, ...]:
    """Remember a code that is open, or say kindly that it is not known. Five wrong ones an hour make one wait."""
    invitation = scene.memory.invitation
    recent = tuple(at for at in scene.address.wrong_codes if scene.now - at < _HOUR)
    if len(recent) >= CODES_AN_HOUR:
        return (Block(say("Too many codes were tried here. Please try again in an hour.")),)
    if invitation is not None and invitation.is_open(scene.now):
        scene.state = replace(scene.state, code=code)
        return ()
    scene.keep_address(replace(scene.address, wrong_codes=(*recent, scene.now)))
    if invitation is not None:
        return (Block(say("This link was used already, or its days are over. Ask for a new one.")),)
    return (Block(say("I do not know this code. Please look at the poster again.")),)


# --- language -----------------------------------------------------------------------------------------------------


def ask_language(scene: Scene, *lead: Block, everything: bool = False) -> None:
    """Ask for the language, each line and button in its own one."""
    first = [code for code in scene.library.suggested if any(known.code == code for known in scene.library.languages)]
    others = [known.code for known in scene.library.languages if known.code not in first]
    offered = [*first, *others] if everything else [*first, *others][:BUTTONS_AT_FIRST]
    names = {known.code: known.name for known in scene.library.languages}
    questions = [replace(say("Choose your language."), language=code) for code in offered[:BUTTONS_AT_FIRST]]
    rows: list[tuple[Option, ...]] = [(Option(f"speak_{code}", Content(names[code], code)),) for code in offered]
    if len(offered) < len(names):
        rows.append(row(("all", say_in("languages", "More"))))
    scene.ask(Asking.LANGUAGE, *lead, *(item("", question) for question in questions), rows=tuple(rows))


def take_language(scene: Scene, choice: str) -> None:
    """Keep the language and go on to where the question came from."""
    if choice == "all":
        scene.put_away()
        ask_language(scene, everything=True)
        return
    speak(scene, choice.removeprefix("speak_"))


def read_language(scene: Scene, text: str) -> str | None:
    """Return the code of the language that a text names, by code or by its own name."""
    said = normalized(text)
    return next(
        (known.code for known in scene.library.languages if said in {normalized(known.code), normalized(known.name)}),
        None,
    )


def speak(scene: Scene, code: str) -> None:
    """Speak a language from now on."""
    scene.put_away()
    scene.keep_person(replace(scene.person, language=code))
    if not scene.person.consented:
        ask_consent(scene)
        return
    name = next((known.name for known in scene.library.languages if known.code == code), code)
    if scene.state.asking is Asking.LANGUAGE:
        scene.state = scene.state.back()
    scene.say(
        say("I speak {language} with you now.", language=Content(name, code)),
        rows=(row(("/resume", say_in("button", "Continue"))),),
    )


# --- notice -------------------------------------------------------------------------------------------------------


def ask_consent(scene: Scene) -> None:
    """Say who runs this, what is kept and what the boss sees; then it is a free choice."""
    rows = (
        row(("agree", say_in("button", "Start"))),
        row(("what", say_in("button", "What do you keep?"))),
        row(("refuse", say_in("button", "No thanks"))),
    )
    scene.ask(Asking.NOTICE, _notice(scene), rows=rows)


def _notice(scene: Scene) -> Block:
    if scene.library.run_by_employer:
        return Block(
            say(
                "Your employer runs these lessons with {provider}. We keep your language, your hour and the lessons "
                "you finish, not your answers and not your name. Your boss sees what the team has done, never who, "
                "unless you sign the list yourself. For people of 18 and over. To stop, write STOP.",
                provider=scene.library.provider,
            )
        )
    return Block(
        say(
            "{provider} runs these lessons, not your company. We keep your language, your hour, your answers and the "
            "lessons you finish, not your name. Your boss sees what the team has done, never who, unless you sign the "
            "list yourself. Wrong answers are yours alone. For people of 18 and over. To stop, write STOP.",
            provider=scene.library.provider,
        )
    )


def take_notice(scene: Scene, choice: str) -> None:
    """Take the free choice."""
    if choice == "what":
        scene.put_away()
        _tell_what_is_kept(scene)
    elif choice == "refuse":
        scene.put_away()
        scene.say(say("That is fine. I do not write to you again. If you want to begin later, scan the poster again."))
        scene.keep(PersonForgotten(scene.person.id))
        scene.forgotten = True
    else:
        scene.put_away()
        _agreed(scene)


def _tell_what_is_kept(scene: Scene) -> None:
    rows = (row(("agree", say_in("button", "Start"))), row(("refuse", say_in("button", "No thanks"))))
    scene.ask(
        Asking.NOTICE,
        heading(say("What we keep")),
        item("•", say("Your language, your hour and your company, if a code brought you here.")),
        item("•", say("The lessons you finish, and your answers, so that hard questions can come back.")),
        item("•", say("Your chat address, so that I can answer. It stands in one place only.")),
        heading(say("What we do not keep")),
        item("•", say("Your name, your number in any list, your photo, or what you write in your own words.")),
        say("You can read all of it with /mydata and erase it with /forget."),
        say("This app sees that we write to each other, and when. Do not send secrets here."),
        rows=rows,
    )


def _agreed(scene: Scene) -> None:
    scene.keep_person(replace(scene.person, consented=True))
    scene.keep(Consented(scene.person.id, NOTICE_WORDING))
    role = company.accept_invitation(scene)
    if role in {Role.OWNER, Role.TRAINER, Role.OPERATOR}:
        company.welcome_role(scene, role)
        return
    first_lesson(scene)


def first_lesson(scene: Scene) -> None:
    """Open the first lesson, with the welcome as a line above its first card."""
    course = scene.active_course()
    opened = scene.next_lesson(course) if course else None
    if course is None or opened is None:
        scene.expect(Asking.NOTHING)
        scene.say(say("There is no lesson here yet. Please come back later."))
        return
    hello = [Block(say("Hello. This is Teabreak: short lessons for your work, about four minutes each."))]
    joined = company.joined_company(scene)
    if joined:
        hello.append(Block(say("{company} invites you. Nobody has to take part.", company=joined.name)))
    about = say_count(
        "This is your first lesson: {lesson}. A short story, {n} question, one small action. "
        "You can stop after any card and go on later.",
        "This is your first lesson: {lesson}. A short story, {n} questions, one small action. "
        "You can stop after any card and go on later.",
        n=opened.questions(),
        lesson=Content(opened.title, opened.language),
    )
    lesson.begin(scene, course, opened, *hello, Block(about))


def reset_address(address: KnownAddress) -> KnownAddress:
    """Return an address as it is for somebody new."""
    return KnownAddress(address.address, language_hint=address.language_hint)
