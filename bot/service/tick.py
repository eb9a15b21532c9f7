"""Whom do we owe something now? Each becomes an event, and the turn decides what is owed, if anything."""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from bot.core.errors import NotCommitted, StoreProblem
from bot.core.events import Due, MessageReceived
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import DueRow
from bot.service.turns import Turns

CHUNK = 500
# Who was claimed by a process that died comes again after this.
AGAIN = timedelta(minutes=10)
LATE = timedelta(minutes=5)
SPREAD = timedelta(minutes=15)

log = structlog.get_logger()


class Tick:
    """Looks who is due. It may run as often as anybody likes, and in several processes at once."""

    def __init__(self, store: Store, turns: Turns, clock: Clock) -> None:
        self._store, self._turns, self._clock = store, turns, clock
        self._one_at_a_time = asyncio.Lock()

    async def look(self) -> int:
        """Make an event for everybody who is due, chunk by chunk, and return how many there were."""
        count = 0
        async with self._one_at_a_time:
            try:
                while await self._is_due():
                    rows = await self._claim()
                    await self._take(rows)
                    count += len(rows)
            except StoreProblem as problem:
                log.warning("the tick waits", reason=problem.message)
        return count

    async def _is_due(self) -> bool:
        now = self._clock.now()
        return await self._store.read(lambda uow: uow.rhythms.is_due(now))

    async def _claim(self) -> list[DueRow]:
        now = self._clock.now()

        def claim(uow: UnitOfWork) -> list[DueRow]:
            return uow.rhythms.claim(now=now, until=now + AGAIN, limit=CHUNK)

        return await self._store.write(lambda transaction: transaction.run(claim))

    async def _take(self, rows: list[DueRow]) -> None:
        now = self._clock.now()
        taken = [self._turns.submit(_event(row, now)) for row in rows]
        for result in await asyncio.gather(*taken, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, NotCommitted):
                raise result


def _event(row: DueRow, now: datetime) -> MessageReceived:
    """Return the event of somebody who is due. What is late goes out spread, so that no crowd comes at once."""
    # The key names nobody: it outlives a person who is forgotten.
    # A turn that fails is tried once an hour: the same key again is a duplicate, and nothing more is set aside.
    digest = sha256(f"{row.person_id} {row.at.isoformat()} {now:%Y-%m-%d %H}".encode()).digest()
    is_late = now - row.at > LATE
    delay = int.from_bytes(digest[:4]) % int(SPREAD.total_seconds()) if is_late else 0
    return MessageReceived(f"due:{digest.hex()[:32]}", row.address, Due(delay))
