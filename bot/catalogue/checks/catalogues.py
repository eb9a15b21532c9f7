"""E8 and W8: what translators wrote."""

import re
from collections.abc import Iterator, Mapping

from bot.catalogue.agreement import markup_agrees, placeholders_agree
from bot.catalogue.checks.questions import command_word
from bot.catalogue.po_files import INTERFACE, Entry, PoFile
from bot.core.answer import normalized
from bot.core.question import Problem

_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def catalogue(po: PoFile, words: Mapping[str, str], *, domain: str) -> Iterator[Problem]:
    """Report what keeps translations from being served; what is not translated or fuzzy is no error."""
    yield from po.problems
    for entry in po.entries:
        if not entry.fuzzy and any(entry.strings):
            yield from _entry(entry)
            if domain != INTERFACE:
                yield from _in_lesson(entry, words, po.language)


def _entry(entry: Entry) -> Iterator[Problem]:
    if not all(entry.strings):
        hint = "Fill every msgstr[n], or leave all of them empty."
        yield Problem("E803", entry.line, "A plural form is missing.", hint)
    written = [text for text in entry.strings if text]
    if not placeholders_agree(entry.ids, written):
        hint = "Keep every name between braces as it is in English."
        yield Problem("E801", entry.line, "The placeholders are not those of the English.", hint)
    if not markup_agrees(entry.ids, written):
        hint = "Keep **bold** and *italic* as often as in English, and close them."
        yield Problem("E802", entry.line, "The markup is not that of the English.", hint)
    if any(_DIRECTION_CONTROLS.search(text) for text in written):
        hint = "Take them out: the bot adds them where they are needed."
        yield Problem("E805", entry.line, "There are controls of the writing direction.", hint)


def _in_lesson(entry: Entry, words: Mapping[str, str], language: str) -> Iterator[Problem]:
    text = entry.strings[0]
    said = normalized(text)
    if entry.context.endswith("/option") and said in words:
        yield command_word(entry.line, words[said])
    # Names and single words are often the same; a sentence is not.
    if text == entry.ids[0] and len(said.split()) > 1 and not language.startswith("en"):
        yield Problem(
            "W806", entry.line, "The translation is the same as the English.", "Translate it, or leave it empty."
        )
