"""Who is running on this database: a mark for each process, taken away when it ends as it should.

A mark that is found tells the next start that a run broke off. Several processes on PostgreSQL renew theirs every
minute, so that one of them which ended well never hides another that was killed. A mark of the last minutes may
belong to a process that lives: to be careful once too often costs little.
"""

from datetime import datetime, timedelta
from secrets import token_hex

from bot.core.errors import StoreProblem
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork

RUNNING = "running"
BEAT = timedelta(seconds=60)
DEAD_AFTER = 3 * BEAT


class Run:
    """The run of one process."""

    def __init__(self, store: Store, process: str, clock: Clock, *, is_alone: bool) -> None:
        """Name a run; `is_alone` says that whatever else is marked cannot be running any more."""
        self._store, self._clock, self._is_alone = store, clock, is_alone
        self._kind = f"{RUNNING} {process} "
        self._name = self._kind + token_hex(8)

    async def begin(self) -> bool:
        """Mark the process as running, and return whether every earlier one of its kind ended as it should."""
        now = self._clock.now()

        def step(unit: UnitOfWork) -> bool:
            marks = unit.records.named(self._kind)
            dead = [name for name, seen in marks.items() if self._is_alone or _is_old(seen, now)]
            unit.records.drop(dead)
            unit.records.put(self._name, now.isoformat())
            return not marks

        return await self._store.write(lambda transaction: transaction.run(step))

    async def beat(self) -> None:
        """Renew the mark every minute until cancelled. What is alone needs no renewal."""
        while not self._is_alone:
            await self._clock.sleep(BEAT.total_seconds())
            try:
                await self._store.write(lambda transaction: transaction.run(self._renew))
            except StoreProblem:
                # The next minute may be better; three are missed before anybody takes us for dead.
                continue

    def _renew(self, unit: UnitOfWork) -> None:
        unit.records.put(self._name, self._clock.now().isoformat())

    async def end(self) -> None:
        """Note that the process ends as it should."""
        await self._store.write(lambda transaction: transaction.run(lambda unit: unit.records.drop([self._name])))


def _is_old(seen: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(seen) > DEAD_AFTER
