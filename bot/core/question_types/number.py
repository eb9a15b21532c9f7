"""A number to guess or to work out. Everything inside the range counts; the explanation says how it comes about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Self

from bot.core.answer import read_number
from bot.core.messages import Content, Text, say
from bot.core.question import Graded, Problem, Prompt, QuestionSource, Translate, Verdict


@dataclass(frozen=True, slots=True)
class Number:
    """A question answered with a number between `lowest` and `highest`."""

    kind: ClassVar[str] = "number"
    keeps_answers: ClassVar[bool] = True

    id: str
    language: str
    heading: str
    paragraphs: tuple[str, ...]
    answer: Decimal
    lowest: Decimal
    highest: Decimal
    tip: str

    @classmethod
    def claims(cls, source: QuestionSource) -> bool:
        """Claim a card with `<!-- type: number; … -->`."""
        return source.directives.get("type") == "number"

    @classmethod
    def problems(cls, source: QuestionSource) -> Iterable[Problem]:
        """Report an answer that is missing or outside its own range."""
        try:
            answer, lowest, highest = _range(source)
        except (KeyError, InvalidOperation):
            sound = False
        else:
            sound = lowest <= answer <= highest
        if not sound:
            hint = "Write it as `<!-- type: number; answer: 11000; from: 9000; to: 13000 -->`."
            yield Problem("E314", source.line, "The number question has no answer inside its range.", hint)
        if source.options:
            yield Problem("E309", source.line, "A number question has no options.", "Take the list out.")

    @classmethod
    def from_source(cls, source: QuestionSource, language: str) -> Self:
        """Return the question of a sound card."""
        return cls(source.id, language, source.heading, source.paragraphs, *_range(source), source.tip or "")

    def translated(self, translate: Translate, language: str) -> Self:
        """Return the question in another language."""
        return replace(
            self,
            language=language,
            heading=translate("heading", self.heading),
            paragraphs=tuple(translate("text", text) for text in self.paragraphs),
            tip=self.tip and translate("tip", self.tip),
        )

    def prompt(self, order: Sequence[int]) -> Prompt:
        """Show the question; the answer is typed."""
        return Prompt(self.heading, self.paragraphs, typed=True)

    def size(self) -> int:
        """Return 0: there is nothing to shuffle."""
        return 0

    def grade(self, answer: str, order: Sequence[int], picked: frozenset[int] | None = None) -> Graded:
        """Judge the one number that was said."""
        number = read_number(answer)
        if number is None:
            return Graded(Verdict.UNREADABLE)
        given = say("You said {given}.", given=f"{number:f}")
        verdict = Verdict.RIGHT if self.lowest <= number <= self.highest else Verdict.WRONG
        return Graded(verdict, f"{number:f}", (given, *self._answer()))

    def unsure(self, order: Sequence[int]) -> Graded:
        """Tell the number and how it comes about."""
        return Graded(Verdict.NOT_SURE, "?", (say("Thank you for saying so."), *self._answer()))

    def examples(self) -> Text:
        """Return a number as it would be typed."""
        return say("a number, such as 20")

    def _answer(self) -> tuple[Text, ...]:
        answer = say("The answer is {answer}.", answer=f"{self.answer:f}")
        return (answer, Content(self.tip, self.language)) if self.tip else (answer,)


def _range(source: QuestionSource) -> tuple[Decimal, Decimal, Decimal]:
    answer = Decimal(source.directives["answer"])
    lowest = Decimal(source.directives.get("from", source.directives["answer"]))
    highest = Decimal(source.directives.get("to", source.directives["answer"]))
    if not (answer.is_finite() and lowest.is_finite() and highest.is_finite()):
        raise InvalidOperation
    return answer, lowest, highest
