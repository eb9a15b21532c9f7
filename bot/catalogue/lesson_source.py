"""What a lesson file holds, card by card and with the line of each text, before anybody asks whether it is right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.catalogue.front_matter import FrontMatter
from bot.core.question import OptionSource, Problem


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a card: one message for translators.

    `kind` is the last part of its context: heading, text, option, feedback, tip, action or alt. `cites` are the keys
    of its footnotes, which are not part of the text, and `notes` what translators are told about it.
    """

    kind: str
    text: str
    line: int
    bullet: bool = False
    cites: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """A picture or a recording, as its author wrote the path."""

    path: str
    alt: str
    line: int


@dataclass(frozen=True, slots=True)
class CardSource:
    """One card of a lesson file. `nodes` counts what stands on it, so that an empty card is told from a bad one."""

    line: int
    passages: tuple[Passage, ...]
    options: tuple[OptionSource, ...]
    directives: Mapping[str, str]
    lines: Mapping[str, int]
    pictures: tuple[Linked, ...] = ()
    recordings: tuple[Linked, ...] = ()
    nodes: int = 0

    def of(self, kind: str) -> tuple[Passage, ...]:
        """Return the texts of one kind, in the order of the file."""
        return tuple(passage for passage in self.passages if passage.kind == kind)

    def is_action(self) -> bool:
        """Say whether the card asks to do something."""
        return any(passage.kind == "action" for passage in self.passages)

    def is_question(self) -> bool:
        """Say whether the card is there to be answered."""
        return not self.is_action() and (bool(self.options) or not self.directives.keys().isdisjoint({"id", "type"}))

    def question_id(self) -> str:
        """Return the id of the question, or an empty text."""
        return self.directives.get("id", "")


@dataclass(frozen=True, slots=True)
class LessonSource:
    """A lesson file. `problems` are those that were found while reading it."""

    text: str
    front: FrontMatter
    cards: tuple[CardSource, ...] = ()
    footnotes: Mapping[str, Passage] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def id(self) -> str:
        """The id of the lesson, as written."""
        return self.front.text("id")

    def passages(self) -> Iterable[Passage]:
        """Return every text of every card."""
        for card in self.cards:
            yield from card.passages
