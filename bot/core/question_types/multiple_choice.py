"""Several right options. Buttons toggle until *Done*; typed answers name them all at once, as in `1 3`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.core.answer import read_choices
from bot.core.messages import Content, Text, say
from bot.core.question import (
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
class MultipleChoice:
    """A question with several right options."""

    kind: ClassVar[str] = "multiple_choice"
    keeps_answers: ClassVar[bool] = True

    id: str
    language: str
    heading: str
    paragraphs: tuple[str, ...]
    options: tuple[OptionSource, ...]
    tip: str

    @classmethod
    def claims(cls, source: QuestionSource) -> bool:
        """Claim a card with two or more options marked right."""
        return "type" not in source.directives and sum(option.is_right for option in source.options) > 1

    @classmethod
    def problems(cls, source: QuestionSource) -> Iterable[Problem]:
        """Report what keeps the options from being answered."""
        if all(option.is_right for option in source.options):
            yield Problem("E304", source.line, "All options are marked as right.", "Leave at least one option as [ ].")
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
        """Show the options in the given order, with more than one to be chosen."""
        return Prompt(self.heading, self.paragraphs, tuple(self.options[place].text for place in order), several=True)

    def size(self) -> int:
        """Return the number of options."""
        return len(self.options)

    def grade(self, answer: str, order: Sequence[int], picked: frozenset[int] | None = None) -> Graded:
        """Judge the set of options that are meant: all and only the right ones are RIGHT, some of them PARTLY."""
        shown = [self.options[place].text for place in order]
        places = read_choices(answer, shown) if picked is None else picked
        if not places:
            return Graded(Verdict.UNREADABLE)
        chosen = {order[place] for place in places}
        right = {place for place, option in enumerate(self.options) if option.is_right}
        kept = " ".join(str(place + 1) for place in sorted(chosen))
        if chosen == right:
            return Graded(Verdict.RIGHT, kept, (*self._found(chosen & right, right), *self._rule()))
        feedback = [*self._found(chosen & right, right)]
        feedback += [self._explained(order.index(place), place) for place in sorted(chosen - right)]
        feedback += [self._also(order, right - chosen), *self._rule()] if right - chosen else self._rule()
        return Graded(Verdict.PARTLY if chosen & right else Verdict.WRONG, kept, tuple(feedback))

    def unsure(self, order: Sequence[int]) -> Graded:
        """Tell which options are right and why."""
        right = {place for place, option in enumerate(self.options) if option.is_right}
        thanks = say("Thank you for saying so.")
        return Graded(Verdict.NOT_SURE, "?", (thanks, self._also(order, right, first=True), *self._rule()))

    def examples(self) -> Text:
        """Return a set of numbers as it would be typed."""
        return say("1 3")

    def _found(self, found: set[int], right: set[int]) -> Iterable[Text]:
        return (say("You found {found} of {total}.", found=len(found), total=len(right)),)

    def _explained(self, place: int, option: int) -> Text:
        feedback = self._content(self.options[option].feedback or "")
        return say(
            "**{n}. {option}** {why}", n=place + 1, option=self._content(self.options[option].text), why=feedback
        )

    def _also(self, order: Sequence[int], missed: set[int], *, first: bool = False) -> Text:
        named = " · ".join(
            f"{shown + 1}. {self.options[place].text}" for shown, place in enumerate(order) if place in missed
        )
        if first:
            return say("The right options are: {options}", options=self._content(named))
        return say("Also right: {options}", options=self._content(named))

    def _rule(self) -> tuple[Text, ...]:
        return (self._content(self.tip),) if self.tip else ()

    def _content(self, text: str) -> Content:
        return Content(text, self.language)
