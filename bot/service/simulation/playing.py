"""Plays time: the clock jumps to the next moment at which anything is due, and all of that moment is brought to rest.

A moment is the earliest of what people do next, whose time the store says comes next, and what waits in the outbox.
In life these are looked at every second and every twenty seconds; here the answer is known, so nothing is polled.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.core.events import Blocked, InboundContent, MessageReceived, Unblocked
from bot.core.messages import Address, OutboundMessage
from bot.repositories import UnitOfWork
from bot.rows import OutboxRow
from bot.service.outbox import Delivery
from bot.service.simulation.clock import PlayedClock
from bot.service.simulation.observing import ARRIVED, Observer
from bot.service.simulation.people import Actor
from bot.service.tick import Tick
from bot.service.turns import Turns

# Whatever the store says, time goes on.
_LEAST = timedelta(seconds=1)
_BEGINNING, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_LOOK_FOR_SILENCE = timedelta(days=1)


@dataclass(slots=True)
class Machine:
    """The parts of the bot that are played with, all of them real, and what is done now and then."""

    turns: Turns
    delivery: Delivery
    tick: Tick
    clock: PlayedClock
    daily: Sequence[Callable[[], object]] = ()


@dataclass(slots=True)
class _Next:
    """When the store says that something comes next."""

    rhythm: datetime | None = None
    outbox: datetime | None = None

    def at(self) -> datetime | None:
        """Return the earlier of the two."""
        return min((at for at in (self.rhythm, self.outbox) if at), default=None)

    def is_due(self, now: datetime) -> tuple[bool, bool]:
        """Say which of the two has come."""
        return bool(self.rhythm and self.rhythm <= now), bool(self.outbox and self.outbox <= now)

    def after(self, now: datetime) -> "_Next":
        """Return the same, but nothing that lies behind us."""
        someone, waits = self.is_due(now)
        return _Next(now + _LEAST if someone else self.rhythm, now + _LEAST if waits else self.outbox)


@dataclass(slots=True)
class Player:
    """Plays people and the bot, moment by moment."""

    machine: Machine
    observer: Observer
    block: Callable[[Address, bool], None]
    actors: dict[Address, Actor] = field(default_factory=dict)
    waiting: list[tuple[datetime, int, Actor]] = field(default_factory=list)
    news: dict[Address, bool] = field(default_factory=dict)
    resends: float = 0.0
    _number: int = 0
    _places: Iterator[int] = field(default_factory=count)
    _daily_at: datetime | None = None
    _next: _Next = field(default_factory=_Next)
    _committed: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self) -> None:
        """See every commit, so that what is made is known and nothing is waited for in vain."""
        take = self.machine.turns.hand_over

        def hand_over(rows: Sequence[OutboxRow], silenced: Sequence[Address]) -> None:
            self.observer.made(rows)
            take(rows, silenced)
            self._committed.set()

        self.machine.turns.hand_over = hand_over

    def add(self, actors: Iterable[Actor]) -> None:
        """Let people take part; who is the first on a phone has it."""
        for actor in actors:
            if actor.address not in self.actors:
                self.actors[actor.address] = actor
                self.observer.meet(actor)
            self._expect(actor)

    def _expect(self, actor: Actor) -> None:
        due = actor.due()
        if due:
            heapq.heappush(self.waiting, (due, next(self._places), actor))

    def saw(self, message: OutboundMessage, outcome: str) -> bool:
        """Take note of a call to the channel; return whether the message stands on the phone now."""
        by_bot = self.observer.called(message, outcome, self.machine.clock.time)
        if outcome not in ARRIVED:
            return False
        self.news[message.address] = by_bot
        return True

    # --- time -----------------------------------------------------------------------------------------------------

    async def play(self, until: datetime, progress: Callable[[datetime], None]) -> None:
        """Play to a moment."""
        clock = self.machine.clock
        self._daily_at = self._daily_at or clock.time
        while True:
            coming = [self.waiting[0][0] if self.waiting else None, self._next.at(), self._daily_at]
            at = max(min(moment for moment in coming if moment), clock.time)
            if at >= until:
                clock.time = until
                return
            clock.time = at
            await self._moment(at)
            progress(at)

    async def rest(self, until: datetime) -> None:
        """Let the outbox run empty, with nobody doing anything any more."""
        clock = self.machine.clock
        while self._next.outbox and clock.time < until:
            clock.time = max(self._next.outbox, clock.time + _LEAST)
            await self.machine.delivery.look()
            await self._settle(clock.time)

    async def _moment(self, at: datetime) -> None:
        acting = self._due(at)
        if acting:
            await self._people(acting, at)
        if self._daily_at and self._daily_at <= at:
            self._daily_at = at + _LOOK_FOR_SILENCE
            await self._look_daily(at)
        await self._bot(at)
        # What the store goes on calling due although it was looked at does not hold up the clock.
        self._next = self._next.after(at)
        self.observer.end_moment(at)

    async def _bot(self, at: datetime) -> None:
        """Let the bot begin to speak, and send what waits, if it is time for either."""
        someone, waits = self._next.is_due(at)
        has_made = someone and await self._look_who_is_due()
        if has_made or waits:
            await self.machine.delivery.look()
        if someone or waits:
            await self._settle(at)

    async def _look_who_is_due(self) -> bool:
        """Let the bot begin to speak; return whether it said anything."""
        before = self.observer.counts["owed"]
        self.observer.by_bot = True
        await self.machine.tick.look()
        self.observer.by_bot = False
        return self.observer.counts["owed"] > before

    async def _look_daily(self, at: datetime) -> None:
        self.observer.look_for_silence(at)
        self.observer.by_bot = True
        for step in self.machine.daily:
            done = step()
            if asyncio.iscoroutine(done):
                await done
        await self._settle(at)
        self.observer.by_bot = False

    # --- people ---------------------------------------------------------------------------------------------------

    def _due(self, at: datetime) -> list[Actor]:
        """Return who acts in this moment, each once."""
        acting: dict[str, Actor] = {}
        while self.waiting and self.waiting[0][0] <= at:
            due, _, actor = heapq.heappop(self.waiting)
            # Who has thought of something else since stands in the line at another moment.
            if actor.due() == due:
                acting[actor.name] = actor
        return [acting[name] for name in sorted(acting)]

    async def _people(self, acting: list[Actor], at: datetime) -> None:
        """Let people do what they do, all at once, and look at what came of it."""
        done: list[tuple[Actor, InboundContent]] = []
        for actor in acting:
            content = self._act(actor, at)
            if content:
                done.append((actor, content))
        events = [self._event(actor, content) for actor, content in done]
        await asyncio.gather(*(self._taken(event) for event in events))
        await self._settle(at)
        for actor, content in done:
            if not isinstance(content, Blocked | Unblocked):
                self.observer.acknowledged(actor.address)
            self.observer.willing(actor.address, is_willing=actor.is_willing)
        for actor in acting:
            self._expect(actor)

    def _act(self, actor: Actor, at: datetime) -> InboundContent | None:
        if self.actors[actor.address] is not actor:
            if not actor.joins(at):
                return None
            self.actors[actor.address].retire()
            self.actors[actor.address] = actor
            self.observer.meet(actor)
        content = actor.act(at)
        if content is None:
            return None
        self.observer.acts(actor.address)
        if isinstance(content, Blocked | Unblocked):
            self.block(actor.address, isinstance(content, Blocked))
        return content

    def _event(self, actor: Actor, content: InboundContent) -> MessageReceived:
        self._number += 1
        return MessageReceived(f"simulated:{self._number}", actor.address, content, language_hint=actor.manner.language)

    async def _taken(self, event: MessageReceived) -> None:
        """Submit an event; now and then twice, as a provider does that did not hear us."""
        is_sent_again = bool(self.resends) and int(event.key.rpartition(":")[2]) % max(2, round(1 / self.resends)) == 0
        for _ in range(1 + is_sent_again):
            await self.machine.turns.submit(event)

    async def says(self, address: Address, content: InboundContent) -> None:
        """Let somebody do one thing now, and wait for all that comes of it."""
        at = self.machine.clock.time
        self.observer.acts(address)
        await self._taken(self._event(self.actors[address], content))
        await self._settle(at)
        self.observer.acknowledged(address)
        self.observer.end_moment(at)

    # --- rest -----------------------------------------------------------------------------------------------------

    async def _settle(self, at: datetime) -> None:
        """Wait until all calls have ended and are written down, and learn in the same transaction what comes next."""
        await self.machine.delivery.settled()
        found: list[_Next] = []

        def ask(uow: UnitOfWork) -> None:
            found[:] = [_Next(uow.rhythms.first_due(_END), uow.outbox.first_due(_BEGINNING, _END))]

        self.machine.turns.ride(ask)
        while not found:
            self._committed.clear()
            await self._committed.wait()
        self._next = found[0]
        news, self.news = sorted(self.news.items()), {}
        for address, is_reminder in news:
            actor = self.actors[address]
            actor.look(at, is_reminder=is_reminder)
            self._expect(actor)
