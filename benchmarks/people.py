"""Synthetic learners, each in the middle of a lesson with a question open: kept by the store's own repositories."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.product import (
    BEGAN,
    CHANNEL,
    FIRST_STEP,
    Morning,
    catalogue,
    chat_id,
    conversation_key,
    person_id,
    play,
)
from bot.core.course import Course, Lesson, QuestionCard
from bot.core.dialogue.states import Asking, LessonPlace, State, to_json
from bot.core.facts import AddressKept, CompanyMade, CourseAssigned, Enrolled, Fact, Joined, LessonBegun, PersonKept
from bot.core.learner import Company, Conversation, KnownAddress, Person, Role
from bot.core.messages import Address
from bot.repositories import UnitOfWork
from bot.rows import TurnRow
from bot.store.opening import open_store
from bot.store.schema import migrate

COMPANY_SIZE = 14
CHUNK = 1_000
# Within the ten minutes in which the last sign of life is not written again: everybody is in the middle of a lesson.
HEARD = BEGAN - timedelta(minutes=3)


def prepare(path: str, count: int, content: str | None = None) -> dict[str, float]:
    """Make a database of `count` learners."""
    play(_prepare(Path(path), count, Path(content) if content else None))
    return {"learners": count}


async def _prepare(path: Path, count: int, content: Path | None) -> None:
    course = catalogue(Morning(), content).courses("en")[0]
    await keep(path, [learner(number, course) for number in range(count)], HEARD)


async def keep(path: Path, rows: Sequence[TurnRow], heard: datetime) -> None:
    """Make a database of what these turns leave behind, all of a given moment."""
    url = f"sqlite:///{path}"
    await migrate(url)
    store = await open_store(url, clock=Morning())
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]

        def save(uow: UnitOfWork, chunk: Sequence[TurnRow] = chunk) -> None:
            uow.memories.save(chunk, heard)

        await store.write(lambda transaction, save=save: transaction.run(save))
    await store.close()


def first_question(course: Course) -> tuple[Lesson, int]:
    """Return the first lesson of a course with its first question."""
    lesson = course.lessons[0]
    return lesson, next(place for place, card in enumerate(lesson.cards) if isinstance(card, QuestionCard))


def learner(number: int, course: Course) -> TurnRow:
    """Return all that is to be kept of one learner in the middle of the first lesson."""
    lesson, card = first_question(course)
    address = Address(CHANNEL, chat_id(number))
    person = Person(id=person_id(number), language="en", consented=True)
    company = f"C{number // COMPANY_SIZE:015}"
    facts: list[Fact] = []
    if number % COMPANY_SIZE == 0:
        firm = Company(company, f"Firm {number}", "ZA", "Africa/Johannesburg", "10-49", ("en",))
        facts += [CompanyMade(firm, ""), CourseAssigned(company, course.id)]
    facts += [
        AddressKept(KnownAddress(address, language_hint="en")),
        PersonKept(person),
        Joined(person.id, company, Role.WORKER, f"L-{number:08}"),
        Enrolled(person.id, course.id),
        LessonBegun(course.id, lesson.id, lesson.version),
    ]
    state = State(Asking.QUESTION, LessonPlace(course.id, lesson.id, lesson.version, "en", card))
    offered = (("o1", "1"), ("o2", "2"), ("o3", "3"), ("more", "More"))
    talk = Conversation(conversation_key(number), FIRST_STEP, to_json(state), offered)
    return TurnRow(address, person.id, talk, tuple(facts))
