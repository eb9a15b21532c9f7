"""Accept an event once, and say that it was taken only after its turn is committed."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.core.errors import NotCommitted
from bot.core.events import MessageReceived
from bot.ports import Channel
from bot.service.turns import Turns

PATIENCE = 10.0


class Inbox:
    """The way in, for webhooks, polling and the page alike."""

    def __init__(self, turns: Turns, channels: Mapping[str, Channel], patience: float = PATIENCE) -> None:
        self._turns, self._channels, self._patience = turns, channels, patience
        self._notices: set[asyncio.Task[None]] = set()

    async def accept(self, events: Sequence[MessageReceived]) -> None:
        """Return when all events are committed; NotCommitted when one could not be within ten seconds.

        An event whose caller gives up is taken all the same: its key makes the second arrival a no-op.
        """
        waiting = [self._turns.submit(event) for event in events]
        for event in events:
            self._notice(event)
        if not waiting:
            return
        done, pending = await asyncio.wait(waiting, timeout=self._patience)
        for future in done:
            future.result()
        if pending:
            raise NotCommitted("The turn is not committed yet.", "Send it again.")

    def _notice(self, event: MessageReceived) -> None:
        """Answer a tap at once, beside the turn: a button that keeps spinning gets tapped again."""
        channel = self._channels.get(event.address.channel)
        if event.notice is None or channel is None:
            return
        task = asyncio.create_task(channel.noticed(event))
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)
