"""What rooms that do not know the store keep in it: a channel's small values, and the bubbles of phones on the page."""

from collections.abc import Sequence
from datetime import datetime

from bot.ports import Store
from bot.repositories import UnitOfWork
from bot.rows import Bubble
from bot.service.turns import Turns


class KeptForChannel:
    """A channel's memory; a value is written with the next batch of turns, so that it costs no commit of its own."""

    def __init__(self, store: Store, turns: Turns, channel: str) -> None:
        self._store, self._turns, self._channel = store, turns, channel
        self._unwritten: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        """Return the value kept under a name."""
        if name in self._unwritten:
            return self._unwritten[name]
        return await self._store.read(lambda uow: uow.records.channel_get(self._channel, name))

    async def put(self, name: str, value: str) -> None:
        """Keep a value."""
        self._unwritten[name] = value
        self._turns.ride(lambda uow: uow.records.channel_put(self._channel, name, value))


class KeptBubbles:
    """The bubbles of the webphone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, phone: str, content: str, sent_at: datetime) -> Bubble:
        """Keep a bubble, committed when this returns."""
        return await self._store.write(
            lambda transaction: transaction.run(lambda uow: uow.records.add_bubble(phone, content, sent_at))
        )

    async def empty(self, phone: str, content: str, at: datetime) -> Bubble:
        """Erase all bubbles of a phone and keep one in their place, committed when this returns."""

        def step(uow: UnitOfWork) -> Bubble:
            uow.records.empty_phone(phone)
            return uow.records.add_bubble(phone, content, at)

        return await self._store.write(lambda transaction: transaction.run(step))

    async def since(self, phone: str, after: int) -> Sequence[Bubble]:
        """Return the bubbles of a phone with a greater id, oldest first."""
        return await self._store.read(lambda uow: uow.records.bubbles(phone, after))
