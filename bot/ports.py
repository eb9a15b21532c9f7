"""The waist of the house: what the service needs from the rooms beside it, and nothing about how they do it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from bot.core.course import Course, Language, Lesson, Library
from bot.core.learner import Conversation, Fact, Invitation, Memory
from bot.core.messages import Address, Features, MessageReceived, OutboundMessage, Phrase, Receipt, Text
from bot.core.question import Problem
from bot.core.rich_text import RichText
from bot.core.summary import CompanyCount as CompanyCount
from bot.core.summary import CompletionRow as CompletionRow

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


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble on a webphone; `id` is also the id of its server-sent event and grows with every change."""

    id: int
    phone: str
    content: str
    sent_at: datetime


class Bubbles(Protocol):
    """What the phones on the page show. Only the webphone channel uses it; the last 200 of a phone are kept."""

    async def add(self, phone: str, content: str, sent_at: datetime) -> Bubble:
        """Keep a bubble, committed when this returns."""

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
class KeptLesson:
    """A lesson in the version that somebody began: its source file and the translation that was used."""

    version: str
    course_id: str
    lesson_id: str
    language: str
    source: str
    messages: Mapping[str, str]
    draft: bool = False


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


# --- store: turns -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """What an event needs loaded: its address, and the invitation it names."""

    address: Address
    code: str | None = None


class Outcome(StrEnum):
    """How an event ended; kept with its key for seven days."""

    DONE = "done"
    TRYING = "trying"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """The key of an event, never its payload."""

    key: str
    channel: str
    kind: str
    received_at: datetime
    outcome: Outcome = Outcome.DONE


@dataclass(frozen=True, slots=True)
class TurnRow:
    """What a turn leaves behind, apart from its replies. No person means that nothing is to be remembered."""

    address: Address
    person_id: str | None
    conversation: Conversation | None
    facts: tuple[Fact, ...]


class Lane(StrEnum):
    """Replies go before what nobody waits for."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class Sending(StrEnum):
    """Where an outgoing message stands; the last six are final."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One provider call to be made.

    `payload` is JSON: a message ready to go, or a recipe. `has_buttons` marks a bubble that a later reply may
    edit; `edits` is that bubble's provider id, or `last` for the newest one. `required` rows go out after STOP.
    `id` is given by the store and grows within a conversation.
    """

    address: Address
    conversation: str
    person_id: str | None
    payload: str
    created_at: datetime
    expires_at: datetime
    lane: Lane = Lane.INTERACTIVE
    state: Sending = Sending.PENDING
    not_before: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    fence: int = 0
    tries: int = 0
    copies: int = 0
    has_buttons: bool = False
    edits: str | None = None
    required: bool = False
    message_id: str | None = None
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a call. `fence` is the lease's number: a late word of an old lease is not written."""

    id: int
    fence: int
    state: Sending
    at: datetime
    reason: str = ""
    message_id: str | None = None
    tries: int = 0
    copies: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that could not be taken, with what it held; kept for seven days, for the operator only."""

    key: str
    channel: str
    kind: str
    payload: str
    error: str
    at: datetime


class Inbox(Protocol):
    """The keys of events, so that none takes effect twice."""

    def seen(self, keys: Sequence[str]) -> set[str]:
        """Return those that have ended already; a key that is only being tried does not count."""

    def add(self, rows: Sequence[InboxRow]) -> None:
        """Keep the keys of events that end with this transaction."""

    def try_once(self, row: InboxRow) -> int:
        """Count one more try of an event and return how many there have been."""

    def prune(self, before: datetime) -> int:
        """Forget keys received earlier; return how many."""


class Memories(Protocol):
    """What turns load and leave behind, in bulk."""

    def load(self, wanted: Sequence[Keys]) -> list[Memory]:
        """Return one memory per wanted address, in the same order, locking their conversations in id order.

        `features` and `fresh` are left at their defaults for the service to fill. An address never seen gives a
        memory without person.
        """

    def invitations(self, codes: Sequence[str]) -> Mapping[str, Invitation]:
        """Return the invitations of these codes that there are."""

    def save(self, turns: Sequence[TurnRow], now: datetime) -> None:
        """Keep conversations and facts of all turns, each kind of fact in one statement."""

    def kept_lessons(self, versions: Sequence[str]) -> list[KeptLesson]:
        """Return the lesson versions that were kept."""

    def keep_lessons(self, lessons: Sequence[KeptLesson], now: datetime) -> None:
        """Keep lesson versions; one that is there already stays."""


class Outbox(Protocol):
    """Messages kept before they are sent."""

    def add(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Keep rows and return them with their ids, in the same order."""

    def claim(self, *, now: datetime, owner: str, until: datetime, lane: Lane, limit: int) -> list[OutboxRow]:
        """Lease up to `limit` rows that are due or whose lease has lapsed, oldest first.

        A row with an earlier unfinished row of its conversation is left alone.
        """

    def is_due(self, now: datetime, lane: Lane) -> bool:
        """Say whether there is anything to claim, without writing."""

    def take_back(self, *, owner: str, now: datetime) -> int:
        """Make all rows leased by anyone but `owner` due again; for a start that knows it is alone."""

    def renew(self, ids: Sequence[int], *, owner: str, until: datetime) -> None:
        """Prolong leases while rows wait for their turn."""

    def finish(self, results: Sequence[Finished]) -> None:
        """Write what became of calls, where the fence still holds."""

    def cancel(self, addresses: Sequence[Address], now: datetime) -> None:
        """Cancel what is queued for addresses that stopped, except required rows."""

    def sendable(self, ids: Sequence[int]) -> Mapping[int, str | None]:
        """Return for each row the reason why it must not be sent now (stopped, unreachable, left), or None."""

    def last_bubble(self, conversation: str) -> str | None:
        """Return the provider id of the newest sent bubble with buttons."""

    def by_state(self) -> Mapping[str, int]:
        """Return how many rows stand in each state."""

    def oldest_waiting(self) -> datetime | None:
        """Return when the oldest unfinished row was made."""

    def unsent(self, limit: int) -> list[OutboxRow]:
        """Return rows that failed or wait, newest first, for the operator."""

    def resend(self, ids: Sequence[int], now: datetime, expires_at: datetime) -> int:
        """Make failed or expired rows due again; return how many."""

    def prune(self, before: datetime) -> int:
        """Erase the payload of rows that ended earlier; return how many."""


