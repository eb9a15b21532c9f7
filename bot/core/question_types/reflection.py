"""A question to think about. It can be skipped, any answer is right, and nothing of it is ever kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.core.messages import Text, say
from bot.core.question import Graded, Problem, Prompt, QuestionSource, Translate, Verdict


@dataclass(frozen=True, slots=True)
class Reflection:
    """A moment to think, with no right answer and no trace."""

    kind: ClassVar[str] = "reflection"
    keeps_answers: ClassVar[bool] = False

    id: str
    language: str
    heading: str
    paragraphs: tuple[str, ...]

    @classmethod
    def claims(cls, source: QuestionSource) -> bool:
        """Claim a card with `<!-- type: reflect -->`."""
        return source.directives.get("type") == "reflect"

    @classmethod
    def problems(cls, source: QuestionSource) -> Iterable[Problem]:
        """Report options: whoever reflects does not choose."""
        if source.options:
            yield Problem("E309", source.line, "A reflection has no options.", "Take the list out, or the type.")

    @classmethod
    def from_source(cls, source: QuestionSource, language: str) -> Self:
        """Return the question of a sound card."""
        return cls(source.id, language, source.heading, source.paragraphs)

    def translated(self, translate: Translate, language: str) -> Self:
        """Return the question in another language."""
        return replace(
            self,
            language=language,
            heading=translate("heading", self.heading),
            paragraphs=tuple(translate("text", text) for text in self.paragraphs),
        )

    def prompt(self, order: Sequence[int]) -> Prompt:
        """Show the question with a way past it."""
        return Prompt(self.heading, self.paragraphs, skippable=True)

    def size(self) -> int:
        """Return 0: there is nothing to shuffle."""
        return 0

    def grade(self, answer: str, order: Sequence[int], picked: frozenset[int] | None = None) -> Graded:
        """Thank for any answer, and forget it."""
        return Graded(Verdict.UNGRADED, "", (say("Thank you for thinking about it. Nothing was kept."),))

    def unsure(self, order: Sequence[int]) -> Graded:
        """Treat it as any other answer."""
        return self.grade("", order)

    def examples(self) -> Text:
        """Return what is always understood."""
        return say("any words")
