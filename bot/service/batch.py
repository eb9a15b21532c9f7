"""One batch of events inside one transaction: load, advance, render, save. It knows no queue and sends nothing."""

import asyncio
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import token_bytes

import structlog

from bot.core.course import Library
from bot.core.dialogue import engine
from bot.core.dialogue.scene import Turn
from bot.core.events import BEGUN_BY_US, Event
from bot.core.facts import AddressKept, LessonBegun, PersonForgotten
from bot.core.learner import Memory, Reach
from bot.core.messages import Address, Features
from bot.ports import Catalogue, Clock, Transaction
from bot.repositories import UnitOfWork
from bot.rows import Finished, InboxRow, KeptLesson, Keys, Lane, OutboxRow, Sending, TurnRow
from bot.service.holding import LEASE
from bot.service.rendering import Rendered, Renderer

SLICE = 0.005
LONGEST_QUEUE = 1_000
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_FRESH_CODES, _CODE_LETTERS, _RANDOM_BYTES = 6, 16, 60

log = structlog.get_logger()
Ride = Callable[[UnitOfWork], None]


def fresh_codes(turns: int, draw: Callable[[int], bytes] = token_bytes) -> Iterator[tuple[str, ...]]:
    """Yield six random codes of 80 bits for each turn, for whatever it makes new. All are drawn at once."""
    letters = b32encode(draw(_RANDOM_BYTES * turns)).translate(_CROCKFORD).decode()
    codes = (letters[start : start + _CODE_LETTERS] for start in range(0, len(letters), _CODE_LETTERS))
    return zip(*[codes] * _FRESH_CODES, strict=True)


def fresh_code() -> str:
    """Return one random code of 80 bits."""
    return next(fresh_codes(1))[0]


@dataclass(slots=True)
class Arrived:
    """An event that waits for its commit."""

    event: Event
    done: asyncio.Future[None]


@dataclass(slots=True)
class Taken:
    """What one batch came to, before and after its save.

    `silenced` are addresses that must not be written to any more, and those of who was forgotten.
    """

    turns: list[tuple[Event, Memory, Turn]] = field(default_factory=list)
    failed: list[Arrived] = field(default_factory=list)
    rows: list[OutboxRow] = field(default_factory=list)
    silenced: list[Address] = field(default_factory=list)
    kept_versions: set[str] = field(default_factory=set)
    duplicates: int = 0


Loaded = tuple[Arrived, Memory, engine.Wants, KeptLesson | None]


