"""E6, W6 and E7: where facts come from, and where help is found."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.catalogue.checks.front import keys
from bot.catalogue.countries import country_codes
from bot.catalogue.help_cards import HIDDEN_AFTER, NO_COUNTRY, WARNED_AFTER, HelpSource
from bot.catalogue.lesson_source import CardSource, LessonSource
from bot.core.question import Problem

_OLD = timedelta(days=365)
_CHECKED_ON = re.compile(r"(?:checked|read)(?: on)? (\d{4}-\d{2}-\d{2})")
# A number of two digits or more, a share, or a word of the law.
_FACT = re.compile(r"\d{2,}|\d\s?%|\b(?:laws?|legal|illegal|must|rights|right to|a right)\b", re.IGNORECASE)
_FACTUAL = frozenset({"text", "tip"})


def sources(source: LessonSource, changed_on: date | None, today: date) -> Iterator[Problem]:
    """Report footnotes that lead nowhere, facts without any, and sources that nobody looked at for long."""
    cited = {key: passage.line for passage in source.passages() for key in passage.cites}
    for key, line in cited.items():
        if key not in source.footnotes:
            yield Problem("E601", line, "The footnote is not defined.", "Add `[^key]: …` at the end of the file.")
    for key, note in source.footnotes.items():
        if key not in cited:
            yield Problem("E601", note.line, "Nothing points to the footnote.", "Add its mark to a text, or drop it.")
        checked = _date(_CHECKED_ON.search(note.text)) or changed_on
        if checked and today - checked > _OLD:
            hint = "Read it again and add `checked YYYY-MM-DD` to the footnote."
            yield Problem("W603", note.line, "The source was not looked at for a year.", hint)
    for card in source.cards:
        yield from _facts(card)


def help_card(source: HelpSource, today: date) -> Iterator[Problem]:
    """Report what is wrong with a help card, and one that will soon be hidden."""
    yield from source.problems
    yield from keys(source.front, _KEYS)
    name = source.path.rpartition("/")[2].removesuffix(".md")
    line = source.front.line("country")
    if source.country and (source.country != name or name not in {*country_codes(), NO_COUNTRY}):
        hint = "Name the file and the country alike: two capital letters, or `none`."
        yield Problem("E702", line, "The country is not that of the file.", hint)
    for entry in source.entries:
        if source.country == NO_COUNTRY and entry.value("number"):
            yield Problem("E702", entry.line, "The card for no country has a number.", "Put it on a country's card.")
        if entry.value("state") not in {"yes", "no"}:
            yield Problem(
                "E104", entry.line, "The entry does not say if it is of the state.", "Add `state: yes` or `no`."
            )
    yield from _age(source, today)


def _age(source: HelpSource, today: date) -> Iterator[Problem]:
    line, checked = source.front.line("verified_on"), source.verified_on()
    if checked is None or checked > today:
        if source.front.text("verified_on"):
            yield Problem("E702", line, "The day it was checked is no day in the past.", "Write it as 2026-01-31.")
    elif source.country != NO_COUNTRY and today > checked + WARNED_AFTER:
        hint = "Check each line again and change `verified_on`."
        hidden = " It is hidden." if today > checked + HIDDEN_AFTER else ""
        yield Problem("W702", line, f"The card was not checked for 150 days.{hidden}", hint)


def _facts(card: CardSource) -> Iterator[Problem]:
    if any(passage.cites for passage in card.passages):
        return
    fact = next((passage for passage in card.passages if passage.kind in _FACTUAL and _FACT.search(passage.text)), None)
    if fact:
        hint = "Add a footnote, or say it as plain advice."
        yield Problem("W602", fact.line, "A number or a rule has no source on this card.", hint)


def _date(found: re.Match[str] | None) -> date | None:
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


_KEYS = {
    "country": (lambda front, key: bool(front.text(key)), "Write two capital letters, or none."),
    "title": (lambda front, key: bool(front.text(key)), "Write one line of text."),
    "verified_on": (lambda front, key: bool(front.text(key)), "Write a day as 2026-01-31."),
}
