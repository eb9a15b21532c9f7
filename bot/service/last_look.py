"""What is asked of the store right before a call: may it still go, and which bubble does it change?"""

from datetime import timedelta

from bot.ports import Clock, Store
from bot.rows import Lane, OutboxRow
from bot.service.holding import Held

_AGE_TO_CHECK = timedelta(seconds=1)


class LastLook:
    """Asks on a read connection; `shares` says that other processes send to the same people."""

    def __init__(self, store: Store, clock: Clock, held: Held, *, shares: bool) -> None:
        self._store, self._clock, self._held, self._shares = store, clock, held, shares

    async def why_not(self, row: OutboxRow) -> str | None:
        """Check consent again, unless the row was made this very moment by a turn of this process."""
        if row.lane is Lane.INTERACTIVE and self._clock.now() - row.created_at < _AGE_TO_CHECK:
            return None
        found = await self._store.read(lambda uow: uow.outbox.sendable([row.id]))
        return found.get(row.id, "erased")

    async def bubble_to_edit(self, row: OutboxRow) -> str | None:
        """Return the provider's id of the bubble that the row changes."""
        if row.edits != "last":
            return row.edits
        ours = self._held.bubble(row.conversation)
        kept = None
        if ours is None or self._shares:
            # Another process may have sent a newer one; and the receipt of ours may not be written yet.
            kept = await self._store.read(lambda uow: uow.outbox.last_bubble(row.conversation))
        newest = max((found for found in (ours, kept) if found), default=None)
        return newest[1] if newest else None
