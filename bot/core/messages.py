"""What goes out, in the core's own words: no vendor, no language, no clock.

What the core answers is a reply, made of phrases still untranslated and of
content that the catalogue has translated already, or a recipe for what is made when it is sent. The service turns
a reply into an outbound message in the learner's language; a channel turns that into the provider's call.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from bot.core.rich_text import RichText, Span, Verbatim, join


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a person is reached: a channel's name and the opaque id the channel knows the chat by."""

    channel: str
    id: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """The bot's own words in English, to be translated when they are enqueued."""

    text: str
    values: tuple[tuple[str, "PhraseValue"], ...] = ()
    plural: str | None = None
    count: int = 0
    context: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Words of a lesson, translated already, in the small markup of `rich_text`."""

    text: str
    language: str
    values: tuple[tuple[str, "PhraseValue"], ...] = ()


Text = Phrase | Content
PhraseValue = str | int | date | time | Verbatim | Phrase | Content


def say(text: str, /, **values: PhraseValue) -> Phrase:
    """Return a phrase in the listener's language; pybabel collects its text."""
    return Phrase(text, tuple(values.items()))


def say_count(singular: str, plural: str, /, n: int, **values: PhraseValue) -> Phrase:
    """Return a phrase that depends on a number; `{n}` is filled with it."""
    return Phrase(singular, (("n", n), *values.items()), plural=plural, count=n)


def say_in(context: str, text: str, /, **values: PhraseValue) -> Phrase:
    """Return a phrase whose English is ambiguous: the context tells translators which meaning is wanted."""
    return Phrase(text, tuple(values.items()), context=context)


class Layout(StrEnum):
    """How a block stands in a bubble."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph or list item; an item has a marker such as `1` or `•`."""

    text: Text
    layout: Layout = Layout.PARAGRAPH
    marker: str = ""


def heading(text: Text) -> Block:
    """Return a block that stands in bold on a line of its own."""
    return Block(text, Layout.HEADING)


def item(marker: str, text: Text) -> Block:
    """Return a list item."""
    return Block(text, Layout.ITEM, marker)


@dataclass(frozen=True, slots=True)
class Option:
    """A tappable part of a reply. `choice` is what the core will be told when it is tapped."""

    choice: str
    label: Text


Rows = tuple[tuple[Option, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a lesson: where it lies below the content folder, and what it shows."""

    path: str
    alt: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Something the bot says in one bubble.

    `replaces` means: in place of the last bubble that had options, where the channel can edit; elsewhere anew.
    `closes` means the same and nothing elsewhere: it only tidies what was answered.
    `takes_back` means: before it is said, everything that stands in the chat disappears, where the channel can.
    """

    blocks: tuple[Block, ...]
    rows: Rows = ()
    picture: Picture | None = None
    replaces: bool = False
    closes: bool = False
    rings: bool = False
    takes_back: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """A reply that is made when it is sent, so that no personal file lies in the database.

    `kind` is a name in the table of `service/recipes.py`; the arguments are small strings.
    """

    kind: str
    arguments: tuple[tuple[str, str], ...] = ()
    rows: Rows = ()
    rings: bool = False


def reply(*blocks: Block | Text, rows: Rows = (), rings: bool = False) -> Reply:
    """Return a reply of blocks; a bare text is a paragraph."""
    return Reply(tuple(b if isinstance(b, Block) else Block(b) for b in blocks), rows=rows, rings=rings)


def row(*options: tuple[str, Text]) -> tuple[Option, ...]:
    """Return one row of options."""
    return tuple(Option(choice, label) for choice, label in options)


def compose(blocks: Iterable[Block], render: Callable[[Text], RichText]) -> RichText:
    """Return the blocks as one text: a heading and an item end their line, a paragraph is set off by a blank one."""
    spans: list[Span] = []
    before: Layout | None = None
    for block in blocks:
        text = render(block.text)
        if before is not None:
            tight = before is Layout.HEADING or (before is Layout.ITEM and block.layout is Layout.ITEM)
            spans.append(Span("\n" if tight else "\n\n"))
        if block.layout is Layout.HEADING:
            text = tuple(Span(span.text, bold=True, italic=span.italic) for span in text)
        if block.marker:
            spans += [Span(block.marker, bold=True), Span("  ")]
        spans += text
        before = block.layout
    return join(spans)


# --- out: what a channel sends ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A label of at most the channel's length, and an opaque token of at most 64 bytes."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Media:
    """A file of ours to show: its path below the content folder, and the provider's id once it was uploaded."""

    path: str
    alt: str
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file made for one person at the moment of sending; it is never stored."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One provider call: at most one text, picture or document, in one language, with its buttons.

    `replaces` is the provider's id of the bubble to edit; a channel that finds it gone sends anew.
    `takes_back` are ids of bubbles that are to disappear; with a text, they are to show that instead. Nothing is sent
    anew then, and what is gone already is no failure.
    """

    address: Address
    text: RichText
    language: str
    rtl: bool = False
    rows: tuple[tuple[Button, ...], ...] = ()
    picture: Media | None = None
    document: Document | None = None
    silent: bool = True
    replaces: str | None = None
    takes_back: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's word that it took a message. `file_id` is set when a picture was uploaded for the first time."""

    message_id: str | None
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """What a channel can do. Lengths are in characters as the provider counts them.

    `costs` says that every message is paid for, so that nothing is asked there which a lesson does not need.
    `invite_link` is how an invitation is written here: `{code}` stands for the code. `taking_back` is how many bubbles
    one call can make disappear, 0 where none can; `taking_back_for` is how long after they were sent.
    """

    buttons: int = 0
    editing: bool = False
    bundle: bool = False
    costs: bool = False
    pictures: bool = True
    documents: bool = True
    text_limit: int = 4096
    caption_limit: int = 1024
    label_limit: int = 64
    invite_link: str = "{code}"
    taking_back: int = 0
    taking_back_for: timedelta | None = None
