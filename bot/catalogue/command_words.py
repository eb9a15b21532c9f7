"""The words that work as commands, in every language there is, so that *stop* is understood whoever says it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.catalogue.languages import SOURCE
from bot.catalogue.po_files import INTERFACE
from bot.catalogue.stock import Stock
from bot.core.answer import normalized
from bot.core.messages import Phrase

STOP = "stop"

# For each command the phrase that holds its words, parted by commas.
CommandWords = Mapping[str, Phrase]

_COMMAS = re.compile(r"[,،、，]")


@dataclass(frozen=True, slots=True)
class Clash:
    """One word that means two commands, and the languages that say so."""

    word: str
    commands: tuple[str, ...]
    languages: tuple[str, ...]


def command_words(commands: CommandWords, stock: Stock) -> tuple[Mapping[str, str], tuple[Clash, ...]]:
    """Return each word, normalized, with its command; a word of two commands is left out, unless one is *stop*.

    Words of languages that are not offered yet count too: people type the language they think in.
    """
    meanings: dict[str, dict[str, list[str]]] = {}
    for language, command, word in _said(commands, stock):
        meanings.setdefault(word, {}).setdefault(command, []).append(language)
    clashes = tuple(
        Clash(word, tuple(sorted(found)), tuple(dict.fromkeys(code for codes in found.values() for code in codes)))
        for word, found in meanings.items()
        if len(found) > 1
    )
    words = {
        word: STOP if STOP in found else next(iter(found))
        for word, found in meanings.items()
        if len(found) == 1 or STOP in found
    }
    return words, clashes


def _said(commands: CommandWords, stock: Stock) -> Iterator[tuple[str, str, str]]:
    for command, phrase in commands.items():
        for language in (SOURCE, *stock.languages):
            po = stock.catalogues.get((language, INTERFACE))
            texts: tuple[str, ...] = (phrase.text,) if language == SOURCE else ()
            if po is not None:
                texts += po.usable.get((phrase.context or "", phrase.text), ())[:1]
            for word in {normalized(part) for text in texts for part in _COMMAS.split(text)} - {""}:
                yield language, command, word
