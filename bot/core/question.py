"""What every question can do, whatever its kind. The kinds themselves stand in `question_types/`, one file each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Protocol, Self

from bot.core.answer import normalized
from bot.core.messages import Text

FEWEST_OPTIONS, MOST_OPTIONS, USUAL_OPTIONS = 2, 4, 3

# Given the kind of a message (`heading`, `text`, `option`, `feedback`, `tip`) and its English, returns what to show.
Translate = Callable[[str, str], str]


class Verdict(StrEnum):
    """How an answer was judged."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    NOT_SURE = "not_sure"
    UNGRADED = "ungraded"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One authoring error: where it is, what is wrong, and what to do."""

    code: str
    line: int
    message: str
    hint: str
    column: int = 1


@dataclass(frozen=True, slots=True)
class OptionSource:
    """One task-list item as it stands in a lesson file."""

    text: str
    is_right: bool
    feedback: str | None
    line: int


@dataclass(frozen=True, slots=True)
class QuestionSource:
    """A question card as it stands in a lesson file, before any kind has looked at it.

    `directives` holds the comment directives, `type` among them (`<!-- type: number; answer: 3 -->` gives
    `{"type": "number", "answer": "3"}`).
    """

    id: str
    line: int
    heading: str
    paragraphs: tuple[str, ...] = ()
    options: tuple[OptionSource, ...] = ()
    tip: str | None = None
    directives: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question as it is shown: its words, and its options in the order they stand in."""

    heading: str
    paragraphs: tuple[str, ...]
    options: tuple[str, ...] = ()
    several: bool = False
    skippable: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """What an answer came to.

    `chosen` is kept with the attempt: places of options in the order of the lesson file, or a number; empty for
    what is never kept. `feedback` is said at once; its content comes from the question, translated already.
    """

    verdict: Verdict
    chosen: str = ""
    feedback: tuple[Text, ...] = ()


class Question(Protocol):
    """One question of a lesson, immutable, in one language."""

    kind: ClassVar[str]
    keeps_answers: ClassVar[bool]

    @property
    def id(self) -> str:
        """The id its author gave it, unique in the lesson and never changed."""

    @classmethod
    def claims(cls, source: QuestionSource) -> bool:
        """Say whether a question card of a lesson file is of this kind."""

    @classmethod
    def problems(cls, source: QuestionSource) -> Iterable[Problem]:
        """Return every authoring error of this kind of question."""

    @classmethod
    def from_source(cls, source: QuestionSource, language: str) -> Self:
        """Return the question that a sound card describes."""

    def translated(self, translate: Translate, language: str) -> Self:
        """Return the question with each of its texts passed through `translate`, in the order of the file."""

    def prompt(self, order: Sequence[int]) -> Prompt:
        """Return what to show, with the options in the given order."""

    def size(self) -> int:
        """Return how many options there are to shuffle; 0 for a question without options."""

    def grade(self, answer: str, order: Sequence[int], picked: frozenset[int] | None = None) -> Graded:
        """Judge an answer typed or tapped; `picked` is set when a channel's buttons chose several.

        Places in `answer` and `picked` are those of the order shown. An answer that cannot be read has the
        verdict UNREADABLE and changes nothing.
        """

    def unsure(self, order: Sequence[int]) -> Graded:
        """Return the outcome of "I am not sure": the answer, explained, with thanks for saying so."""

    def examples(self) -> Text:
        """Return examples of an answer that would be understood, for the hint after one that was not."""


def translated_options(options: Sequence[OptionSource], translate: Translate) -> tuple[OptionSource, ...]:
    """Return the options with text and feedback in another language; what is right stays right."""
    return tuple(
        replace(
            option,
            text=translate("option", option.text),
            feedback=option.feedback and translate("feedback", option.feedback),
        )
        for option in options
    )


def option_problems(source: QuestionSource) -> Iterable[Problem]:
    """Report what is wrong with a list of options, of any kind of choice."""
    if not FEWEST_OPTIONS <= len(source.options) <= MOST_OPTIONS:
        yield Problem(
            "E305", source.line, f"The question has {len(source.options)} options.", "Give two to four options."
        )
    elif len(source.options) > USUAL_OPTIONS:
        yield Problem(
            "W315", source.line, "The question has more than three options.", "Three options are enough on a phone."
        )
    seen: set[str] = set()
    for option in source.options:
        words = normalized(option.text)
        if words in seen:
            yield Problem("E306", option.line, "Two options say the same.", "Make each option different.")
        seen.add(words)
        if not option.feedback:
            yield Problem(
                "E307", option.line, "The option has no feedback.", "Add an indented line below it: `  > Why …`."
            )
        if words in {"all of the above", "none of the above", "all of these", "none of these"}:
            yield Problem(
                "E311", option.line, "The option points to the others.", "Options are shuffled: say it in words."
            )
