"""Which handler takes what: the tables of the dialogue. The engine looks things up here and decides nothing twice."""

from collections.abc import Callable

from bot.core.dialogue import (
    afterwards,
    assigning,
    company,
    gain,
    gain_switch,
    hiding,
    hour,
    lesson,
    letters,
    menu,
    more,
    nudging,
    offering,
    onboarding,
    owner,
    review_session,
    rhythm,
    trainer,
)
from bot.core.dialogue import help as help_card
from bot.core.dialogue.commands import Command, Order, read_code
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking

_BEFORE_THE_CHOICE = frozenset({Command.HELP, Command.MYDATA, Command.FORGET, Command.LANGUAGE, Command.HIDE})


def press(scene: Scene, choice: str) -> None:
    """Take a button that works at any time: a command, with what follows it."""
    name, _, argument = choice[1:].partition(" ")
    if name in _BY_BUTTON:
        _BY_BUTTON[name](scene, argument)
    elif name in set(Command):
        obey(scene, Order(Command(name), argument))


def joins(scene: Scene, text: str) -> bool:
    """Join with a code that was typed; one that is not known is told and counted."""
    code = read_code(text)
    is_known = scene.memory.invitation is not None
    if code is None or not (is_known or scene.state.asking is Asking.CODE or _looks_like_a_code(text)):
        return False
    lead = onboarding.take_code(scene, code)
    if not scene.person.consented:
        onboarding.ask_language(scene, *lead)
    else:
        company.join_later(scene, lead)
    return True


def _looks_like_a_code(text: str) -> bool:
    """Say whether this is no word: it has a letter and a digit. Ten letters may be a word, ten digits a number."""
    return any(sign.isalpha() for sign in text) and any(sign.isdigit() for sign in text)


def obey(scene: Scene, order: Order) -> None:
    """Do what a command asks. Before the free choice of the notice only a few are obeyed."""
    command = order.command
    if not scene.person.consented and command not in _BEFORE_THE_CHOICE:
        resume(scene)
    elif command in menu.SIMPLE:
        menu.SIMPLE[command](scene)
    else:
        _WITH_ARGUMENT[command](scene, order.argument)


def _language(scene: Scene, argument: str) -> None:
    code = onboarding.read_language(scene, argument) if argument else None
    if code:
        onboarding.speak(scene, code)
    else:
        onboarding.ask_language(scene, everything=True)


def _hour(scene: Scene, argument: str) -> None:
    if argument and hour.take_typed_hour(scene, argument):
        return
    if argument:
        hour.hint_hour(scene)
    hour.ask_hour(scene)


def _company(scene: Scene, argument: str) -> None:
    code = read_code(argument)
    if code:
        company.join_later(scene, onboarding.take_code(scene, code))
    else:
        company.show(scene)


def _show_place(scene: Scene) -> None:
    """Take "Go on learning": the card it leads back to may not have been on the screen for weeks."""
    if scene.person.consented:
        menu.show_place(scene)
    else:
        resume(scene)


def _one_question(scene: Scene) -> None:
    if scene.person.consented and scene.state.asking is not Asking.SENSITIVE:
        review_session.one_question(scene)
    else:
        resume(scene)


def resume(scene: Scene, _argument: str = "") -> None:
    """Go back to what is open: the card, or the question of a setting."""
    asking = scene.state.asking
    if asking in _ASK_AGAIN:
        _ASK_AGAIN[asking](scene)
    elif not scene.person.consented:
        onboarding.ask_language(scene)
    elif scene.state.lesson:
        lesson.show_again(scene)
    else:
        menu.show(scene)


def _take_forget(scene: Scene, choice: str) -> None:
    if choice == "erase":
        menu.erase_all(scene)
    elif menu.keep_all(scene):
        resume(scene)


def _begin_sensitive(scene: Scene, choice: str) -> None:
    if choice == "begin":
        scene.put_away()
        lesson.begin_sensitive(scene)
    else:
        hiding.not_now(scene)


def _at_card(scene: Scene, choice: str) -> None:
    if choice == "forward":
        lesson.forward(scene)
    elif choice == "back":
        lesson.back(scene)


_MORE: dict[str, Callable[[Scene], None]] = {
    "more": more.show,
    "unclear": more.explain,
    "sources": more.sources,
    "english": more.in_english,
    "report": more.report,
}
FROM_MORE = frozenset({*_MORE, "unsure"})
_CHOSEN: dict[Asking, Callable[[Scene, str], None]] = {
    Asking.LANGUAGE: onboarding.take_language,
    Asking.NOTICE: onboarding.take_notice,
    Asking.CARD: _at_card,
    Asking.FEEDBACK: _at_card,
    Asking.QUESTION: lesson.tapped,
    Asking.FOLLOW_UP: review_session.take_follow_up,
    Asking.REVIEW: review_session.tapped,
    Asking.REVIEWED: review_session.forward,
    Asking.ACTION: lesson.act,
    Asking.SENSITIVE: _begin_sensitive,
    Asking.USEFUL: afterwards.rate,
    Asking.HOUR: hour.choose_hour,
    Asking.NIGHTS: hour.take_nights,
    Asking.ZONE: hour.take_zone,
    Asking.ZONE_TYPED: hour.take_zone,
    Asking.DAYS: rhythm.take_days,
    Asking.FORGET: _take_forget,
    Asking.LEAVE: company.take_leave,
    Asking.TEAM_COURSE: assigning.take_course,
    Asking.DUE_DATE: assigning.take_date,
    Asking.DUE_DATE_MEANT: assigning.take_meant,
    Asking.GAIN: gain.take,
    Asking.GAIN_QUESTION: gain.tapped,
    Asking.COMPANY_COUNTRY: trainer.choose_country,
    Asking.COMPANY_ZONE: trainer.take_zone,
    Asking.COMPANY_SIZE: trainer.take_size,
    Asking.COMPANY_LANGUAGES: trainer.take_languages,
}


