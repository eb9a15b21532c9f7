"""E2: the order of cards, and what each may hold."""

from collections.abc import Iterator

from bot.catalogue.lesson_source import CardSource, LessonSource
from bot.core.question import Problem

FEWEST_CARDS, MOST_CARDS = 3, 9


def structure(source: LessonSource) -> Iterator[Problem]:
    """Report what is wrong with the cards of a lesson."""
    if not FEWEST_CARDS <= len(source.cards) <= MOST_CARDS:
        hint = f"Write {FEWEST_CARDS} to {MOST_CARDS}, parted by `---`."
        yield Problem("E204", 1, f"The lesson has {len(source.cards)} cards.", hint)
    if not any(card.is_question() and card.directives.get("type") != "reflect" for card in source.cards):
        yield Problem("E205", 1, "The lesson has no question.", "Add a card with `<!-- id: q-… -->` and options.")
    for card in source.cards:
        yield from _card(card)
    yield from _actions(source)


def _card(card: CardSource) -> Iterator[Problem]:
    if not card.nodes:
        yield Problem("E202", card.line, "The card is empty.", "Write it, or take a `---` out.")
        return
    if not card.is_action():
        yield from _heading(card)
    if card.pictures and (card.is_action() or card.is_question()):
        hint = "Put it on the card before."
        yield Problem("E209", card.pictures[0].line, "A picture stands on a question or on the last card.", hint)
    for linked in (*card.pictures[1:], *card.recordings[1:]):
        yield Problem("E209", linked.line, "The card has two pictures or recordings.", "Keep one of them.")
    tips = card.of("tip")
    takes_tip = card.is_question() and card.directives.get("type") != "reflect"
    for tip in tips[1:] if takes_tip else tips:
        hint = "It belongs below the options of a question, once."
        yield Problem("E209", tip.line, "This [!TIP] would not be shown.", hint)


def _heading(card: CardSource) -> Iterator[Problem]:
    headings = card.of("heading")
    if not headings:
        yield Problem("E203", card.line, "The card has no heading.", "Begin it with `## …`.")
        return
    for heading in headings[1:]:
        yield Problem("E203", heading.line, "The card has two headings.", "Is a `---` missing above?")
    if card.passages[0].kind not in {"heading", "alt"}:
        yield Problem("E203", card.passages[0].line, "Text stands above the heading.", "Put the heading first.")


def _actions(source: LessonSource) -> Iterator[Problem]:
    hint = "End the lesson with one card of one `> [!IMPORTANT]` and one sentence."
    actions = [card for card in source.cards if card.is_action()]
    if not actions:
        yield Problem("E206", source.cards[-1].line if source.cards else 1, "The lesson has no action card.", hint)
    for card in actions[1:]:
        yield Problem("E206", card.line, "The lesson has two action cards.", hint)
    for card in actions:
        if card is not source.cards[-1]:
            yield Problem("E206", card.line, "The action card is not the last.", hint)
        if card.nodes > 1 or card.options or len(card.passages) > 1:
            yield Problem("E206", card.line, "The action card holds more than its alert.", hint)