class Batches:
    """Takes batches of events through a transaction."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        renderer: Renderer,
        clock: Clock,
        features: Callable[[str], Features],
        owner: str,
    ) -> None:
        self._catalogue, self._renderer, self._clock = catalogue, renderer, clock
        self._features, self._owner = features, owner
        self._kept_versions: set[str] = set()
        self.queue_length: Callable[[], int] = int
        self.draw: Callable[[int], bytes] = token_bytes

    async def work(
        self, transaction: Transaction, batch: list[Arrived], finished: list[Finished], rides: list[Ride]
    ) -> Taken:
        """Load, advance and save, inside one transaction."""
        taken = Taken()
        loaded: list[Loaded] = []
        if batch:
            loaded = await transaction.run(lambda uow: self._load(uow, batch))
            taken.duplicates = len(batch) - len(loaded)
        began = self._clock.monotonic()
        for arrived, memory, wants, pinned in loaded:
            try:
                library = self._library(wants, pinned)
                turn = engine.advance(memory, arrived.event, library, self._clock.now())
            except Exception as error:
                log.warning("turn failed", error=type(error).__name__, kind=type(arrived.event.content).__name__)
                taken.failed.append(arrived)
                continue
            taken.turns.append((arrived.event, memory, turn))
            if self._clock.monotonic() - began > SLICE:
                await self._clock.sleep(0)
                began = self._clock.monotonic()
        await transaction.run(lambda uow: self._save(uow, taken, finished, rides))
        return taken

    def known(self, uow: UnitOfWork, arrived: list[Arrived]) -> list[tuple[Event, Memory, Library]]:
        """Return what turns of these events would know now. Nothing of it is kept."""
        return [
            (found.event, memory, self._library(wants, pinned))
            for found, memory, wants, pinned in self._load(uow, arrived)
        ]

    def _load(self, uow: UnitOfWork, batch: list[Arrived]) -> list[Loaded]:
        wanted = [Keys(need.address, need.code) for need in (engine.needs(arrived.event) for arrived in batch)]
        # The conversations are locked by this load, so that a copy of an event that another process is taking at this
        # moment is seen as a duplicate right after it.
        memories = uow.memories.load(wanted, now=self._clock.now())
        seen = uow.inbox.seen([arrived.event.key for arrived in batch])
        codes = [engine.code_waiting(memory) for memory in memories]
        waiting = [code for code, memory in zip(codes, memories, strict=True) if code and memory.invitation is None]
        invitations = uow.memories.invitations(waiting) if waiting else {}
        wants = [engine.wants(arrived.event, memory) for arrived, memory in zip(batch, memories, strict=True)]
        versions = {want.version for want in wants if want.version}
        unknown = [version for version in versions if self._catalogue.keep(version) is None]
        kept = {lesson.version: lesson for lesson in uow.memories.kept_lessons(unknown)} if unknown else {}
        loaded = []
        fresh = fresh_codes(len(batch), self.draw)
        for arrived, found, code, want, drawn in zip(batch, memories, codes, wants, fresh, strict=True):
            if arrived.event.key in seen:
                continue
            memory = replace(
                found,
                features=self._features(arrived.event.address.channel),
                fresh=drawn,
                invitation=found.invitation or invitations.get(code or ""),
            )
            loaded.append((arrived, memory, want, kept.get(want.version or "") or self._in_another_language(want)))
        return loaded

    def _in_another_language(self, want: engine.Wants) -> KeptLesson | None:
        """Return the version under way if it is not of the person's language, so that its cards can be compared."""
        standing = self._catalogue.keep(want.version) if want.version else None
        return standing if standing and standing.language != want.language else None

    def _library(self, wants: engine.Wants, pinned: KeptLesson | None) -> Library:
        library = self._catalogue.library(wants.language or "", country=wants.country, hint=wants.hint)
        return replace(library, pinned=self._catalogue.rebuild(pinned)) if pinned else library

    def _save(self, uow: UnitOfWork, taken: Taken, finished: list[Finished], rides: list[Ride]) -> None:
        now = self._clock.now()
        turns: list[TurnRow] = []
        rows: list[OutboxRow] = []
        for event, memory, turn in taken.turns:
            rendered = self._renderer.turn(event, memory, turn, now)
            turns.append(_turn_row(event, turn, rendered))
            rows += rendered.rows
            taken.silenced += [event.address for fact in turn.facts if isinstance(fact, PersonForgotten)]
        if finished:
            uow.outbox.finish(finished)
        for step in rides:
            step(uow)
        if turns:
            self._keep_versions(uow, taken)
            uow.memories.save(turns, now)
            uow.inbox.add([_inbox_row(event, now) for event, _, _ in taken.turns])
        for reach, addresses in _unwanted(taken.turns):
            uow.outbox.cancel(addresses, reach.value, now)
            taken.silenced += addresses
        if rows:
            taken.rows = uow.outbox.add(self.leased(rows))

    def leased(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Return the replies leased by this process while its queue is short; the rest anybody may send."""
        if self.queue_length() + len(rows) > LONGEST_QUEUE:
            return rows
        until = self._clock.now() + LEASE
        return [self._ours(row, until) if row.lane is Lane.INTERACTIVE else row for row in rows]

    def _ours(self, row: OutboxRow, until: datetime) -> OutboxRow:
        return replace(row, state=Sending.LEASED, lease_owner=self._owner, lease_until=until, fence=1)

    def _keep_versions(self, uow: UnitOfWork, taken: Taken) -> None:
        """Keep each lesson version that was begun for the first time, so that it can be finished as it was."""
        begun = {fact.version for _, _, turn in taken.turns for fact in turn.facts if isinstance(fact, LessonBegun)}
        new = [kept for version in begun - self._kept_versions if (kept := self._catalogue.keep(version))]
        if new:
            uow.memories.keep_lessons(new, self._clock.now())
            taken.kept_versions.update(kept.version for kept in new)

    def committed(self, taken: Taken) -> None:
        """Note what need not be kept again. Not before the commit: what was rolled back must be kept the next time."""
        self._kept_versions |= taken.kept_versions


def _turn_row(event: Event, turn: Turn, rendered: Rendered) -> TurnRow:
    heard = not isinstance(event.content, BEGUN_BY_US)
    return TurnRow(event.address, turn.person_id, rendered.conversation, turn.facts, heard)


def kind_of(event: Event) -> str:
    """Return what an event is, for the inbox: never what it holds."""
    return type(event.content).__name__.lower()


def _inbox_row(event: Event, now: datetime) -> InboxRow:
    return InboxRow(event.key, event.address.channel, kind_of(event), now)


def _unwanted(turns: Iterable[tuple[Event, Memory, Turn]]) -> Iterator[tuple[Reach, list[Address]]]:
    """Yield the addresses that turns made ones that must not be written to, by the reason."""
    kept = [fact.address for _, _, turn in turns for fact in turn.facts if isinstance(fact, AddressKept)]
    for reach in (Reach.STOPPED, Reach.UNREACHABLE):
        if addresses := [known.address for known in kept if known.reach is reach]:
            yield reach, addresses