class Quarantine(Protocol):
    """Events set aside."""

    def add(self, row: Quarantined) -> None:
        """Set an event aside."""

    def list(self) -> list[Quarantined]:
        """Return what is set aside, oldest first."""

    def drop(self, key: str) -> bool:
        """Forget one; return whether it was there."""

    def release(self, key: str) -> Quarantined | None:
        """Take one out so that it can be tried again: its key counts as never seen."""

    def prune(self, before: datetime) -> int:
        """Forget what was set aside earlier; return how many."""


# --- store: numbers and the rest ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeptAbout:
    """What is kept about one person, for `/mydata`."""

    language: str
    hour: str | None
    wants_reminders: bool
    companies: tuple[str, ...]
    joined_on: date | None
    lessons: int
    answers: int
    oldest_answer: date | None
    courses_finished: int
    roles: tuple[str, ...]


class Numbers(Protocol):
    """What reports are made of, read from the view `completion`."""

    def companies(self, trainer_id: str | None) -> list[CompanyCount]:
        """Return the companies assigned to a trainer, or all of them, by name."""

    def company(self, company_id: str) -> tuple[CompanyCount, str] | None:
        """Return one company and its time zone."""

    def worker_code(self, company_id: str) -> str | None:
        """Return the open join code of a company's poster."""

    def owner_code(self, company_id: str) -> str | None:
        """Return the newest unused owner's code of a company."""

    def completion(self, company_ids: Sequence[str], *, until: datetime | None = None) -> list[CompletionRow]:
        """Return the rows of the view for these companies, counting only what was done before `until`."""

    def snapshot(self, company_id: str, week: date) -> str | None:
        """Return the kept numbers of a company's week, as JSON."""

    def keep_snapshot(self, company_id: str, week: date, numbers: str, at: datetime) -> None:
        """Keep a week's numbers; what is there already stays."""

    def kept_about(self, person_id: str) -> KeptAbout | None:
        """Return what `/mydata` tells."""

    def totals(self) -> Mapping[str, int]:
        """Return how many people, companies, events, answers and messages there are, for health and the demo page."""


class Records(Protocol):
    """Small things: the instance's own settings, what channels keep, uploaded files, the audit."""

    def get(self, name: str) -> str | None:
        """Return a value of the instance."""

    def put(self, name: str, value: str) -> None:
        """Keep a value of the instance."""

    def channel_get(self, channel: str, name: str) -> str | None:
        """Return a value a channel kept."""

    def channel_put(self, channel: str, name: str, value: str) -> None:
        """Keep a value for a channel."""

    def files(self, channel: str) -> Mapping[str, str]:
        """Return the provider's ids of uploaded files by their digest."""

    def keep_file(self, channel: str, digest: str, file_id: str) -> None:
        """Keep the provider's id of an uploaded file."""

    def audit(self, actor_id: str, action: str, subject: str, at: datetime) -> None:
        """Write down who did what to what."""

    def add_bubble(self, phone: str, content: str, at: datetime) -> Bubble:
        """Keep a bubble of a webphone, and the last 200 of that phone."""

    def bubbles(self, phone: str, after: int) -> list[Bubble]:
        """Return the bubbles of a phone with a greater id, oldest first."""

    def clear(self) -> None:
        """Empty every table of a demo database, for `run --fresh` and *Start again*."""


class UnitOfWork(Protocol):
    """The repositories inside one transaction."""

    inbox: Inbox
    memories: Memories
    outbox: Outbox
    quarantine: Quarantine
    numbers: Numbers
    records: Records


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
