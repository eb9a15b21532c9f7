"""One provider call: make what a row holds, send it, and say what is known of it afterwards."""

from collections.abc import Callable, Mapping
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
    NotNeeded,
    NotSent,
    StoreProblem,
)
from bot.core.messages import OutboundMessage, Receipt
from bot.core.rich_text import Span, plain
from bot.ports import Channel
from bot.repositories import UnitOfWork
from bot.rows import OutboxRow, Sending
from bot.service.pictures import Pictures
from bot.service.recipes import Kitchen
from bot.service.rendering import from_json

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
MOST_MAKINGS = 5
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
        self._pictures = Pictures(kitchen.media)

    def know_files(self, channel: str, files: Mapping[str, str]) -> None:
        """Remember which pictures a provider has already, by their digests."""
        self._pictures.know(channel, files)

    async def send(self, channel: Channel, row: OutboxRow, edits: str | None) -> Sent:
        """Send what the row holds, in place of the bubble `edits` where there is one."""
        try:
            message, digest = await self._made(channel, row, edits)
        except StoreProblem as problem:
            return self._not_made(problem, row)
        except NotNeeded as why:
            return Sent(Sending.SUPERSEDED, why.message, tries=row.tries, copies=row.copies)
        if not (edits or message.text or message.picture or message.document):
            return Sent(Sending.SUPERSEDED, "There was no bubble to tidy.", tries=row.tries, copies=row.copies)
        try:
            receipt = await _sent(channel, message)
        except DeliveryFailed as failure:
            return self.sorted(failure, row)
        return self._taken(channel, row, digest, receipt)

    async def _made(self, channel: Channel, row: OutboxRow, edits: str | None) -> tuple[OutboundMessage, str | None]:
        reference = str(row.id)
        message = from_json(row.payload, row.address, replaces=edits, reference=reference)
        if not isinstance(message, OutboundMessage):
            made = await self._kitchen.make(message, channel, row)
            message = replace(made, replaces=edits, reference=reference)
        if message.picture is None:
            return message, None
        digest = await self._pictures.digest(message.picture.path, message.language)
        known = self._pictures.known(channel.name, digest)
        return replace(message, picture=replace(message.picture, file_id=known)), digest

    def _not_made(self, problem: StoreProblem, row: OutboxRow) -> Sent:
        """Try again later, and not for ever: what comes after it in the conversation waits."""
        state = Sending.PENDING if row.tries < MOST_MAKINGS else Sending.FAILED
        return Sent(state, problem.message, tries=row.tries + 1, copies=row.copies, wait=self._pause_after(row))

    def _taken(self, channel: Channel, row: OutboxRow, digest: str | None, receipt: Receipt) -> Sent:
        keep: Callable[[UnitOfWork], None] | None = None
        if receipt.file_id and digest:
            known, file_id = digest, receipt.file_id
            self._pictures.know(channel.name, {known: file_id})
            keep = lambda uow: uow.records.keep_file(channel.name, known, file_id)  # noqa: E731
        return Sent(Sending.SENT, message_id=receipt.message_id, tries=row.tries, copies=row.copies, keep=keep)

    def sorted(self, failure: DeliveryFailed, row: OutboxRow) -> Sent:
        """Return what becomes of a row whose call failed."""
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


async def _sent(channel: Channel, message: OutboundMessage) -> Receipt:
    """Make the call; what a provider cannot read as formatted goes once more as plain text."""
    try:
        return await channel.send(message)
    except MessageRefused as refused:
        if not refused.as_plain_text:
            raise
    log.warning("formatting refused", channel=channel.name, row=message.reference)
    return await channel.send(replace(message, text=(Span(plain(message.text)),)))
