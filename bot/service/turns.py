"""The durable turn: take what has arrived as a batch, answer each event, keep everything in one commit.

One transaction holds the keys, the turns and the outgoing rows. Only after its commit is anybody told that their
event was taken. A batch never waits to fill; what arrives while one is under way is the next one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.core.dialogue import engine
from bot.core.errors import NotCommitted, StoreProblem
from bot.core.events import Event
from bot.core.facts import AddressKept, Fact
from bot.core.learner import Memory
from bot.core.messages import Address
from bot.ports import Clock, Store, Transaction
from bot.rows import Finished, InboxRow, OutboxRow, Outcome
from bot.service.batch import Arrived, Batches, Ride, Taken, kind_of
from bot.service.quarantine import Setter

MOST_IN_A_BATCH = 200
MOST_WAITING = 10_000
# A provider may hold an event back for minutes before it sends it again.
CAREFUL_EVENTS, CAREFUL_SECONDS = 200, 180.0
TRIES = 3
A_CROWD = 20
RECEIPTS_WAIT = 0.02
MOST_REMEMBERED = 50
MOST_GUESSES = 1_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Happened:
    """That an event was taken: when, where, of what kind, and how many messages it led to."""

    at: datetime
    address: Address
    kind: str
    messages: int


class Turns:
    """The one writer of conversations in this process."""

    def __init__(self, *, store: Store, batches: Batches, setter: Setter, clock: Clock, careful: bool = False) -> None:
        """Make the writer; `careful` follows an unclean stop: events go singly, each counted before it is tried."""
        self._store, self._batches, self._setter, self._clock = store, batches, setter, clock
        self._careful = CAREFUL_EVENTS if careful else 0
        self._careful_until = clock.monotonic() + (CAREFUL_SECONDS if careful else 0.0)
        self._arrived: deque[Arrived] = deque()
        self._finished: list[Finished] = []
        self._rides: list[Ride] = []
        self.happened: deque[Happened] = deque(maxlen=MOST_REMEMBERED)
        self.wrong_codes: deque[datetime] = deque(maxlen=MOST_GUESSES)
        self._wake = asyncio.Event()
        self._stopping = False
        self.crowd, self._is_crowded = A_CROWD, False
        self._receipts_wait = False
        self.hand_over: Callable[[Sequence[OutboxRow], Sequence[Address]], None] = _leave
        self.counts = {"events": 0, "duplicates": 0, "batches": 0, "quarantined": 0}

    # --- in -------------------------------------------------------------------------------------------------------

    def submit(self, event: Event) -> "asyncio.Future[None]":
        """Put an event in line; the future ends with its commit, or with NotCommitted."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Whoever waited may be gone by then; a refusal nobody reads is no fault.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        if self._stopping:
            done.set_exception(NotCommitted("The bot is stopping.", "Send it again."))
        elif len(self._arrived) >= MOST_WAITING:
            done.set_exception(NotCommitted("Too many events wait.", "Send it again."))
        else:
            self._arrived.append(Arrived(event, done))
            self._wake.set()
        return done

    def finish(self, result: Finished) -> None:
        """Write what became of a call with the next batch: at once, or a moment later where answers come in crowds.

        A receipt that waits saves a sync of the disk; one that is lost with the process means one more copy. So only
        a busy process lets them wait, and never long.
        """
        self._finished.append(result)
        if not self._is_crowded:
            self._wake.set()
        elif not self._receipts_wait:
            self._receipts_wait = True
            asyncio.get_running_loop().call_later(RECEIPTS_WAIT, self._receipts_are_due)

    def _receipts_are_due(self) -> None:
        self._receipts_wait = False
        self._wake.set()

    def ride(self, step: Ride) -> None:
        """Run a small write inside the next batch's transaction."""
        self._rides.append(step)
        self._wake.set()

    async def run(self) -> None:
        """Take batches until stopped; what has arrived by then is still taken."""
        while not (self._stopping and not self._has_work()):
            if not self._is_due():
                await self._wake.wait()
            self._wake.clear()
            if self._has_work():
                await self._take(self._next_batch())

    def stop(self) -> None:
        """Let the current batch end, and whatever has been submitted so far."""
        self._stopping = True
        self._wake.set()

    def _is_due(self) -> bool:
        return bool(self._arrived or self._rides or self._stopping or (self._finished and not self._receipts_wait))

    def _has_work(self) -> bool:
        return bool(self._arrived or self._finished or self._rides)

    def _next_batch(self) -> list[Arrived]:
        """Return the oldest events: one for each conversation, and one for each code that is for one use."""
        most = 1 if self._is_careful() else MOST_IN_A_BATCH
        batch: list[Arrived] = []
        later: deque[Arrived] = deque()
        taken: set[Address | str] = set()
        while self._arrived and len(batch) < most:
            arrived = self._arrived.popleft()
            code = engine.needs(arrived.event).code
            names: set[Address | str] = {arrived.event.address, arrived.event.key}
            if code:
                names.add(code)
            if names & taken:
                later.append(arrived)
            else:
                batch.append(arrived)
            taken |= names
        self._arrived.extendleft(reversed(later))
        return batch

    # --- a batch --------------------------------------------------------------------------------------------------

    async def _take(self, batch: list[Arrived]) -> None:
        if batch and self._is_careful():
            await self._take_carefully(batch[0])
            batch = []
        finished, self._finished = self._finished, []
        rides, self._rides = self._rides, []
        if not (batch or finished or rides):
            return
        try:
            taken = await self._store.write(lambda transaction: self._batches.work(transaction, batch, finished, rides))
        except NotCommitted as problem:
            self._again(finished, rides)
            _refuse(batch, problem)
            if not batch:
                await self._clock.sleep(1)
            return
        except Exception as error:
            log.warning("batch failed", error=type(error).__name__, events=len(batch))
            await self._one_by_one(batch, finished, rides)
            if not batch:
                await self._clock.sleep(1)
            return
        self._committed(taken, batch)
        for arrived in taken.failed:
            await self._alone(arrived)

    def _again(self, finished: list[Finished], rides: list[Ride]) -> None:
        self._finished[:0], self._rides[:0] = finished, rides

    def _is_careful(self) -> bool:
        return self._careful > 0 or self._clock.monotonic() < self._careful_until

    def _committed(self, taken: Taken, batch: Iterable[Arrived]) -> None:
        self.counts["batches"] += 1
        self._is_crowded = len(taken.turns) >= self.crowd or (self._is_crowded and not taken.turns)
        self.counts["events"] += len(taken.turns)
        self.counts["duplicates"] += taken.duplicates
        self._remember(taken)
        self._batches.committed(taken)
        self.hand_over(taken.rows, taken.silenced)
        failed = {id(arrived) for arrived in taken.failed}
        for arrived in batch:
            if id(arrived) not in failed:
                _resolve(arrived)

    def waiting(self) -> int:
        """Return how many events and other things wait for a batch."""
        return len(self._arrived) + len(self._finished) + len(self._rides)

    def guesses(self) -> int:
        """Return how many wrong join codes were tried in the last hour."""
        since = self._clock.now() - timedelta(hours=1)
        return sum(at > since for at in self.wrong_codes)

    def _remember(self, taken: Taken) -> None:
        now = self._clock.now()
        self.wrong_codes.extend(now for _, memory, turn in taken.turns if _guessed(memory, turn.facts))
        for event, _, turn in taken.turns[-MOST_REMEMBERED:]:
            self.happened.appendleft(Happened(now, event.address, kind_of(event), len(turn.replies)))

    # --- trouble --------------------------------------------------------------------------------------------------

    async def _one_by_one(self, batch: list[Arrived], finished: list[Finished], rides: list[Ride]) -> None:
        """Take a batch that could not be saved event by event, so that only the one at fault is set aside."""
        for receipts, steps in ((finished, []), *(([], [ride]) for ride in rides)):
            await self._beside(receipts, steps)
        for arrived in batch:
            await self._alone(arrived)

    async def _beside(self, finished: list[Finished], rides: list[Ride]) -> None:
        """Write receipts or a small step by itself; what the database refuses for what it is must not come again."""
        if not finished and not rides:
            return
        try:
            await self._store.write(lambda transaction: self._batches.work(transaction, [], finished, rides))
        except Exception as error:
            # A receipt is ours and holds nothing a database refuses: then it is the database that must be mended.
            if isinstance(error, StoreProblem if finished else NotCommitted):
                self._again(finished, rides)
                return
            log.error("not written", error=type(error).__name__, receipts=len(finished), steps=len(rides))

    async def _alone(self, arrived: Arrived) -> None:
        """Take one event in a transaction of its own; if it fails again, set it aside and go on."""
        try:
            taken = await self._store.write(lambda transaction: self._batches.work(transaction, [arrived], [], []))
        except NotCommitted as problem:
            _refuse([arrived], problem)
        except Exception as caught:
            await self._set_aside(arrived, type(caught).__name__)
        else:
            if taken.failed:
                await self._set_aside(arrived, "TurnFailed")
            else:
                self._committed(taken, [arrived])

    async def _set_aside(self, arrived: Arrived, error: str) -> None:
        try:
            rows = await self._setter.set_aside(arrived.event, error, self._batches.leased)
        except Exception as caught:
            log.error("an event could not be set aside", error=type(caught).__name__)
            _refuse([arrived], caught)
            return
        self.counts["quarantined"] += 1
        self.hand_over(rows, [])
        _resolve(arrived)

    async def _take_carefully(self, arrived: Arrived) -> None:
        """After an unclean stop: count the try first, so that an event that kills the process cannot do so for ever."""
        self._careful = max(self._careful - 1, 0)
        event = arrived.event
        row = InboxRow(event.key, event.address.channel, kind_of(event), self._clock.now(), Outcome.TRYING)

        async def count(transaction: Transaction) -> int:
            return await transaction.run(lambda uow: 0 if uow.inbox.seen([event.key]) else uow.inbox.try_once(row))

        try:
            tries = await self._store.write(count)
        except StoreProblem as problem:
            _refuse([arrived], problem)
            return
        if tries >= TRIES:
            await self._set_aside(arrived, "ProcessKilled")
        else:
            await self._alone(arrived)


def _leave(rows: Sequence[OutboxRow], stopped: Sequence[Address]) -> None:
    """Leave rows to whoever claims them: what a process without a sender does."""


def _guessed(memory: Memory, facts: Sequence[Fact]) -> bool:
    """Say whether a turn noted one more wrong join code."""
    kept = [fact.address.wrong_codes for fact in facts if isinstance(fact, AddressKept)]
    return any(codes and codes != memory.address.wrong_codes for codes in kept)


def _resolve(arrived: Arrived) -> None:
    if not arrived.done.done():
        arrived.done.set_result(None)


def _refuse(batch: Iterable[Arrived], problem: Exception) -> None:
    if not isinstance(problem, NotCommitted):
        problem = NotCommitted(f"It could not be kept ({type(problem).__name__}).", "Send it again.")
    for arrived in batch:
        if not arrived.done.done():
            arrived.done.set_exception(problem)
