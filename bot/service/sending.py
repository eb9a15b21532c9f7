"""One provider call: make what a row holds, send it, and say what is known of it afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import SystemRandom

import structlog

from bot.core.errors import (
    AddressGone,
    ChannelBusy,
    ChannelLocked,
    DeliveryFailed,
    MaybeSent,
    MessageRefused,
    NotSent,
    StoreProblem,
)
from bot.core.messages import OutboundMessage, Receipt
from bot.core.rich_text import Span, plain
from bot.ports import Channel, OutboxRow, Sending, UnitOfWork
from bot.service.recipes import Kitchen
from bot.service.rendering import from_json

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
LOCKED_WAIT = timedelta(seconds=60)
MOST_COPIES = 1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a call. `pauses` stops the whole sender; `keep` is a small write to ride with the next batch."""

    state: Sending
    reason: str = ""
    message_id: str | None = None
    tries: int = 0
    copies: int = 0
    wait: timedelta | None = None
    pauses: timedelta | None = None
    keep: Callable[[UnitOfWork], None] | None = None


class Sender:
    """Makes the call for a row and sorts what can happen."""

    def __init__(self, kitchen: Kitchen, jitter: Callable[[], float] | None = None) -> None:
        self._kitchen, self._jitter = kitchen, jitter or SystemRandom().random
        self._files: dict[tuple[str, str], str] = {}

    def know_files(self, channel: str, files: dict[str, str]) -> None:
        """Remember which pictures a provider has already."""
        self._files.update({(channel, path): file_id for path, file_id in files.items()})

    async def send(self, channel: Channel, row: OutboxRow, edits: str | None) -> Sent:
        """Send what the row holds, in place of the bubble `edits` where there is one."""
        try:
            message = await self._made(channel, row)
        except StoreProblem as problem:
            return Sent(Sending.PENDING, problem.message, tries=row.tries, copies=row.copies, wait=FIRST_WAIT)
        message = replace(message, replaces=edits, reference=str(row.id))
        try:
            try:
                receipt = await channel.send(message)
            except MessageRefused as refused:
                if not refused.as_plain_text:
                    raise
                log.warning("formatting refused", channel=channel.name, row=row.id)
                receipt = await channel.send(replace(message, text=(Span(plain(message.text)),)))
        except DeliveryFailed as failure:
            return self._sorted(failure, row)
        except Exception as error:
            log.error("message could not be sent", channel=channel.name, row=row.id, error=type(error).__name__)
            return Sent(
                Sending.FAILED, f"A fault of ours: {type(error).__name__}.", tries=row.tries + 1, copies=row.copies
            )
        return self._taken(channel, row, message, receipt)

    async def _made(self, channel: Channel, row: OutboxRow) -> OutboundMessage:
        held = from_json(row.payload, row.address)
        message = held if isinstance(held, OutboundMessage) else await self._kitchen.make(held, channel, row)
        if message.picture:
            known = self._files.get((channel.name, message.picture.path))
            message = replace(message, picture=replace(message.picture, file_id=known))
        return message

    def _taken(self, channel: Channel, row: OutboxRow, message: OutboundMessage, receipt: Receipt) -> Sent:
        keep: Callable[[UnitOfWork], None] | None = None
        if receipt.file_id and message.picture:
            path, file_id = message.picture.path, receipt.file_id
            self._files[channel.name, path] = file_id
            keep = lambda uow: uow.records.keep_file(channel.name, path, file_id)  # noqa: E731
        return Sent(Sending.SENT, message_id=receipt.message_id, tries=row.tries, copies=row.copies, keep=keep)

    def _sorted(self, failure: DeliveryFailed, row: OutboxRow) -> Sent:
        again = Sent(
            Sending.PENDING, failure.message, tries=row.tries + 1, copies=row.copies, wait=self._pause_after(row)
        )
        if isinstance(failure, ChannelBusy):
            return replace(again, tries=row.tries, wait=failure.retry_after, pauses=failure.retry_after)
        if isinstance(failure, ChannelLocked):
            return replace(again, tries=row.tries, wait=LOCKED_WAIT, pauses=LOCKED_WAIT)
        if isinstance(failure, NotSent):
            return again
        if isinstance(failure, MaybeSent) and row.copies < MOST_COPIES:
            return replace(again, copies=row.copies + 1)
        ended = Sent(Sending.FAILED, failure.message, tries=row.tries + 1, copies=row.copies)
        return replace(ended, state=Sending.REFUSED, reason="gone") if isinstance(failure, AddressGone) else ended

    def _pause_after(self, row: OutboxRow) -> timedelta:
        doubled: timedelta = min(FIRST_WAIT * 2 ** min(row.tries, 10), LONGEST_WAIT)
        return doubled * (0.75 + 0.5 * self._jitter())
