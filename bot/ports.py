"""The waist of the house: what the service needs from the rooms beside it, and nothing about how they do it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from bot.core.course import Course, Language, Lesson, Library
from bot.core.events import MessageReceived
from bot.core.messages import Features, OutboundMessage, Phrase, Receipt, Text
from bot.core.question import Problem
from bot.core.rich_text import RichText
from bot.repositories import UnitOfWork
from bot.rows import Bubble, KeptLesson

T = TypeVar("T")

# --- time and chance ----------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The only source of time. Due times and records use `now`; waits use `monotonic` and `sleep`."""

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


# --- channels -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a provider's request held: events to be taken, and the reasons why the rest is ignored."""

    events: tuple[MessageReceived, ...] = ()
    ignored: tuple[str, ...] = ()


Accept = Callable[[Sequence[MessageReceived]], Awaitable[None]]


class Channel(Protocol):
    """How people reach us. A channel knows its provider and nothing about lessons."""

    name: str
    features: Features
    body_limit: int

    def parse(self, headers: Mapping[str, str], body: bytes) -> Parsed:
        """Verify a webhook request and return its events; RequestRefused if it does not hold."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Make one provider call; DeliveryFailed says what is known when it did not succeed."""

    async def noticed(self, event: MessageReceived) -> None:
        """Answer a tap at once, so that the button stops spinning. Failing is harmless."""

    async def listen(self, accept: Accept) -> None:
        """Run from start to shutdown: set-up, and polling where there is any.

        `accept` returns when the events are committed, and raises NotCommitted when they are not; only after
        it returned may they be acknowledged.
        """

    def waiting_for(self) -> str | None:
        """Return in one line what the channel waits for before it can work, or None when it works."""

    async def close(self) -> None:
        """Let go of connections."""


class ChannelMemory(Protocol):
    """A few small values that a channel keeps over a restart: an offset, a pause, what was set up."""

    async def get(self, name: str) -> str | None:
        """Return the value kept under a name."""

    async def put(self, name: str, value: str) -> None:
        """Keep a value; it is committed with the next batch of turns, or soon."""


class Bubbles(Protocol):
    """What the phones on the page show. Only the webphone channel uses it; the last 200 of a phone are kept."""

    async def add(self, phone: str, content: str, sent_at: datetime) -> Bubble:
        """Keep a bubble, committed when this returns."""

    async def empty(self, phone: str, content: str, at: datetime) -> Bubble:
        """Erase all bubbles of a phone and keep one in their place, which tells the page so."""

    async def since(self, phone: str, after: int) -> Sequence[Bubble]:
        """Return the bubbles of a phone with a greater id, oldest first."""


@dataclass(frozen=True, slots=True)
class ChannelParts:
    """What a channel's `make(settings, parts)` may use.

    `command_menu` maps a command's name to what a menu says of it.
    """

    clock: Clock
    memory: Callable[[str], ChannelMemory]
    bubbles: Bubbles
    media: Callable[[str, str], Path | None]
    languages: tuple[Language, ...]
    say: Callable[[Phrase, str], str]
    command_menu: Mapping[str, Phrase]


# --- catalogue ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileProblem:
    """An authoring error with its file."""

    path: str
    problem: Problem

    def __str__(self) -> str:
        found = self.problem
        return f"{self.path}:{found.line}:{found.column} {found.code} {found.message} → {found.hint}"


class Catalogue(Protocol):
    """The courses and languages that lie in `content/` and `locales/`. A broken file never replaces a good one."""

    def library(self, language: str, *, country: str | None, hint: str | None) -> Library:
        """Return what the core may read for a person of this language and country.

        `hint` is what the channel guesses of a new person's language. An unknown language falls back.
        """

    def keep(self, version: str) -> KeptLesson | None:
        """Return what must be kept so that this version can be read later, if it stands in the catalogue now."""

    def rebuild(self, kept: KeptLesson) -> Lesson:
        """Return the lesson of a version that was kept."""

    def courses(self, language: str) -> tuple[Course, ...]:
        """Return all courses in their default order, each lesson in the language or its fallback."""

    def languages(self) -> tuple[Language, ...]:
        """Return the languages people may choose."""

    def media(self, path: str, language: str) -> Path | None:
        """Return the file of a picture, in the language's own form where there is one."""

    def reload(self) -> Sequence[FileProblem]:
        """Read everything again and swap it in if it is sound; return the errors that kept the old state."""

    def has_changed(self) -> bool:
        """Say whether a file changed since the last look, without reading any."""

    def broken(self) -> Sequence[FileProblem]:
        """Return the errors of the last reload that was refused."""


class Translator(Protocol):
    """Turns phrases into one language, with plurals, dates, and values in isolates."""

    def render(self, text: Text, language: str) -> RichText:
        """Return a phrase or a content, filled. Content keeps its own language."""

    def label(self, text: Text, language: str, limit: int) -> str:
        """Return a plain label, shortened on a grapheme border where it must be."""

    def is_rtl(self, language: str) -> bool:
        """Say whether the language is written from right to left."""


# --- store ----------------------------------------------------------------------------------------------------------


class Transaction(Protocol):
    """One open transaction; each step is one hop to the database's thread."""

    async def run(self, step: Callable[[UnitOfWork], T]) -> T:
        """Run a step inside the transaction."""


class Reading(Protocol):
    """A database that is only read."""

    async def read(self, step: Callable[[UnitOfWork], T]) -> T:
        """Run a step on a read-only connection, for at most five seconds."""


class Store(Reading, Protocol):
    """The database."""

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run work in one write transaction, committed when it returns and rolled back when it raises.

        It goes on to its end even if the caller is cancelled.
        """

    async def tidy(self) -> None:
        """Clear away what lies about of rows that were erased."""

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""


# --- reports ------------------------------------------------------------------------------------------------------


class ReportWriter(Protocol):
    """Numbers as a file."""

    name: str
    media_type: str
    suffix: str

    def write(self, header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
        """Return the file."""
