"""Courses, lessons and cards as plain immutable data, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.messages import Picture
from bot.core.question import Question


class Audience(StrEnum):
    """Whom a course or a lesson is for."""

    WORKER = "worker"
    OWNER = "owner"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text of a card, or one of its bullets."""

    text: str
    bullet: bool = False


@dataclass(frozen=True, slots=True)
class InfoCard:
    """A card to read."""

    heading: str
    paragraphs: tuple[Paragraph, ...]
    picture: Picture | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A card to answer."""

    question: Question
    line: int = 0


@dataclass(frozen=True, slots=True)
class ActionCard:
    """The last card: one thing to do at work."""

    action: str
    line: int = 0


Card = InfoCard | QuestionCard | ActionCard


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as it is served: whole, in one language.

    `version` is a hash of the source and the translation: a lesson that was begun is finished in that version.
    `draft` says that a machine made the translation and nobody has read it yet.
    """

    id: str
    course_id: str
    language: str
    version: str
    title: str
    objective: str
    audience: Audience
    minutes: int
    is_sensitive: bool
    owner_line: str
    cards: tuple[Card, ...]
    sources: tuple[str, ...] = ()
    draft: bool = False

    def questions(self) -> int:
        """Return how many cards are graded or thought about."""
        return sum(isinstance(card, QuestionCard) for card in self.cards)


@dataclass(frozen=True, slots=True)
class Course:
    """A course as a learner of one language gets it; a lesson not yet in that language stands in another one.

    `gain` names the two questions that are asked before and after it, each as `lesson/question`.
    """

    id: str
    language: str
    title: str
    summary: str
    order: int
    audience: Audience
    lessons: tuple[Lesson, ...]
    gain: tuple[str, ...] = ()

    def ordinary(self, audience: Audience = Audience.WORKER) -> tuple[Lesson, ...]:
        """Return the lessons that make up completion for one audience."""
        return tuple(
            lesson
            for lesson in self.lessons
            if not lesson.is_sensitive and lesson.audience in {Audience.BOTH, audience}
        )

    def sensitive(self, audience: Audience = Audience.WORKER) -> tuple[Lesson, ...]:
        """Return the lessons that are optional and leave no trace."""
        return tuple(
            lesson for lesson in self.lessons if lesson.is_sensitive and lesson.audience in {Audience.BOTH, audience}
        )

    def lesson(self, lesson_id: str) -> Lesson | None:
        """Return the lesson of that id, if the course has it."""
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)

    def question(self, name: str) -> tuple[Lesson, QuestionCard] | None:
        """Return a question by its `lesson/question`, if an ordinary lesson has it."""
        lesson_id, _, question_id = name.partition("/")
        lesson = self.lesson(lesson_id)
        if lesson is None or lesson.is_sensitive:
            return None
        cards = (card for card in lesson.cards if isinstance(card, QuestionCard))
        found = next((card for card in cards if card.question.id == question_id), None)
        return (lesson, found) if found else None


@dataclass(frozen=True, slots=True)
class Language:
    """A language the bot speaks: its code, its own name, and whether it is written from right to left."""

    code: str
    name: str
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One place of help, in the words of its card."""

    name: str
    details: tuple[tuple[str, str], ...]
    of_the_state: bool
    has_number: bool


@dataclass(frozen=True, slots=True)
class HelpCard:
    """Whom to ask for help in one country; `country` is `none` for the card without numbers."""

    country: str
    title: str
    entries: tuple[HelpEntry, ...]
    intro: str = ""
    language: str = "en"

    def opens_sensitive_lessons(self) -> bool:
        """Say whether two live entries stand on it, one of them not of the state."""
        live = [entry for entry in self.entries if entry.has_number]
        return len(live) > 1 and any(not entry.of_the_state for entry in live)


@dataclass(frozen=True, slots=True)
class Country:
    """A country: its code, its name in the reader's language, and its time zones."""

    code: str
    name: str
    time_zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """What the catalogue lends the core for one turn: plain frozen data in the learner's language.

    `pinned` is the version of a lesson that was begun and no longer stands in the course. `words` maps typed
    words of every language, normalized, to the name of a command. `suggested` are the languages to offer first.
    `originals` are the courses in English, for "show in English". `countries` maps normalized names and codes.
    `weekdays` maps normalized names of weekdays to digits, `0` for Monday; `months` those of months to 1 to 12.
    """

    language: str
    courses: tuple[Course, ...]
    languages: tuple[Language, ...]
    suggested: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    pinned: Lesson | None = None
    originals: tuple[Course, ...] = ()
    countries: Mapping[str, Country] = field(default_factory=dict)
    weekdays: Mapping[str, str] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    help_card: HelpCard | None = None
    provider: str = "Teabreak"
    run_by_employer: bool = False
    is_demo: bool = False

    def course(self, course_id: str) -> Course | None:
        """Return the course of that id, if there is one."""
        return next((course for course in self.courses if course.id == course_id), None)

    def serves_sensitive(self) -> bool:
        """Say whether lessons about serious subjects may be opened by this person."""
        if self.run_by_employer or self.help_card is None:
            return False
        return self.is_demo or self.help_card.opens_sensitive_lessons()
