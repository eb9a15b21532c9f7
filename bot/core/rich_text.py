"""Text with bold and italic, and the only place where values enter a text.

A source text carries `**bold**`, `*italic*` and `{placeholders}`. It is parsed first and filled afterwards,
so that a value can never become markup, and never through `str.format`, which would reach attributes.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

FIRST_STRONG_ISOLATE, POP_ISOLATE, RIGHT_TO_LEFT_MARK = "\u2068", "\u2069", "\u200f"
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(
    r"\*\*(?P<bold>\S(?:.*?\S)??)\*\*|\*(?P<star>\S(?:.*?\S)??)\*|(?<!\w)_(?P<under>\S(?:.*?\S)??)_(?!\w)", re.DOTALL
)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters in one style."""

    text: str
    bold: bool = False
    italic: bool = False


RichText = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A value that is tapped or copied, such as a link or a `/command`: it is inserted without isolates."""

    text: str


Value = str | Verbatim | RichText


def parse(source: str) -> RichText:
    """Return the spans of a text in the small markup of lessons and phrases."""
    spans: list[Span] = []
    end = 0
    for match in _MARKUP.finditer(source):
        spans.append(Span(source[end : match.start()]))
        bold = match["bold"]
        spans.append(Span(bold, bold=True) if bold is not None else Span(match["star"] or match["under"], italic=True))
        end = match.end()
    spans.append(Span(source[end:]))
    return tuple(span for span in spans if span.text)


def placeholders(source: str) -> frozenset[str]:
    """Return the names between braces."""
    return frozenset(_PLACEHOLDER.findall(source))


def fill(source: str, values: Mapping[str, Value], *, rtl: bool) -> RichText:
    """Return the parsed text with its placeholders filled; a name that is not among the values stays as it is."""
    filled: list[Span] = []
    for literal, name in _pieces(source):
        filled.append(literal)
        if name:
            filled.extend(_inserted(values.get(name, Verbatim(f"{{{name}}}")), literal, rtl=rtl))
    return join(filled)


# The same few templates are filled again and again. They are ours; what is personal is in the values.
@lru_cache(maxsize=2048)
def _pieces(source: str) -> tuple[tuple[Span, str], ...]:
    """Return the text between placeholders, each piece with the name that follows it, or none."""
    found: list[tuple[Span, str]] = []
    for span in parse(source):
        pieces = _PLACEHOLDER.split(span.text)
        for literal, name in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
            found.append((Span(literal, span.bold, span.italic), name))
    return tuple(found)


def _inserted(value: Value, around: Span, *, rtl: bool) -> Iterable[Span]:
    if isinstance(value, tuple):
        return (Span(span.text, span.bold or around.bold, span.italic or around.italic) for span in value)
    if isinstance(value, Verbatim):
        return (Span(value.text, around.bold, around.italic),)
    # A stray control in a name must not turn the rest of the line around.
    text = _BIDI_CONTROLS.sub("", value)
    isolate = rtl or any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in text)
    shown = f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if isolate else text
    return (Span(shown, around.bold, around.italic),)


def join(spans: Iterable[Span]) -> RichText:
    """Return the spans with neighbours of one style made one, and empty ones left out."""
    runs: list[tuple[Span, list[str]]] = []
    for span in spans:
        if not span.text:
            continue
        if runs and runs[-1][0].bold == span.bold and runs[-1][0].italic == span.italic:
            runs[-1][1].append(span.text)
        else:
            runs.append((span, [span.text]))
    return tuple(first if len(texts) == 1 else Span("".join(texts), first.bold, first.italic) for first, texts in runs)


def plain(text: RichText) -> str:
    """Return the characters without their style."""
    return "".join(span.text for span in text)


def anchored(text: RichText) -> RichText:
    """Return a right-to-left text whose every line keeps its direction, whatever it begins with.

    A chat app guesses the direction of a line by its first strong letter, so a line that begins with a digit,
    an emoji or a Latin name would be laid out the wrong way round. Commands and links are left alone.
    """
    anchored_spans: list[Span] = []
    at_line_start = True
    for span in text:
        lines = span.text.split("\n")
        for index, line in enumerate(lines):
            if (index > 0 or at_line_start) and line and _needs_anchor(line):
                lines[index] = RIGHT_TO_LEFT_MARK + line
        at_line_start = not lines[-1] if len(lines) > 1 else at_line_start and not lines[0]
        anchored_spans.append(replace(span, text="\n".join(lines)))
    return tuple(anchored_spans)


def _needs_anchor(line: str) -> bool:
    if line.startswith(("/", "https://", "http://")):
        return False
    return unicodedata.bidirectional(line[0]) not in {"R", "AL"}
