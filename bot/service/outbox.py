"""Deliver what turns have said: one provider call a row, in order within a conversation, and never silently lost.

Rows that a turn of this process has just made are handed over in memory; everything else is claimed from the
database. A row goes out only after the earlier rows of its conversation have ended. What could not be sent is put
back with its reason; it is claimed again when it is due.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.core.errors import StoreProblem
from bot.core.learner import AddressKept, KnownAddress, Reach
from bot.core.messages import Address
from bot.ports import Channel, Clock, Finished, Lane, OutboxRow, Sending, Store, TurnRow, UnitOfWork
from bot.service.batch import LEASE
from bot.service.pacing import Pace
from bot.service.sending import Sender, Sent
from bot.service.turns import Turns

MOST_AT_ONCE = 64
SLICE_OF_BULK = 50
LOOK_EVERY = 1.0
RENEW_AFTER = timedelta(seconds=20)
_AGE_TO_CHECK = timedelta(seconds=1)
_MOST_BUBBLES = 10_000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


@dataclass(slots=True)
class Line:
    """The rows of one conversation that wait in this process, oldest first."""

    rows: deque[OutboxRow] = field(default_factory=deque)
    is_served: bool = False


class Delivery:
    """The sender of this process."""

    def __init__(
        self,
        *,
        store: Store,
        turns: Turns,
        channels: Mapping[str, Channel],
        sender: Sender,
        clock: Clock,
        owner: str,
        paces: Mapping[str, Pace] | None = None,
    ) -> None:
        self._store, self._turns, self._channels, self._sender = store, turns, channels, sender
        self._clock, self._owner = clock, owner
        self._paces = paces or {}
        self._lines: dict[str, Line] = {}
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._bubbles: OrderedDict[str, str] = OrderedDict()
        self._paused: dict[str, datetime] = {}
        self._renewed_at = clock.now()
        self._stopping = asyncio.Event()
        self.counts = {"sent": 0, "failed": 0, "retried": 0, "copies": 0, "refused": 0}
        turns.hand_over = self.hand_over

    # --- in -------------------------------------------------------------------------------------------------------

    def hand_over(self, rows: Sequence[OutboxRow], stopped: Sequence[Address]) -> None:
        """Take rows that a turn of this process has leased; drop what is queued for who just stopped."""
        for address in stopped:
            self._drop(address)
        for row in rows:
            if row.state is Sending.LEASED:
                self._line_up(row)

    def _line_up(self, row: OutboxRow) -> None:
        line = self._lines.setdefault(row.conversation, Line())
        line.rows.append(row)
        if not line.is_served:
            line.is_served = True
            task = asyncio.create_task(self._serve(row.conversation, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _drop(self, address: Address) -> None:
        for line in self._lines.values():
            if line.rows and line.rows[0].address == address:
                line.rows = deque(row for row in line.rows if row.required)

    # --- one conversation -----------------------------------------------------------------------------------------

    async def _serve(self, conversation: str, line: Line) -> None:
        """Send the rows of a conversation one after the other; stop at the first that must wait."""
        try:
            while line.rows and not self._stopping.is_set():
                row = line.rows.popleft()
                async with self._places:
                    result = await self._send(row)
                self._turns.finish(result)
                if result.state is Sending.PENDING:
                    self._put_back(line, result)
                if result.state is Sending.REFUSED and result.reason == "gone":
                    self._unreachable(row.address)
        finally:
            line.is_served = False
            if self._stopping.is_set():
                self._give_back(line)
            if not line.rows:
                self._lines.pop(conversation, None)

    def _put_back(self, line: Line, result: Finished) -> None:
        """Let the later rows of the conversation wait with the one that has to."""
        for row in line.rows:
            self._turns.finish(
                Finished(row.id, row.fence, Sending.PENDING, result.at, tries=row.tries, not_before=result.not_before)
            )
        line.rows.clear()

    def _give_back(self, line: Line) -> None:
        now = self._clock.now()
        for row in line.rows:
            self._turns.finish(Finished(row.id, row.fence, Sending.PENDING, now, tries=row.tries, copies=row.copies))
        line.rows.clear()

    async def _send(self, row: OutboxRow) -> Finished:
        now = self._clock.now()
        channel = self._channels.get(row.address.channel)
        ended = Finished(row.id, row.fence, Sending.REFUSED, now, tries=row.tries, copies=row.copies)
        if channel is None:
            return replace(ended, state=Sending.FAILED, reason="There is no such channel in this bot.")
        if row.expires_at <= now:
            return replace(ended, state=Sending.EXPIRED, reason="It was too late to be of use.")
        paused = self._paused.get(channel.name)
        if paused and paused > now:
            return replace(ended, state=Sending.PENDING, not_before=paused)
        pace = self._paces.get(channel.name)
        if pace:
            await self._clock.sleep(pace.wait_for(row.address.id))
        try:
            reason = await self._why_not(row)
            if reason:
                return replace(ended, reason=reason)
            edits = await self._bubble_to_edit(row)
        except StoreProblem:
            return replace(ended, state=Sending.PENDING, not_before=now + timedelta(seconds=1))
        sent = await self._sender.send(channel, row, edits)
        return self._outcome(row, sent)

    async def _why_not(self, row: OutboxRow) -> str | None:
        """Check consent again, unless the row was made this very moment by a turn of this process."""
        if row.lane is Lane.INTERACTIVE and self._clock.now() - row.created_at < _AGE_TO_CHECK:
            return None
        return (await self._store.read(lambda uow: uow.outbox.sendable([row.id]))).get(row.id)

    async def _bubble_to_edit(self, row: OutboxRow) -> str | None:
        if row.edits != "last":
            return row.edits
        known = self._bubbles.get(row.conversation)
        return known or await self._store.read(lambda uow: uow.outbox.last_bubble(row.conversation))

    def _outcome(self, row: OutboxRow, sent: Sent) -> Finished:
        now = self._clock.now()
        if sent.state is Sending.SENT:
            self.counts["sent"] += 1
            if sent.message_id and row.has_buttons:
                self._bubbles[row.conversation] = sent.message_id
                self._bubbles.move_to_end(row.conversation)
                if len(self._bubbles) > _MOST_BUBBLES:
                    self._bubbles.popitem(last=False)
            if sent.keep:
                self._turns.ride(sent.keep)
        elif sent.state is Sending.PENDING:
            self.counts["retried"] += 1
            self.counts["copies"] += sent.copies - row.copies
            if sent.pauses:
                self._pause(row.address.channel, now + sent.pauses)
        else:
            self.counts["refused" if sent.state is Sending.REFUSED else "failed"] += 1
        return Finished(
            row.id,
            row.fence,
            sent.state,
            now,
            reason=sent.reason,
            message_id=sent.message_id,
            tries=sent.tries,
            copies=sent.copies,
            not_before=now + sent.wait if sent.wait else None,
        )

    def _pause(self, channel: str, until: datetime) -> None:
        """Pause a sender for everyone: in this process now, in the others with their next look."""
        if self._paused.get(channel, self._clock.now()) < until:
            self._paused[channel] = until
            self._turns.ride(lambda uow: uow.records.channel_put(channel, "paused_until", until.isoformat()))

    def _unreachable(self, address: Address) -> None:
        """Note that nobody can be reached there; whoever writes again is back."""
        kept = TurnRow(address, None, None, (AddressKept(KnownAddress(address, Reach.UNREACHABLE)),))
        now = self._clock.now()

        def step(uow: UnitOfWork) -> None:
            uow.memories.save([kept], now)
            uow.outbox.cancel([address], now)

        self._drop(address)
        self._turns.ride(step)

    # --- what lies in the database --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look once a second for rows that nobody holds, replies before what nobody waits for."""
        while not self._stopping.is_set():
            try:
                await self._look()
            except StoreProblem as problem:
                log.warning("outbox waits", reason=problem.message)
            await self._clock.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        await self._read_pauses()
        now = self._clock.now()
        if now - self._renewed_at > RENEW_AFTER:
            self._renewed_at = now
            held = [row.id for line in self._lines.values() for row in line.rows]
            if held:
                self._turns.ride(lambda uow: uow.outbox.renew(held, owner=self._owner, until=now + LEASE))
        for lane, most in ((Lane.INTERACTIVE, MOST_AT_ONCE * 4), (Lane.BULK, SLICE_OF_BULK)):
            if self.queue_length() < most and await self._is_due(lane):
                await self._claim(lane, most)

    async def _is_due(self, lane: Lane) -> bool:
        now = self._clock.now()
        return await self._store.read(lambda uow: uow.outbox.is_due(now, lane))

    async def _claim(self, lane: Lane, most: int) -> None:
        now = self._clock.now()

        def claim(uow: UnitOfWork) -> list[OutboxRow]:
            return uow.outbox.claim(now=now, owner=self._owner, until=now + LEASE, lane=lane, limit=most)

        for row in await self._store.write(lambda transaction: transaction.run(claim)):
            self._line_up(row)

    async def _read_pauses(self) -> None:
        """Learn of pauses that other processes were asked for."""
        names = list(self._channels)
        kept = await self._store.read(lambda uow: [uow.records.channel_get(name, "paused_until") for name in names])
        for name, until in zip(names, kept, strict=True):
            if until:
                self._paused[name] = max(datetime.fromisoformat(until), self._paused.get(name, _LONG_AGO))

    async def take_back(self) -> int:
        """At the start of the only process: whatever another run had leased is due again."""
        now = self._clock.now()
        return await self._store.write(
            lambda transaction: transaction.run(lambda uow: uow.outbox.take_back(owner=self._owner, now=now))
        )

    async def stop(self) -> None:
        """Let calls in flight end and be recorded; give back what has not begun."""
        self._stopping.set()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def queue_length(self) -> int:
        """Return how many rows wait in this process."""
        return sum(len(line.rows) for line in self._lines.values())

    def is_idle(self) -> bool:
        """Say whether nothing waits in this process."""
        return not self._lines
