"""Read the catalogues of translators: one PO file as its header, its messages with lines, and what is usable of it.

Fuzzy entries are never used, nor entries whose placeholders or markup differ from the English.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as BabelMessage
from babel.messages.pofile import PoFileError, read_po

from bot.catalogue.agreement import agree
from bot.catalogue.plurals import plural_count, plural_forms, same_forms
from bot.catalogue.text_files import LONGEST_CATALOGUE, read_text
from bot.core.question import Problem

INTERFACE, HELP = "interface", "help"

Key = tuple[str, str]

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Review(StrEnum):
    """Who has looked at a translation, as its `X-Review` header says."""

    NONE = "none"
    MACHINE = "machine"
    NATIVE = "native"
    NATIVE_AND_DOMAIN = "native+domain"

    def reaches(self, bar: str) -> bool:
        """Say whether it may be served where the bar is `machine` or `native`; the bar `none` lets everything pass."""
        native = self in {Review.NATIVE, Review.NATIVE_AND_DOMAIN}
        return native or bar == Review.NONE or (bar == Review.MACHINE and self is Review.MACHINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a PO file. `id` and `strings` have one text, or the plural forms."""

    context: str
    ids: tuple[str, ...]
    strings: tuple[str, ...]
    line: int
    fuzzy: bool = False

    @property
    def key(self) -> Key:
        """What it is looked up by."""
        return self.context, self.ids[0]

    def is_translated(self) -> bool:
        """Say whether every form is there and no machine guessed it."""
        return not self.fuzzy and bool(self.strings) and all(self.strings)


@dataclass(frozen=True, slots=True)
class PoFile:
    """A PO file of one language. With an error in its header, `entries` are there but nothing of it is used."""

    path: str
    language: str
    review: Review = Review.NONE
    entries: tuple[Entry, ...] = ()
    usable: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def fuzzy(self) -> frozenset[Key]:
        """Return the keys that wait for a translator to confirm a guess."""
        return frozenset(entry.key for entry in self.entries if entry.fuzzy)


def po_path(locales: Path, language: str, domain: str) -> Path:
    """Return where the catalogue of a course, of the help cards or of the interface lies."""
    return locales / language / "LC_MESSAGES" / f"{domain}.po"


def read_po_file(locales: Path, language: str, domain: str) -> PoFile | None:
    """Return a catalogue with everything that is wrong in its form, or None if there is none."""
    path = po_path(locales, language, domain)
    if not path.is_file():
        return None
    shown = path.relative_to(locales).as_posix()
    text = read_text(path, locales, LONGEST_CATALOGUE)
    if isinstance(text, Problem):
        return PoFile(shown, language, problems=(text,))
    return parse_po(text, shown, language)


def parse_po(text: str, path: str, language: str) -> PoFile:
    """Return the catalogue that a PO file's text holds."""
    rows = text.split("\n")
    begin, end = _header_rows(rows)
    headers = header_pairs("\n".join(rows[begin:end]))
    problems = list(_header_problems(headers, language, begin + 1))
    try:
        entries = tuple(_entries(text, language))
    except PoFileError as error:
        return PoFile(path, language, problems=(*problems, _unreadable(error)))
    except (ValueError, LookupError):
        return PoFile(path, language, problems=(*problems, Problem("E800", 1, "The file is no PO file.", _HINT)))
    if problems:
        return PoFile(path, language, entries=entries, problems=tuple(problems))
    review = Review(headers.get("X-Review", Review.NONE))
    sound = [entry for entry in entries if entry.is_translated() and agree(entry.ids, entry.strings)]
    usable = {entry.key: entry.strings for entry in sound}
    return PoFile(path, language, review, entries, usable)


def header_pairs(block: str) -> dict[str, str]:
    """Return the lines of a PO header by name, in their order."""
    joined = "".join(_QUOTED.findall(block.partition("msgstr")[2]))
    lines = joined.replace('\\"', '"').split("\\n")
    return {name.strip(): value.strip() for name, found, value in (line.partition(":") for line in lines) if found}


def header_block(text: str) -> str:
    """Return the header of a PO file as it is written."""
    rows = text.split("\n")
    begin, end = _header_rows(rows)
    return "\n".join(rows[begin:end])


def _header_rows(rows: list[str]) -> tuple[int, int]:
    """Return where the header begins and ends; an empty range if the first entry is none."""
    begin = next((place for place, row in enumerate(rows) if row.startswith("msg")), 0)
    follows = rows[begin + 1] if begin + 1 < len(rows) else ""
    if rows[begin].strip() != 'msgid ""' or not follows.startswith("msgstr"):
        return begin, begin
    end = begin + 2
    while end < len(rows) and rows[end].startswith('"'):
        end += 1
    return begin, end


def _header_problems(headers: Mapping[str, str], language: str, line: int) -> Iterator[Problem]:
    if not same_forms(headers.get("Plural-Forms", ""), language):
        hint = f"Write `Plural-Forms: {plural_forms(language)}`, or run `teabreak translate update`."
        yield Problem("E803", line, "The plural forms in the header are not those of the language.", hint)
    if headers.get("X-Review", Review.NONE) not in set(Review):
        hint = f"Write one of {', '.join(Review)}."
        yield Problem("E803", line, "The header's X-Review has a value we do not know.", hint)


def babel_catalogue(text: str, language: str) -> tuple[Catalog, int]:
    """Return a PO file as Babel reads it under our plural rule, and by how many lines it was moved.

    The header is replaced by ours in as many lines: Babel takes its number of forms from there, and a forged number
    could make it reserve gigabytes. Without a header the lines move.
    """
    rows = text.split("\n")
    begin, end = _header_rows(rows)
    ours = ['msgid ""', f'msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: {plural_forms(language)}\\n"']
    padded = [*rows[:begin], *ours, *[""] * (end - begin - len(ours)), *rows[end:]]
    return read_po(padded, ignore_obsolete=False, abort_invalid=True), 0 if end > begin else len(ours)


def _entries(text: str, language: str) -> Iterator[Entry]:
    catalog, moved = babel_catalogue(text, language)
    for message in catalog:
        if message.id:
            yield _entry(message, moved, language)


def _entry(message: BabelMessage, moved: int, language: str) -> Entry:
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    strings = (message.string or "",) if isinstance(message.string, str) else tuple(message.string or ())
    if len(ids) > 1:
        strings = (*strings, *[""] * plural_count(language))[: plural_count(language)]
    line = max((message.lineno or 1) - moved, 1)
    return Entry(message.context or "", ids, strings, line, "fuzzy" in message.flags)


_HINT = "Run `msgfmt --check`, or undo the last change."


def _unreadable(error: PoFileError) -> Problem:
    if "num_plurals" in str(error):
        hint = "Write one msgstr[n] for each form in the header."
        return Problem("E803", error.lineno + 1, "The message has more plural forms than the language.", hint)
    return Problem("E800", error.lineno + 1, "The file is no sound PO file.", _HINT)
