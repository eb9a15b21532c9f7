"""The demo's clock: what comes next, and playing time forward, every due moment in its order and at its own time.

A process holds what it is sending by leases that end at a time. So nothing is in flight when the clock moves, and the
database is told first: no restart steps back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from bot.core.errors import NotCommitted, StoreProblem
from bot.core.messages import Address
from bot.core.reminder import QUIET_UNTIL, local, zone
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import Lane
from bot.service.foresight import Foresight
from bot.service.outbox import Delivery
from bot.service.tick import Tick
from bot.service.turns import Turns

AHEAD = "clock ahead"
# Later than this nobody is shown anything, and no year has more than four digits.
MOST_AHEAD = timedelta(days=3650)
# A week of a crowd in whose zones every minute brings somebody is still played to its end.
MOST_MOMENTS = 2_000
_FOLLOW_EVERY = 1.0
_GLANCE = 0.005
_PATIENCE = 10.0
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)

log = structlog.get_logger()


class Movable(Clock, Protocol):
    """A clock that can be moved. `ahead` is how far it is before the machine's."""

    ahead: timedelta

    def ahead_at(self, moment: datetime) -> timedelta:
        """Return how far ahead the clock must be to show a moment; for one that is past already, as far as it is."""


class Move(StrEnum):
    """How far the clock goes."""

    NEXT = "next"
    TOMORROW = "tomorrow"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Comes:
    """The time, and to which moment each move leads. A move that leads nowhere is left out.

    `writes_to` are those who get the next message. `mark` tells whether the clock was moved since.
    """

    now: datetime
    moves: Mapping[Move, datetime]
    writes_to: tuple[Address, ...]
    mark: str


class DemoTime:
    """Moves a demo's clock."""

    def __init__(
        self, *, store: Store, turns: Turns, delivery: Delivery, tick: Tick, clock: Movable, foresight: Foresight
    ) -> None:
        self._store, self._turns, self._delivery, self._tick = store, turns, delivery, tick
        self._clock, self._foresight = clock, foresight
        self._one_at_a_time = asyncio.Lock()

    # --- what comes -----------------------------------------------------------------------------------------------

    async def comes(self, addresses: Sequence[Address], zone_name: str) -> Comes:
        """Return what comes for these people, in the zone where they are."""
        coming = await self._foresight.next_messages(addresses)
        now = self._clock.now()
        moves = {
            Move.TOMORROW: _morning(now, 1, zone_name),
            Move.WEEK: _morning(now, 7, zone_name),
        }
        first = min(coming.values(), default=None)
        if first:
            moves = {Move.NEXT: first, **moves}
        furthest = now - self._clock.ahead + MOST_AHEAD
        return Comes(
            now,
            {move: at for move, at in moves.items() if at <= furthest},
            tuple(address for address in addresses if coming.get(address) == first and first),
            self._mark(),
        )

    def _mark(self) -> str:
        return str(self._clock.ahead // _MICROSECOND)

    # --- moving ---------------------------------------------------------------------------------------------------

    async def move(self, move: Move, addresses: Sequence[Address], zone_name: str, *, seen: str | None = None) -> bool:
        """Play time forward. With `seen`, the mark that somebody saw, only if nobody has moved the clock since."""
        async with self._one_at_a_time:
            comes = await self.comes(addresses, zone_name)
            to = comes.moves.get(move)
            if to is None or seen not in {None, comes.mark}:
                return False
            await self._play(to)
            return True

    async def _play(self, to: datetime) -> None:
        for _ in range(MOST_MOMENTS):
            moment = await self._first_moment(to)
            if moment is None:
                break
            await self._move(moment)
        await self._move(to)

    async def _first_moment(self, to: datetime) -> datetime | None:
        """Return when the next thing is to be done: somebody is due, or what waits in the outbox is."""
        now = self._clock.now()

        def first(uow: UnitOfWork) -> tuple[datetime | None, datetime | None]:
            return uow.rhythms.first_due(to), uow.outbox.first_due(now, to)

        person, row = await self._store.read(first)
        # What was spread over minutes goes out minute by minute: a crowd shall not make a moment of each second.
        row = min(to, row.replace(second=0, microsecond=0) + _MINUTE) if row else None
        return min((moment for moment in (person, row) if moment), default=None)

    async def _move(self, moment: datetime) -> None:
        """Go to one moment and let all that is due there be done, to the last message."""
        ahead = self._clock.ahead_at(moment)
        await self._keep(ahead)
        await self._settle()
        self._clock.ahead = ahead
        await self._tick.look()
        await self._settle()

    async def _keep(self, ahead: timedelta) -> None:
        text = str(ahead // _MICROSECOND)
        await self._store.write(lambda transaction: transaction.run(lambda uow: uow.records.put(AHEAD, text)))

    async def _settle(self) -> None:
        """Return when nothing is on its way: no event waits, nothing is due, and every end is written."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while await self._is_busy():
                    await self._delivery.look()
                    await self._clock.sleep(_GLANCE)
        except TimeoutError:
            raise NotCommitted("Messages are still on their way.", "Move the clock again in a while.") from None

    async def _is_busy(self) -> bool:
        before, now = self._counts(), self._clock.now()

        def is_busy(uow: UnitOfWork) -> bool:
            return uow.outbox.is_in_flight() or any(uow.outbox.is_due(now, lane) for lane in Lane)

        found = await self._store.read(is_busy)
        # What happened while the database was asked may have begun something.
        return found or not self._delivery.is_idle() or self._turns.waiting() > 0 or before != self._counts()

    def _counts(self) -> tuple[int, ...]:
        return self._turns.counts["batches"], *self._delivery.counts.values()

    # --- back to the machine's time -------------------------------------------------------------------------------

    async def reset(self) -> None:
        """Show the machine's time again. Only for a demo in which nobody has anything of later."""
        async with self._one_at_a_time:
            await self._settle()
            await self._store.write(lambda transaction: transaction.run(lambda uow: uow.records.drop([AHEAD])))
            self._clock.ahead = timedelta()
            self._turns.happened.clear()
            self._turns.wrong_codes.clear()

    async def follow(self) -> None:
        """Look every second whether another process on the same database has moved the clock, until cancelled."""
        while True:
            try:
                if not self._one_at_a_time.locked():
                    self._clock.ahead = await kept_ahead(self._store)
            except StoreProblem as problem:
                log.warning("the demo's clock waits", reason=problem.message)
            await self._clock.sleep(_FOLLOW_EVERY)


async def kept_ahead(store: Store) -> timedelta:
    """Return how far a demo's clock was moved, as the database has it."""
    text = await store.read(lambda uow: uow.records.get(AHEAD))
    return int(text or 0) * _MICROSECOND


def _morning(now: datetime, days: int, zone_name: str) -> datetime:
    """Return the end of the quiet hours so many days from now: nothing of that day has happened yet."""
    day = local(now, zone_name).date() + timedelta(days=days)
    return datetime.combine(day, QUIET_UNTIL, zone(zone_name)).astimezone(UTC)
