"""Help cards: whom to ask in one country. They are hidden when nobody has checked them for half a year."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path

from markdown_it.tree import SyntaxTreeNode

from bot.catalogue.front_matter import FrontMatter
from bot.catalogue.languages import SOURCE
from bot.catalogue.lesson_files import Lookup, Message
from bot.catalogue.markdown import comment_pairs, first_line, front_matter_of, squeezed, tree
from bot.catalogue.text_files import read_text
from bot.core.course import HelpCard, HelpEntry
from bot.core.question import Problem

HELP_FOLDER, NO_COUNTRY = "help", "none"
WARNED_AFTER, HIDDEN_AFTER = timedelta(days=150), timedelta(days=180)
KEYS = ("name", "number", "hours", "cost", "languages", "state")
# Plain sentences at the end of an entry.
WORDS = "text"

_ENTRY = re.compile(r"\*\*([^*]+)\*\*")
_PAIR = re.compile(r"([a-z_]+):\s*(.*)")


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of an entry."""

    key: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class EntrySource:
    """One place of help, as written."""

    name: str
    line: int
    details: tuple[Detail, ...]

    def value(self, key: str) -> str:
        """Return what a key says, or an empty text."""
        return next((detail.text for detail in self.details if detail.key == key), "")


@dataclass(frozen=True, slots=True)
class HelpSource:
    """A help card's file."""

    path: str
    front: FrontMatter
    intro: tuple[Detail, ...] = ()
    entries: tuple[EntrySource, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def country(self) -> str:
        """The country, as two capital letters or `none`."""
        return self.front.text("country")

    def verified_on(self) -> date | None:
        """Return the day on which every line was checked last."""
        try:
            return date.fromisoformat(self.front.text("verified_on"))
        except ValueError:
            return None

    def is_expired(self, today: date) -> bool:
        """Say whether the card is hidden; the card without numbers never is."""
        checked = self.verified_on()
        return self.country != NO_COUNTRY and (checked is None or today > checked + HIDDEN_AFTER)


def read_help_cards(content: Path) -> tuple[HelpSource, ...]:
    """Return the help cards of all countries, and the one without numbers."""
    paths = sorted((content / HELP_FOLDER).glob("*.md"))
    return tuple(_read(content, path) for path in paths if path.name != "README.md")


def read_help_text(text: str, path: str) -> HelpSource:
    """Return what a help card says; what is wrong comes back as problems."""
    root = tree(text)
    front = front_matter_of(root)
    problems = list(front.problems)
    intro: list[Detail] = []
    entries: list[EntrySource] = []
    for node in root.children:
        if node.type == "paragraph" and not entries:
            intro.append(Detail("intro", squeezed(node.children[0].content), first_line(node)))
        elif node.type == "bullet_list":
            entries.extend(_entry(item, problems) for item in node.children)
        elif not _is_silent(node):
            hint = "A help card is one list of entries."
            problems.append(Problem("E209", first_line(node), "A help card cannot show this.", hint))
    return HelpSource(path, front, tuple(intro), tuple(entries), tuple(problems))


def help_messages(source: HelpSource) -> tuple[Message, ...]:
    """Return the texts of a help card that translators get; numbers are never among them."""
    found: dict[tuple[str, str], Message] = {}
    for part, text, line in _texts(source):
        context = f"help/{source.country.lower()}/{part}"
        found.setdefault((context, text), Message(context, text, line))
    return tuple(found.values())


def build_help_card(
    source: HelpSource, language: str = SOURCE, lookup: Lookup = lambda _context, text: text
) -> HelpCard:
    """Return the card in one language."""
    prefix = f"help/{source.country.lower()}"

    def translated(part: str, text: str) -> str:
        return lookup(f"{prefix}/{part}", text) if text and part != "number" else text

    return HelpCard(
        country=source.country,
        title=translated("title", source.front.text("title")),
        intro="\n\n".join(translated("intro", part.text) for part in source.intro),
        entries=tuple(
            HelpEntry(
                name=translated("entry", entry.name),
                details=tuple(
                    (detail.key, translated(detail.key, detail.text))
                    for detail in entry.details
                    if detail.key != "state"
                ),
                of_the_state=entry.value("state") == "yes",
                has_number=bool(entry.value("number")),
            )
            for entry in source.entries
        ),
        language=language,
    )


def _texts(source: HelpSource) -> Iterator[tuple[str, str, int]]:
    if source.front.text("title"):
        yield "title", source.front.text("title"), source.front.line("title")
    for part in source.intro:
        yield "intro", part.text, part.line
    for entry in source.entries:
        yield "entry", entry.name, entry.line
        for detail in entry.details:
            if detail.text and detail.key not in {"number", "state"}:
                yield detail.key, detail.text, detail.line


def _read(content: Path, path: Path) -> HelpSource:
    shown = f"{HELP_FOLDER}/{path.name}"
    text = read_text(path, content)
    if isinstance(text, Problem):
        return HelpSource(shown, FrontMatter(), problems=(text,))
    return read_help_text(text, shown)


def _is_silent(node: SyntaxTreeNode) -> bool:
    """Say whether a block is front matter, or a comment with the sources."""
    if node.type == "front_matter":
        return True
    return node.type == "html_block" and not comment_pairs(node.content)[1]


def _entry(item: SyntaxTreeNode, problems: list[Problem]) -> EntrySource:
    line = first_line(item)
    paragraphs = [child for child in item.children if child.type == "paragraph"]
    rows = paragraphs[0].children[0].content.split("\n") if paragraphs else [""]
    name = _ENTRY.fullmatch(rows[0].strip())
    if name is None or len(paragraphs) != len(item.children) or len(paragraphs) > 1:
        hint = "Write `- **Kind of help**` and below it, indented, lines of `key: value`."
        problems.append(Problem("E209", line, "The entry of the help card cannot be read.", hint))
    details: list[Detail] = []
    words: list[str] = []
    for place, row in enumerate(rows[1:], line + 1):
        pair = _PAIR.fullmatch(row.strip())
        if pair and pair[1] in KEYS:
            details.append(Detail(pair[1], " ".join(pair[2].split()), place))
        elif pair:
            near = get_close_matches(pair[1], KEYS, 1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(KEYS)}."
            problems.append(Problem("E103", place, "The entry has a key we do not know.", hint))
        else:
            words.append(row.strip())
    if words:
        details.append(Detail(WORDS, " ".join(words), line + len(rows) - len(words)))
    return EntrySource(" ".join(name[1].split()) if name else rows[0].strip(), line, tuple(details))
