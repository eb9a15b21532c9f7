"""Take back what stands in a chat: call by call, until nothing is left that a provider lets us touch.

The row that asks for it knows no ids; they are looked up now. What is done is noted after each call, so that whoever
goes on after a fault, a pause or a crash does the rest. Removing twice does no harm.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import structlog

from bot.core.errors import ChannelLocked, DeliveryFailed, MaybeSent, MessageRefused, NotSent, StoreProblem
from bot.core.messages import OutboundMessage
from bot.ports import Channel, Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import OutboxRow, Sending, Standing
from bot.service.rendering import from_json
from bot.service.sending import Sender, Sent

MOST_LOOKED_AT = 1_000
# Each is a call of its own, at the pace of one chat; what is older lies far up in it.
MOST_COVERED = 30
MOST_CALLS = 90
# Clocks differ, and a message had been under way before it came to us.
_MARGIN = timedelta(hours=1)
_GLANCE = 0.05
_MOST_GLANCES = 100

log = structlog.get_logger()
Wait = Callable[[], Awaitable[None]]
Ride = Callable[[Callable[[UnitOfWork], None]], None]


class TakingBack:
    """Empties chats, as far as their channel can."""

    def __init__(self, store: Store, clock: Clock, sender: Sender, ride: Ride) -> None:
        self._store, self._clock, self._sender, self._ride = store, clock, sender, ride

    async def work(self, channel: Channel, row: OutboxRow, wait: Wait) -> Sent:
        """Make the calls that a row asks for; before each but the first, wait for the turn of the chat."""
        standing = await self._standing(row)
        if standing is None:
            return self._sender.sorted(NotSent("It is not known yet what stands in the chat."), row)
        message = cast("OutboundMessage", from_json(row.payload, row.address, reference=str(row.id)))
        calls = deque(self._calls(channel, message, standing))
        for _ in range(MOST_CALLS):
            if not calls:
                break
            call = calls.popleft()
            failure = await self._made(channel, row, call)
            if failure and _is_final(failure, call):
                return self._sender.sorted(failure, row)
            if failure:
                calls.extendleft(reversed(list(_instead(call, message, standing, failure))))
            await wait()
        if calls:
            log.warning("not everything could be taken back", channel=channel.name, row=row.id)
        self._note(row, ())
        return Sent(Sending.SENT, tries=row.tries, copies=row.copies)

    async def _made(self, channel: Channel, row: OutboxRow, call: OutboundMessage) -> DeliveryFailed | None:
        """Make one call and note what is gone; return what went wrong."""
        try:
            await channel.send(call)
        except MaybeSent as lost:
            # Once more does no harm.
            return NotSent(lost.message, lost.hint)
        except DeliveryFailed as failure:
            return failure
        self._note(row, call.takes_back)
        return None

    async def _standing(self, row: OutboxRow) -> list[Standing] | None:
        """Return what stands in the chat, once it is written down what became of the rows before."""
        for _ in range(_MOST_GLANCES):
            try:
                found = await self._store.read(lambda uow: uow.outbox.standing(row.id, MOST_LOOKED_AT))
            except StoreProblem:
                return None
            if found is not None:
                return found
            await self._clock.sleep(_GLANCE)
        return None

    def _calls(
        self, channel: Channel, message: OutboundMessage, standing: Sequence[Standing]
    ) -> Iterator[OutboundMessage]:
        """Yield the calls: what is young enough goes, as many in a call as the provider takes; the rest is covered."""
        lasts, most = channel.features.taking_back_for, channel.features.taking_back
        oldest = self._clock.now() - lasts + _MARGIN if lasts else None
        young = [one.message_id for one in standing if oldest is None or one.since > oldest]
        for start in range(0, len(young), most):
            yield replace(message, text=(), takes_back=tuple(young[start : start + most]))
        old = [one.message_id for one in standing if one.is_ours and one.message_id not in set(young)]
        if channel.features.editing:
            yield from _covered(message, old)

    def _note(self, row: OutboxRow, message_ids: Sequence[str]) -> None:
        self._ride(lambda uow: uow.outbox.taken_back(row.id, message_ids))


def _covered(message: OutboundMessage, message_ids: Sequence[str]) -> Iterator[OutboundMessage]:
    """Yield calls that put harmless words in the place of messages."""
    for message_id in message_ids[:MOST_COVERED]:
        yield replace(message, takes_back=(message_id,))


def _is_final(failure: DeliveryFailed, call: OutboundMessage) -> bool:
    """Say whether nothing else can be tried now. A refusal concerns these messages, and others may still go.

    A server that does not know how to remove answers as it does to a wrong token. Editing will tell which it is.
    """
    return not isinstance(failure, MessageRefused) and (bool(call.text) or not isinstance(failure, ChannelLocked))


def _instead(
    call: OutboundMessage, message: OutboundMessage, standing: Sequence[Standing], refused: DeliveryFailed
) -> Iterator[OutboundMessage]:
    """Yield what is tried in place of a call that was refused: one message that must stay may hold up all others."""
    ids = call.takes_back
    if call.text:
        return
    if len(ids) > 1 and not isinstance(refused, ChannelLocked):
        half = len(ids) // 2
        yield replace(call, takes_back=ids[:half])
        yield replace(call, takes_back=ids[half:])
        return
    yield from _covered(message, [one.message_id for one in standing if one.is_ours and one.message_id in ids])
