"""E4 and W4: lengths, placeholders, markup, and plain language."""

import re
from collections.abc import Iterator

from bot.catalogue.agreement import has_loose_brace, has_loose_mark
from bot.catalogue.lesson_files import FRONT_TEXTS
from bot.catalogue.lesson_source import CardSource, LessonSource, Passage
from bot.catalogue.translator import CONTENT_PLACEHOLDERS
from bot.core.question import Problem
from bot.core.rich_text import parse, placeholders, plain

MOST_WORDS, MOST_CHARACTERS, MOST_LESSON_WORDS = 60, 900, 350
_LONGEST_SENTENCE, _USUAL_SENTENCE = 20, 12
_SHOWN = frozenset({"heading", "text", "option", "action"})
_SENTENCES = frozenset({"text", "feedback", "tip", "action"})
_END_OF_SENTENCE = re.compile(r"[.!?…]+[\"”’)]*\s+")
_PERCENT = re.compile(r"%[ A-Za-z]")
_SHOUTING = re.compile(r"\b[A-Z]{6,}\b|\b[A-Z]{2,} [A-Z]{2,} [A-Z]{2,}\b|!!")
_HARD_WORDS = (
    "best practice", "facilitate", "going forward", "hit the ground running", "holistic", "in order to", "leverage",
    "low-hanging fruit", "mainstreaming", "paradigm", "piece of cake", "proactive", "rule of thumb", "stakeholder",
    "synergy", "think outside the box", "touch base", "utilise", "utilize", "value chain",
)  # fmt: skip
_HARD = re.compile(rf"\b(?:{'|'.join(map(re.escape, _HARD_WORDS))})s?\b", re.IGNORECASE)


def wording(source: LessonSource) -> Iterator[Problem]:
    """Report texts that are too long, cannot be filled, or are hard to read."""
    for card in source.cards:
        yield from _length(card)
    passages = [*_front_passages(source), *source.passages()]
    for passage in passages:
        yield from passage_problems(passage)
    total = sum(_card_words(card) for card in source.cards)
    if total > MOST_LESSON_WORDS:
        yield Problem("W404", 1, f"The lesson has {total} words.", f"{MOST_LESSON_WORDS} can be read in a tea break.")
    yield from _sentences([passage for passage in passages if passage.kind in _SENTENCES])


def passage_problems(passage: Passage) -> Iterator[Problem]:
    """Report what is wrong with one text on its own."""
    text, line = passage.text, passage.line
    if not placeholders(text) <= CONTENT_PLACEHOLDERS or has_loose_brace(text):
        hint = f"Known are {', '.join(f'{{{name}}}' for name in sorted(CONTENT_PLACEHOLDERS))}."
        yield Problem("E404", line, "The text has a placeholder that nobody fills.", hint)
    if has_loose_mark(text):
        yield Problem("E405", line, "Bold or italic is not closed.", "Write **bold** or *italic*.")
    if _PERCENT.search(text):
        yield Problem("W406", line, "A `%` before a word looks like a placeholder.", "Write “5 out of 10”.")
    if _SHOUTING.search(text):
        yield Problem("W407", line, "The text shouts.", "Write small letters and one full stop.")
    if _HARD.search(text):
        yield Problem("W407", line, "The text has a word that many people do not know.", "Say it in plain words.")


def _length(card: CardSource) -> Iterator[Problem]:
    words = _card_words(card)
    characters = sum(len(plain(parse(text))) + 2 for text in _shown(card))
    if words > MOST_WORDS:
        yield Problem("E401", card.line, f"The card has {words} words.", f"Keep it to {MOST_WORDS}, or make two cards.")
    elif characters > MOST_CHARACTERS:
        hint = f"Keep it to {MOST_CHARACTERS}, or make two cards."
        yield Problem("E401", card.line, f"The card has {characters} characters.", hint)


def _shown(card: CardSource) -> list[str]:
    return [passage.text for passage in card.passages if passage.kind in _SHOWN]


def _card_words(card: CardSource) -> int:
    return sum(len(text.split()) for text in _shown(card))


def _front_passages(source: LessonSource) -> list[Passage]:
    front = source.front
    return [Passage(key, front.text(key), front.line(key)) for key in FRONT_TEXTS if front.text(key)]


def _sentences(passages: list[Passage]) -> Iterator[Problem]:
    lengths = []
    for passage in passages:
        words = [len(sentence.split()) for sentence in _END_OF_SENTENCE.split(passage.text)]
        lengths += [count for count in words if count]
        if max(words) > _LONGEST_SENTENCE:
            hint = f"Keep sentences to {_LONGEST_SENTENCE} words."
            yield Problem("W402", passage.line, f"A sentence has {max(words)} words.", hint)
    if lengths and sum(lengths) > _USUAL_SENTENCE * len(lengths):
        hint = f"Aim at {_USUAL_SENTENCE} words on average."
        yield Problem("W403", 1, "The sentences of this lesson are long.", hint)
