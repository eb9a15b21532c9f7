"""Bubbles as the page draws them: lines, list items, links, the hour, and each bubble once in its newest form."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from bot.channels.webphone import Shown
from bot.core.dialogue.days import WEEKDAYS
from bot.core.messages import Phrase, say_in
from bot.core.rich_text import RIGHT_TO_LEFT_MARK, RichText, Span

_MARKER = re.compile(r"(?:✓ )?\d{1,2}|•")
_LINK = re.compile(r"https?://[^\s<>\u2068\u2069]+[^\s<>\u2068\u2069.,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters in one style, perhaps a link."""

    text: str
    bold: bool
    italic: bool
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line; an item of a list has a marker, a line without pieces is a gap."""

    pieces: tuple[Piece, ...]
    marker: str = ""

    @property
    def begins_rtl(self) -> bool:
        """Say whether its first letter belongs to a writing that runs from right to left."""
        return begins_rtl("".join(piece.text for piece in self.pieces))


@dataclass(frozen=True, slots=True)
class DrawnBubble:
    """A bubble with all that its template needs.

    A lesson may come in another language than the person speaks; its buttons, and lines such as the one that says so,
    do not.
    """

    shown: Shown
    lines: tuple[Line, ...]
    hour: str
    day: date
    speaks: str

    @property
    def day_in_words(self) -> Phrase:
        """Return the day as it stands above the first bubble of a later day."""
        return say_in("day", "{weekday}, {date}", weekday=WEEKDAYS[self.day.weekday()], date=self.day)

    @property
    def buttons_language(self) -> str:
        """Return the language of the buttons, as far as the direction of their writing tells it from the bubble's."""
        labels = (button.label for row in self.shown.rows for button in row)
        return self.speaks if not self.shown.rtl and any(map(begins_rtl, labels)) else self.shown.language

    @property
    def has_words(self) -> bool:
        """Say whether there is anything to read, or a file to fetch."""
        return any(line.pieces for line in self.lines) or self.shown.document is not None


def standing(changes: Iterable[Shown]) -> list[Shown]:
    """Return each bubble once, in its newest form, at the place where it first stood."""
    bubbles: dict[int | str, Shown] = {}
    for change in changes:
        if change.empties:
            bubbles.clear()
            continue
        bubbles[change.client or change.number] = change
    return list(bubbles.values())


def drawn(shown: Shown, time_zone: str, speaks: str) -> DrawnBubble:
    """Return a bubble ready for its template, on the phone of somebody who speaks this language."""
    day = shown.sent_at.astimezone(ZoneInfo(time_zone)).date()
    return DrawnBubble(shown, tuple(lines(shown.text)), hour(shown, time_zone), day, speaks)


def lines(text: RichText) -> list[Line]:
    """Return the text line by line."""
    return [_line(spans) for spans in _split(text)]


def begins_rtl(text: str) -> bool:
    """Say whether the first letter of a text belongs to a writing that runs from right to left."""
    strong = (found for found in map(unicodedata.bidirectional, text) if found in {"L", "R", "AL"})
    return next(strong, "L") != "L"


def hour(bubble: Shown, time_zone: str) -> str:
    """Return the hour and minute at which a bubble was sent, as clocks show it where the phone is."""
    return f"{bubble.sent_at.astimezone(ZoneInfo(time_zone)):%H:%M}"


def _split(text: RichText) -> Iterator[list[Span]]:
    line: list[Span] = []
    for span in text:
        first, *others = span.text.replace(RIGHT_TO_LEFT_MARK, "").split("\n")
        line.append(replace(span, text=first))
        for words in others:
            yield [piece for piece in line if piece.text]
            line = [replace(span, text=words)]
    yield [piece for piece in line if piece.text]


def _line(spans: list[Span]) -> Line:
    match spans:
        case [Span(text=marker, bold=True), Span(text=words) as first, *rest] if _MARKER.fullmatch(
            marker
        ) and words.startswith("  "):
            return Line(_pieces([replace(first, text=words.lstrip()), *rest]), marker)
    return Line(_pieces(spans))


def _pieces(spans: Iterable[Span]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for span in spans:
        end = 0
        for link in _LINK.finditer(span.text):
            pieces.append(Piece(span.text[end : link.start()], span.bold, span.italic))
            pieces.append(Piece(link.group(), span.bold, span.italic, is_link=True))
            end = link.end()
        pieces.append(Piece(span.text[end:], span.bold, span.italic))
    return tuple(piece for piece in pieces if piece.text)
