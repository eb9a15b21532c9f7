"""What travels together where every message costs, and how long it is: the one place with this arithmetic.

A bundle is the cards up to and with a question, or the feedback on a question with what follows it. It is pure, so
that whoever sends lessons can count as the checker does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bot.core.course import ActionCard, Card, InfoCard, QuestionCard
from bot.core.messages import Block, Content, Phrase, Text, compose, heading, item
from bot.core.question import Question
from bot.core.rich_text import RichText, plain

# The dialogue's own words around a card. They are said there; here they are only counted, so they are not collected.
_TODAY, _WILL_YOU = Phrase("Today: {action}"), Phrase("Will you do it?")
_QUESTION = Phrase("Question {n} of {total}", (("n", 1), ("total", 2)))
_SEVERAL = Phrase("More than one is right. Choose all that fit, then Done.")
_TYPED = Phrase("Send a number.")

LONGEST_IN_ENGLISH, LONGEST_IN_OTHERS = 900, 1500


@dataclass(frozen=True, slots=True)
class Bundle:
    """The cards of one message; `asked` is the question whose feedback stands at its beginning."""

    cards: tuple[Card, ...]
    asked: Question | None = None

    @property
    def line(self) -> int:
        """The line its last card begins on."""
        return self.cards[-1].line


@dataclass(frozen=True, slots=True)
class Measure:
    """How the texts of one lesson are counted: in which language, said by whom."""

    language: str
    render: Callable[[Text], RichText]

    def length(self, blocks: Iterable[Block]) -> int:
        """Return how many characters blocks come to in one bubble."""
        return len(plain(compose(blocks, self.render)))


def bundles(cards: Sequence[Card]) -> Iterator[Bundle]:
    """Return the bundles of a lesson in their order."""
    asked: Question | None = None
    begun: list[Card] = []
    for card in cards:
        begun.append(card)
        if isinstance(card, QuestionCard):
            yield Bundle(tuple(begun), asked)
            asked, begun = card.question, []
    if begun:
        yield Bundle(tuple(begun), asked)


def longest_form(bundle: Bundle, measure: Measure, *, lead: Sequence[Text] = ()) -> int:
    """Return the length of a bundle with the longest feedback that any answer can bring.

    `lead` is what stands above the first card of a lesson, such as the line about a draft.
    """
    blocks = [block for card in bundle.cards for block in card_blocks(card, measure.language)]
    openings = feedbacks(bundle.asked) if bundle.asked else iter([tuple(lead)])
    return max(measure.length([*map(Block, opening), *blocks]) for opening in openings)


def limit(language: str) -> int:
    """Return how long a bundle may be in a language."""
    return LONGEST_IN_ENGLISH if language == "en" else LONGEST_IN_OTHERS


def card_blocks(card: Card, language: str) -> tuple[Block, ...]:
    """Return a card as it is shown, with the bot's own words around it and the options in the order of the file."""
    if isinstance(card, ActionCard):
        return Block(replace(_TODAY, values=(("action", Content(card.action, language)),))), Block(_WILL_YOU)
    if isinstance(card, InfoCard):
        paragraphs = (_paragraph(part.text, language, bullet=part.bullet) for part in card.paragraphs)
        return (heading(Content(card.heading, language)), *paragraphs)
    return _question_blocks(card.question, language)


def _question_blocks(question: Question, language: str) -> tuple[Block, ...]:
    prompt = question.prompt(range(question.size()))
    blocks = [heading(Content(prompt.heading, language))]
    if question.keeps_answers:
        blocks.insert(0, heading(_QUESTION))
    blocks += [_paragraph(text, language) for text in prompt.paragraphs]
    blocks += [item(str(place), Content(text, language)) for place, text in enumerate(prompt.options, 1)]
    if prompt.several:
        blocks.append(Block(_SEVERAL))
    elif prompt.typed:
        blocks.append(Block(_TYPED))
    return tuple(blocks)


def feedbacks(question: Question) -> Iterator[tuple[Text, ...]]:
    """Return what is said after each answer there is, *not sure* among them."""
    order = range(question.size())
    yield question.unsure(order).feedback
    if not order:
        yield question.grade("1", order).feedback
    most = len(order) if question.prompt(order).several else min(1, len(order))
    for count in range(1, most + 1):
        for picked in combinations(order, count):
            yield question.grade("", order, frozenset(picked)).feedback


def _paragraph(text: str, language: str, *, bullet: bool = False) -> Block:
    return item("•", Content(text, language)) if bullet else Block(Content(text, language))
