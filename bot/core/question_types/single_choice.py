"""One right option among two to four. Each option has its own explanation: that is the feedback."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.core.answer import read_choice
from bot.core.messages import Content, Text, say
from bot.core.question import (
    FEWEST_OPTIONS,
    Graded,
    OptionSource,
    Problem,
    Prompt,
    QuestionSource,
    Translate,
    Verdict,
    option_problems,
    translated_options,
)


@dataclass(frozen=True, slots=True)
class SingleChoice:
    """A question with one right option."""

    kind: ClassVar[str] = "single_choice"
    keeps_answers: ClassVar[bool] = True

    id: str
    language: str
    heading: str
    paragraphs: tuple[str, ...]
    options: tuple[OptionSource, ...]
    tip: str

    @classmethod
    def claims(cls, source: QuestionSource) -> bool:
        """Claim a card with options of which at most one is marked right."""
        return "type" not in source.directives and sum(option.is_right for option in source.options) <= 1

    @classmethod
    def problems(cls, source: QuestionSource) -> Iterable[Problem]:
        """Report what keeps the options from being answered."""
        if not any(option.is_right for option in source.options):
            yield Problem("E303", source.line, "No option is marked as right.", "Mark the right option with [x].")
        yield from option_problems(source)

    @classmethod
    def from_source(cls, source: QuestionSource, language: str) -> Self:
        """Return the question of a sound card."""
        return cls(source.id, language, source.heading, source.paragraphs, source.options, source.tip or "")

    def translated(self, translate: Translate, language: str) -> Self:
        """Return the question in another language."""
        return replace(
            self,
            language=language,
            heading=translate("heading", self.heading),
            paragraphs=tuple(translate("text", text) for text in self.paragraphs),
            options=translated_options(self.options, translate),
            tip=self.tip and translate("tip", self.tip),
        )

    def prompt(self, order: Sequence[int]) -> Prompt:
        """Show the options in the given order."""
        return Prompt(self.heading, self.paragraphs, tuple(self.options[place].text for place in order))

    def size(self) -> int:
        """Return the number of options."""
        return len(self.options)

    def grade(self, answer: str, order: Sequence[int], picked: frozenset[int] | None = None) -> Graded:
        """Judge the one option that is meant."""
        shown = [self.options[place].text for place in order]
        place = read_choice(answer, shown) if picked is None else next(iter(picked), None)
        if place is None:
            return Graded(Verdict.UNREADABLE)
        option = self.options[order[place]]
        explanation = self._content(option.feedback or "")
        if option.is_right:
            feedback: tuple[Text, ...] = (say("Yes. {why}", why=explanation), *self._rule())
            return Graded(Verdict.RIGHT, str(order[place] + 1), feedback)
        chosen = say("**{n}. {option}**", n=place + 1, option=self._content(option.text))
        return Graded(Verdict.WRONG, str(order[place] + 1), (chosen, explanation, self._answer(order), *self._rule()))

    def unsure(self, order: Sequence[int]) -> Graded:
        """Tell the answer and why."""
        thanks = say("Thank you for saying so.")
        return Graded(Verdict.NOT_SURE, "?", (thanks, self._answer(order), *self._rule()))

    def examples(self) -> Text:
        """Return the numbers that are understood."""
        return say("1 or 2") if len(self.options) == FEWEST_OPTIONS else say("1, 2 or 3")

    def _answer(self, order: Sequence[int]) -> Text:
        place = next(shown for shown, place in enumerate(order) if self.options[place].is_right)
        answer = self._content(self.options[order[place]].text)
        return say("The answer is {n}: {answer}", n=place + 1, answer=answer)

    def _rule(self) -> tuple[Text, ...]:
        return (self._content(self.tip),) if self.tip else ()

    def _content(self, text: str) -> Content:
        return Content(text, self.language)