def choose(scene: Scene, choice: str) -> None:
    """Take a choice that was offered for what is open."""
    if choice in _MORE:
        _MORE[choice](scene)
    elif choice == "leave":
        company.ask_leave(scene)
    elif scene.state.asking in _CHOSEN:
        _CHOSEN[scene.state.asking](scene, choice)


def _typed_language(scene: Scene, text: str) -> bool:
    code = onboarding.read_language(scene, text)
    if code:
        onboarding.speak(scene, code)
    return code is not None or joins(scene, text)


# A question's own answer comes before everything but STOP: a number means its option.
ANSWERED: dict[Asking, Callable[[Scene, str], bool]] = {
    Asking.QUESTION: lesson.answer,
    Asking.REVIEW: review_session.answer,
    Asking.GAIN_QUESTION: gain.answer,
}
# Who can read what is typed at a question, and what is said if nobody could.
TYPED: dict[Asking, Callable[[Scene, str], bool]] = {
    Asking.LANGUAGE: _typed_language,
    Asking.HOUR: hour.take_typed_hour,
    Asking.HOUR_TYPED: hour.take_typed_hour,
    Asking.ZONE_TYPED: hour.take_typed_zone,
    Asking.DAYS: rhythm.take_typed_days,
    Asking.DUE_DATE: assigning.take_typed_date,
    Asking.DUE_DATE_MEANT: assigning.take_typed_date,
    Asking.COMPANY_COUNTRY: trainer.take_country,
}
HINTS: dict[Asking, Callable[[Scene], None]] = {
    Asking.QUESTION: lesson.hint,
    Asking.REVIEW: review_session.hint,
    Asking.GAIN_QUESTION: gain.hint,
    Asking.HOUR: hour.hint_hour,
    Asking.HOUR_TYPED: hour.hint_hour,
    Asking.ZONE_TYPED: hour.hint_zone,
    Asking.DAYS: rhythm.hint_days,
    Asking.DUE_DATE: assigning.hint_date,
    Asking.DUE_DATE_MEANT: assigning.hint_date,
    Asking.COMPANY_COUNTRY: trainer.hint_country,
}
_ASK_AGAIN: dict[Asking, Callable[[Scene], None]] = {
    Asking.LANGUAGE: onboarding.ask_language,
    Asking.NOTICE: onboarding.ask_consent,
    Asking.SENSITIVE: lesson.ask_whether_now,
    Asking.FOLLOW_UP: review_session.show_again,
    Asking.REVIEW: review_session.show_again,
    Asking.REVIEWED: review_session.show_again,
    Asking.USEFUL: afterwards.ask_useful,
    Asking.HOUR: hour.ask_hour,
    Asking.HOUR_TYPED: hour.ask_typed_hour,
    Asking.NIGHTS: hour.ask_nights,
    Asking.ZONE: hour.ask_zone,
    Asking.ZONE_TYPED: hour.ask_typed_zone,
    Asking.DAYS: rhythm.ask_days,
    Asking.FORGET: menu.ask_forget,
    Asking.LEAVE: company.ask_leave,
    Asking.GAIN: gain.ask,
    Asking.GAIN_QUESTION: gain.ask_question,
    Asking.CODE: company.show,
    Asking.TEAM_COURSE: assigning.choose,
    Asking.DUE_DATE: assigning.ask_date_again,
    Asking.DUE_DATE_MEANT: assigning.ask_whether_meant,
    Asking.COMPANY_NAME: trainer.new_company,
    Asking.COMPANY_COUNTRY: trainer.ask_country,
    Asking.COMPANY_ZONE: trainer.ask_zone,
    Asking.COMPANY_SIZE: trainer.ask_size,
    Asking.COMPANY_LANGUAGES: trainer.ask_languages,
}
_BY_BUTTON: dict[str, Callable[[Scene, str], None]] = {
    "next": lambda scene, _: _show_place(scene),
    "one": lambda scene, _: _one_question(scene),
    "resume": resume,
    "unpause": rhythm.unpause,
    "later": lambda scene, _: offering.later(scene),
    "course": menu.open_course,
    "lesson": menu.open_lesson,
    "assign": assigning.assign,
    "due": assigning.ask_date,
}
_WITH_ARGUMENT: dict[Command, Callable[[Scene, str], None]] = {
    Command.LANGUAGE: _language,
    Command.HOUR: _hour,
    Command.DAYS: rhythm.days,
    Command.SNOOZE: rhythm.snooze,
    Command.FEWER: rhythm.fewer,
    Command.PAUSE: rhythm.pause,
    Command.RESUME: rhythm.unpause,
    Command.COMPANY: _company,
    Command.HELP: lambda scene, _: help_card.show_help(scene),
    Command.TEAM: lambda scene, _: owner.team(scene),
    Command.INVITE: lambda scene, _: owner.invite(scene),
    Command.ASSIGN: assigning.choose,
    Command.THANK: nudging.thank,
    Command.NUDGE: nudging.nudge,
    Command.DIGEST: lambda scene, _: letters.digest(scene),
    Command.MUTE: lambda scene, _: letters.mute(scene),
    Command.NONUDGES: nudging.refuse,
    Command.SUMMARY: trainer.summary,
    Command.EXPORT: lambda scene, _: trainer.export(scene),
    Command.GAIN: gain_switch.switch,
    Command.NEWCOMPANY: lambda scene, _: trainer.new_company(scene),
}
