"""How somebody answers what stands on their phone: by the buttons that are offered, whatever they are about.

Nothing here knows the dialogue. A new kind of question is answered among its buttons like any other; only the right
answers to the questions of lessons are looked up, by what the person reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from random import Random

from bot.core.answer import normalized
from bot.core.course import QuestionCard
from bot.core.events import InboundContent, Said, Tapped
from bot.core.messages import Button
from bot.core.question import Question, Verdict
from bot.core.rich_text import parse, plain
from bot.ports import Catalogue
from bot.service.simulation.phones import Asked, Phone

# What is shown beside an answer, and what nobody does by chance. Somebody who means it has it among the wishes.
BESIDE = frozenset({"more", "back", "what", "here", "unclear", "sources", "report", "unsure"})
_NEVER_BY_CHANCE = frozenset({"refuse", "erase", "leave", "leave_yes", "none", "all", "english"})
_SEVERAL = "done"
_NAMELESS_NUMBER = "70"


@dataclass(slots=True)
class Manner:
    """How one person answers. `wishes` are choices they mean to make as soon as these are offered.

    `clock` is what their own clock shows now, `types` what they were asked to type: an hour, or the time it is.
    """

    dice: Random
    language: str = "en"
    hour: time = time(10)
    right: float = 0.75
    strays: float = 0.0
    clock: time = time(8)
    is_at_home: bool = True
    works_nights: bool = False
    wishes: set[str] = field(default_factory=set)
    types: str = ""
    ticked: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody does, and which choice they mean by it; `hour` and `clock` are typed times."""

    content: InboundContent
    choice: str = ""


class Answering:
    """Answers what is asked."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._questions: dict[str, list[Question]] = {}
        for question in _questions(catalogue):
            self._questions.setdefault(_read(question.prompt(()).heading), []).append(question)

    def answer(self, phone: Phone, who: Manner) -> Answer | None:
        """Return what the person does about the newest bubble, or None where nothing is asked."""
        if who.types:
            kind, who.types = who.types, ""
            return Answer(Said(f"{who.hour if kind == 'hour' else who.clock:%H:%M}"), kind)
        asked = phone.asked
        answers = asked.answers() if asked else {}
        if asked is None or not answers:
            return None
        question = self._question(asked)
        if not answers.keys() - BESIDE - _NEVER_BY_CHANCE and not who.wishes & answers.keys():
            # Nothing but what stands beside an answer: it is typed, or there is none to give.
            number = _right_number(question) if question else _NAMELESS_NUMBER
            return None if asked.commands() and not question else Answer(Said(number))
        choice = self._choice(asked, answers, question, who)
        _note(choice, who)
        button = answers[choice]
        # Some type what stands on the button, and some the number.
        is_typed = who.dice.random() < who.strays and not choice.startswith(("zone ", "o", _SEVERAL))
        return Answer(Said(button.label) if is_typed else Tapped(button.token, asked.message_id), choice)

    def _choice(self, asked: Asked, answers: dict[str, Button], question: Question | None, who: Manner) -> str:
        wished = sorted(who.wishes & answers.keys())
        if wished:
            who.wishes.discard(wished[0])
            return wished[0]
        known = _known(answers, who)
        if known:
            return known
        if question and "o1" in answers:
            return _option(asked, answers, question, who)
        beside = sorted(answers.keys() & BESIDE - {"here"})
        if beside and who.dice.random() < who.strays:
            return who.dice.choice(beside)
        usual = [choice for choice in answers if choice not in BESIDE | _NEVER_BY_CHANCE]
        # What stands first is chosen most.
        return usual[0] if who.dice.random() < who.right else who.dice.choice(usual)

    def _question(self, asked: Asked) -> Question | None:
        """Return the question that is read in a bubble."""
        for line in asked.text.splitlines():
            for question in self._questions.get(_read(line), ()):
                if all(_line_of(asked.text, option) for option in question.prompt(range(question.size())).options):
                    return question
        return None


def _known(answers: dict[str, Button], who: Manner) -> str | None:
    """Return the choice of who knows what they want: language, hour, nights, the time it is."""
    nights, zone = ("nights_yes", "zone_yes") if who.works_nights else ("nights_no", "zone_yes")
    wanted = (f"speak_{who.language}", f"at_{who.hour:%H%M}", "other", nights, zone if who.is_at_home else "zone_no")
    found = next((choice for choice in wanted if choice in answers), None)
    if found is None and any(choice.startswith("speak_") for choice in answers) and "all" in answers:
        return "all"
    if found is None:
        shows = f"{who.clock:%H:%M}"
        found = next((name for name, button in answers.items() if name[:5] == "zone " and shows in button.label), None)
    return found


def _note(choice: str, who: Manner) -> None:
    """Remember what is asked next: these buttons lead to something that is typed."""
    if choice in {"other", "nights_no"}:
        who.types = "hour"
    elif choice == "zone_no":
        who.types = "clock"


# --- questions of lessons -----------------------------------------------------------------------------------------


def _option(asked: Asked, answers: dict[str, Button], question: Question, who: Manner) -> str:
    """Return the button of a right option, or now and then of another; then *Done*, where several are ticked."""
    order = range(question.size())
    options = question.prompt(order).options
    right = [option for option in options if question.grade(option, order).verdict in {Verdict.RIGHT, Verdict.PARTLY}]
    if _SEVERAL in answers and who.ticked:
        who.ticked = set()
        return _SEVERAL
    knows = right and who.dice.random() < who.right
    line = _line_of(asked.text, who.dice.choice(right if knows else list(options)))
    chosen = f"o{line}" if f"o{line}" in answers else "o1"
    if _SEVERAL in answers:
        who.ticked = {chosen}
    return chosen


def _line_of(text: str, option: str) -> int:
    """Return the number an option is shown under, or 0."""
    said = _read(option)
    for line in text.splitlines():
        number, _, rest = _read(line).partition(" ")
        if rest == said and number.isdecimal():
            return int(number)
    return 0


def _right_number(question: Question) -> str:
    """Return an answer that is typed; one that is wrong explains itself as well."""
    tried = (str(number) for number in (*range(101), *range(110, 1001, 10)))
    return next((said for said in tried if question.grade(said, ()).verdict is Verdict.RIGHT), _NAMELESS_NUMBER)


# The same lines are read by everybody.
@lru_cache(maxsize=10_000)
def _read(text: str) -> str:
    return normalized(plain(parse(text)))


def _questions(catalogue: Catalogue) -> Iterator[Question]:
    for language in catalogue.languages():
        for course in catalogue.courses(language.code):
            for lesson in course.lessons:
                yield from (card.question for card in lesson.cards if isinstance(card, QuestionCard))
