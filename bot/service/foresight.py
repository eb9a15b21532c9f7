"""What will the bot say by itself, to whom and when? The core is asked as if it were that moment; nothing is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core.course import Library
from bot.core.dialogue import engine
from bot.core.events import Due, Event, MessageReceived
from bot.core.facts import RhythmKept
from bot.core.learner import Memory
from bot.core.messages import Address
from bot.core.reminder import UNTIL_RESUMED
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork
from bot.service.batch import Arrived, Batches

# Often a moment comes at which nothing is owed. So many are looked through, which is two months of mornings.
_MOST_MOMENTS = 60

log = structlog.get_logger()


class Foresight:
    """Looks ahead for some people. It holds as long as nobody says anything in the meantime."""

    def __init__(self, store: Store, batches: Batches, clock: Clock) -> None:
        self._store, self._batches, self._clock = store, batches, clock

    async def next_messages(self, addresses: Sequence[Address]) -> Mapping[Address, datetime]:
        """Return when each of these people is written to next; who waits for nothing is left out."""
        nobody = asyncio.get_running_loop().create_future()
        nobody.cancel()
        asked = [Arrived(MessageReceived(f"foresight:{address.id}", address, Due()), nobody) for address in addresses]

        def known(uow: UnitOfWork) -> list[tuple[Event, Memory, Library]]:
            return self._batches.known(uow, asked)

        now = self._clock.now()
        found = await self._store.read(known)
        coming = [(event.address, _comes_at(event, memory, library, now)) for event, memory, library in found]
        return {address: at for address, at in coming if at}


def _comes_at(event: Event, memory: Memory, library: Library, now: datetime) -> datetime | None:
    """Return the first moment at which the core has something to say to somebody."""
    for _ in range(_MOST_MOMENTS):
        next_at = memory.rhythm.next_at
        if next_at is None or next_at >= UNTIL_RESUMED:
            return None
        at = max(next_at, now)
        try:
            turn = engine.advance(memory, event, library, at)
        except Exception as error:
            log.warning("turn failed", error=type(error).__name__, kind="foresight")
            return None
        if turn.replies:
            return at
        kept = [fact.rhythm for fact in turn.facts if isinstance(fact, RhythmKept)]
        if not kept:
            return None
        memory = replace(memory, rhythm=kept[-1])
    return None
