"""`report messages`: how many bubbles a lesson takes on a channel, from its first card to done. Needs no database."""

import json as json_format
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from rich.console import Console
from rich.table import Table

from bot.bootstrap import open_catalogue
from bot.catalogue.files import Files
from bot.clock import SystemClock
from bot.core.course import ActionCard, Course, Lesson, QuestionCard
from bot.core.dialogue import engine
from bot.core.dialogue.states import Asking, LessonPlace, State, from_json, to_json
from bot.core.errors import SettingsProblem
from bot.core.events import InboundContent, MessageReceived, Said
from bot.core.learner import Conversation, Enrollment, KnownAddress, Memory, Person
from bot.core.messages import Address, Features, Reply, compose
from bot.core.question import Verdict
from bot.core.rich_text import plain
from bot.settings import read_settings

# What a channel can do, without making one: a report needs no token.
CHANNELS = {
    "telegram": Features(buttons=100, editing=True),
    "webphone": Features(buttons=12, editing=True),
    "bundled": Features(buttons=3, bundle=True, costs=True),
}
_MOST_STEPS = 40
_HERE = Address("report", "1")


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson in one language: new bubbles of the bot, and their characters."""

    course: str
    lesson: str
    language: str
    messages: int
    characters: int


def messages(*, channel: str = "telegram", json: bool = False) -> int:
    """Count the bot's messages from first card to done, per lesson and language.

    Parameters
    ----------
    channel
        telegram, webphone, or bundled (where every message costs).
    json
        Print JSON.
    """
    if channel not in CHANNELS:
        raise SettingsProblem(f"There is no channel {channel}.", f"Choose one of {', '.join(CHANNELS)}.")
    catalogue = open_catalogue(read_settings(dict(os.environ)), SystemClock())
    rows = [
        row
        for language in catalogue.languages()
        for course in catalogue.courses(language.code)
        for row in _course_rows(catalogue, course, language.code, CHANNELS[channel])
    ]
    if json:
        sys.stdout.write(json_format.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n")
        return 0
    table = Table("course", "lesson", "language", "messages", "characters")
    for row in rows:
        table.add_row(row.course, row.lesson, row.language, str(row.messages), str(row.characters))
    Console().print(table)
    return 0


def _course_rows(catalogue: Files, course: Course, language: str, features: Features) -> Iterator[Row]:
    for lesson in course.ordinary():
        if lesson.language == language:
            found = _play(catalogue, course, lesson, features)
            yield Row(course.id, lesson.id, language, len(found), sum(found))


def _play(catalogue: Files, course: Course, lesson: Lesson, features: Features) -> list[int]:
    """Take a lesson from its first card to done, answering right, and return the length of each new bubble."""
    clock = SystemClock()
    library = catalogue.library(lesson.language, country=None, hint=None)
    person = Person("report", lesson.language, consented=True, wants_reminders=False)
    place = LessonPlace(course.id, lesson.id, lesson.version, lesson.language)
    state = to_json(State(Asking.NOTHING, lesson=place))
    memory = Memory(
        KnownAddress(_HERE),
        features,
        ("CODE",) * 6,
        person=person,
        conversation=Conversation("k", 1, state),
        enrollments=(Enrollment(course.id, clock.now()),),
    )
    lengths: list[int] = []
    for step in range(_MOST_STEPS):
        event = MessageReceived(f"report:{step}", _HERE, _next(memory, lesson))
        turn = engine.advance(memory, event, library, clock.now())
        lengths += [
            _length(catalogue, reply) for reply in turn.replies if isinstance(reply, Reply) and _is_new(reply, features)
        ]
        if turn.conversation is None or from_json(turn.conversation.state).lesson is None:
            break
        memory = replace(memory, conversation=_offered(turn.conversation))
    return lengths


def _next(memory: Memory, lesson: Lesson) -> InboundContent:
    """Return what a learner who gets everything right would type next."""
    state = from_json(memory.conversation.state) if memory.conversation else State()
    if state.asking is Asking.NOTHING or state.lesson is None:
        return Said("/next")
    card = lesson.cards[state.lesson.card]
    if state.asking is Asking.QUESTION and isinstance(card, QuestionCard):
        return Said(_right(card))
    return Said("today") if isinstance(card, ActionCard) and state.asking is Asking.ACTION else Said("/next")


def _right(card: QuestionCard) -> str:
    question = card.question
    order = range(question.size())
    options = question.prompt(order).options
    right = [option for option in options if question.grade(option, order).verdict is Verdict.RIGHT]
    return right[0] if right else options[0] if options else "1"


def _offered(conversation: Conversation) -> Conversation:
    return replace(conversation, offered=(("forward", "next"), ("today", "today")))


def _is_new(reply: Reply, features: Features) -> bool:
    return not (reply.closes or (reply.replaces and features.editing))


def _length(catalogue: Files, reply: Reply) -> int:
    return len(plain(compose(reply.blocks, lambda text: catalogue.translator.render(text, "en"))))
