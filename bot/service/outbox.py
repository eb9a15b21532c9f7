"""Deliver what turns have said: one provider call a row, in order within a conversation, and never silently lost.

Rows that a turn of this process has just made are handed over in memory; everything else is claimed from the
database. A row goes out only after the earlier rows of its conversation have ended. What could not be sent is put
back with its reason; it is claimed again when it is due.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.errors import StoreProblem
from bot.core.messages import Address
from bot.ports import Channel, Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import SUPERSEDED, Finished, Lane, OutboxRow, Sending
from bot.service.holding import LEASE, Held, Line
from bot.service.last_look import LastLook
from bot.service.pacing import LONGEST_PAUSE, Pace, Pauses
from bot.service.reach import lost_touch
from bot.service.rendering import takes_back
from bot.service.sending import Sender, Sent
from bot.service.taking_back import TakingBack
from bot.service.turns import Turns

# Few places for bulk: what nobody waits for must not stand in the way of somebody who does.
PLACES: Mapping[Lane, int] = {Lane.INTERACTIVE: 64, Lane.BULK: 8}
SLICES: Mapping[Lane, int] = {Lane.INTERACTIVE: 256, Lane.BULK: 50}
LOOK_EVERY = 1.0
LOOK_SOON = 0.1
RENEW_AFTER = 20.0
GRACE = timedelta(seconds=12)
_MOST_LEFT_BEHIND = 10_000

log = structlog.get_logger()


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
        shares: bool = False,
    ) -> None:
        """Make the sender; `shares` says that other processes send to the same people."""
        self._store, self._turns, self._channels, self._sender = store, turns, channels, sender
        self._clock, self._owner = clock, owner
        self._paces = paces or {}
        self._held = Held()
        self._last_look = LastLook(store, clock, self._held, shares=shares)
        self._taking_back = TakingBack(store, clock, sender, turns.ride)
        self._places = {lane: asyncio.Semaphore(places) for lane, places in PLACES.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pauses = Pauses(store, turns.ride)
        self._renewed_at = clock.monotonic()
        self._looking, self._stopping = asyncio.Lock(), asyncio.Event()
        self.counts = {"sent": 0, "failed": 0, "retried": 0, "copies": 0, "refused": 0}
        turns.hand_over = self.hand_over

    # --- in -------------------------------------------------------------------------------------------------------

    def hand_over(self, rows: Sequence[OutboxRow], silenced: Sequence[Address]) -> None:
        """Take rows that a turn of this process has leased; drop what is queued for who wants no more of it."""
        now = self._clock.now()
        for address in silenced:
            self._held.silence(address)
        for row in rows:
            due = self._held.due_before(row, now)
            if row.state is not Sending.LEASED:
                self._held.waits_in_store(row, now)
            elif due is not None or self._stopping.is_set():
                self._give_back(row, due)
            else:
                self._line_up(row)

    def _line_up(self, row: OutboxRow) -> None:
        line = self._held.line_up(row)
        if not line.is_served:
            line.is_served = True
            task = asyncio.create_task(self._serve(row.conversation, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _give_back(self, row: OutboxRow, not_before: datetime | None = None) -> None:
        """Let a row that was not tried wait in the database."""
        now = self._clock.now()
        self._held.let_go([row])
        self._held.waits_in_store(row, not_before or now)
        self._turns.finish(
            Finished(row.id, row.fence, Sending.PENDING, now, tries=row.tries, copies=row.copies, not_before=not_before)
        )

    # --- one conversation -----------------------------------------------------------------------------------------

    async def _serve(self, conversation: str, line: Line) -> None:
        """Send the rows of a conversation one after the other; stop at the first that must wait."""
        try:
            while line.rows and not self._stopping.is_set():
                row = line.rows.popleft()
                async with self._places[row.lane]:
                    result = await self._tried(row)
                self._held.let_go([row])
                if result is not None:
                    self._ended(row, result)
        finally:
            line.is_served = False
            if self._stopping.is_set():
                for row in self._held.left(conversation):
                    self._give_back(row)
            self._held.close(conversation)

    def _ended(self, row: OutboxRow, result: Finished) -> None:
        self._turns.finish(result)
        if result.state is Sending.PENDING:
            # The later rows of the conversation wait with the one that has to.
            self._held.waits_in_store(row, result.not_before or result.at)
            for later in self._held.left(row.conversation):
                self._give_back(later, result.not_before)
        if result.state is Sending.REFUSED and result.reason == "gone":
            self._held.silence(row.address)
            self._turns.ride(lost_touch(row.address, result.at))

    async def _tried(self, row: OutboxRow) -> Finished | None:
        """Send a row, whatever happens; None if it is no longer ours."""
        try:
            return await self._send(row)
        except Exception as error:
            log.error("a message could not be sent", row=row.id, error=type(error).__name__)
            reason = f"A fault of ours: {type(error).__name__}."
            self.counts["failed"] += 1
            return Finished(row.id, row.fence, Sending.FAILED, self._clock.now(), reason=reason, tries=row.tries + 1)

    async def _send(self, row: OutboxRow) -> Finished | None:
        channel = self._channels.get(row.address.channel)
        ended = Finished(row.id, row.fence, Sending.REFUSED, self._clock.now(), tries=row.tries, copies=row.copies)
        if channel is None:
            return replace(ended, state=Sending.FAILED, reason="There is no such channel.")
        pace = self._paces.get(channel.name)
        # Before the wait, so that what must not go takes no token; and after it, since much may have happened.
        held_back = self._held_back(row, ended)
        if held_back is None and pace:
            await self._clock.sleep(pace.wait_for(row.address.id))
            held_back = self._held_back(row, ended)
        if not self._held.is_ours(row, self._clock.now()):
            return None
        if held_back:
            return held_back
        try:
            reason = await self._last_look.why_not(row)
            if reason:
                return replace(ended, state=Sending.SUPERSEDED if reason == SUPERSEDED else ended.state, reason=reason)
            edits = await self._last_look.bubble_to_edit(row)
        except StoreProblem:
            return replace(ended, state=Sending.PENDING, not_before=self._clock.now() + timedelta(seconds=1))
        empties = takes_back(row.payload)
        sent = await (self._take_back(channel, row) if empties else self._sender.send(channel, row, edits))
        return self._outcome(row, sent)

    def _held_back(self, row: OutboxRow, ended: Finished) -> Finished | None:
        """Return what becomes of a row that must not go now, as far as this process knows by itself."""
        now = self._clock.now()
        if row.expires_at <= now:
            return replace(ended, state=Sending.EXPIRED, at=now, reason="It was too late to be of use.")
        if self._held.is_silenced(row):
            return replace(ended, at=now, reason="stopped")
        paused = self._pauses.until(row.address.channel, now)
        if paused:
            return replace(ended, state=Sending.PENDING, at=now, not_before=paused)
        return None

    async def _take_back(self, channel: Channel, row: OutboxRow) -> Sent:
        pace = self._paces.get(channel.name)
        self._held.forget_bubble(row.conversation)

        async def wait() -> None:
            if pace:
                await self._clock.sleep(pace.wait_for(row.address.id))

        return await self._taking_back.work(channel, row, wait)

    def _outcome(self, row: OutboxRow, sent: Sent) -> Finished:
        now = self._clock.now()
        if sent.state is Sending.SENT:
            self.counts["sent"] += 1
            if sent.message_id and row.has_buttons:
                self._held.note_bubble(row, sent.message_id)
            if sent.keep:
                self._turns.ride(sent.keep)
        elif sent.state is Sending.PENDING:
            self.counts["retried"] += 1
            self.counts["copies"] += sent.copies - row.copies
            if sent.pauses:
                self._pauses.begin(row.address.channel, now + min(sent.pauses, LONGEST_PAUSE))
        else:
            self.counts["failed" if sent.state is Sending.FAILED else "refused"] += 1
        again = now + sent.wait if sent.wait else None
        return Finished(
            row.id, row.fence, sent.state, now, sent.reason, sent.message_id, sent.tries, sent.copies, not_before=again
        )

    # --- what lies in the database --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look once a second for rows that nobody holds, replies before what nobody waits for."""
        while not self._stopping.is_set():
            found = False
            try:
                found = await self.look()
            except StoreProblem as problem:
                log.warning("outbox waits", reason=problem.message)
            # While there is a backlog, the next rows are fetched as soon as there is room for them.
            await self._clock.sleep(LOOK_SOON if found else LOOK_EVERY)

    async def look(self) -> bool:
        """Claim what is due, and return whether there was any."""
        async with self._looking:
            await self._pauses.learn(self._channels)
            if self._clock.monotonic() - self._renewed_at > RENEW_AFTER:
                self._renewed_at = self._clock.monotonic()
                self._renew(self._held.ids(), self._clock.now() + LEASE)
            found = False
            for lane, most in SLICES.items():
                if not self._stopping.is_set() and await self._is_due(lane):
                    found = True
                    if len(self._held) < most:
                        await self._claim(lane, most)
            return found

    def _renew(self, held: Sequence[int], until: datetime) -> None:
        def step(uow: UnitOfWork) -> None:
            uow.outbox.renew(held, owner=self._owner, until=until)
            self._held.renewed(held, until)

        if held:
            self._turns.ride(step)

    async def _is_due(self, lane: Lane) -> bool:
        return await self._store.read(lambda uow: uow.outbox.is_due(self._clock.now(), lane))

    async def _claim(self, lane: Lane, most: int) -> None:
        now, held = self._clock.now(), self._held.ids()

        def claim(uow: UnitOfWork) -> list[OutboxRow]:
            # A clock that leapt forward has ended the leases of calls under way: nobody may take their rows.
            if held:
                uow.outbox.renew(held, owner=self._owner, until=now + LEASE)
            return uow.outbox.claim(now=now, owner=self._owner, until=now + LEASE, lane=lane, limit=most)

        for row in await self._store.write(lambda transaction: transaction.run(claim)):
            if self._stopping.is_set():
                self._give_back(row)
            else:
                self._line_up(row)

    async def take_back(self) -> int:
        """At the start of the only process: whatever another run had leased is due again, and goes first."""
        now = self._clock.now()

        def step(uow: UnitOfWork) -> tuple[int, list[OutboxRow]]:
            return uow.outbox.take_back(owner=self._owner, now=now), uow.outbox.unsent(_MOST_LEFT_BEHIND)

        count, rows = await self._store.write(lambda transaction: transaction.run(step))
        for row in rows:
            if row.state is Sending.PENDING:
                self._held.waits_in_store(row, row.not_before or now)
        return count

    async def stop(self) -> None:
        """Let calls in flight end and be recorded; give back what has not begun. A call that hangs is left behind."""
        self._stopping.set()
        # What a look that is under way claims must be given back too.
        last_look = asyncio.create_task(self._looking.acquire())
        _, hanging = await asyncio.wait({*self._tasks, last_look}, timeout=GRACE.total_seconds())
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    async def settled(self) -> None:
        """Return when no call is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def queue_length(self) -> int:
        """Return how many rows this process holds."""
        return len(self._held)

    def is_idle(self) -> bool:
        """Say whether nothing waits in this process."""
        return not self._held.lines
