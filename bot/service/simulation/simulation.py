"""A whole cohort for as many days as asked: cast, founded, played, brought to rest, and reported."""

import asyncio
import gc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.ports import Catalogue, Store
from bot.repositories import UnitOfWork
from bot.rows import Sending
from bot.service.simulation.answering import Answering
from bot.service.simulation.casting import Casting, Scale
from bot.service.simulation.founding import Founding
from bot.service.simulation.observing import PROMISES
from bot.service.simulation.phones import Phones
from bot.service.simulation.playing import Machine, Player

# A Monday of a leap year.
BEGAN = datetime(2028, 1, 3, 6, 0, tzinfo=UTC)
SIZE = "10-49"
_OBJECTS_UNTIL_COLLECTED = 100_000
_REST = timedelta(days=3)
_COUNTED = ("owed", "begun_by_bot", "calls", "sends", "copies", "mishaps")


@dataclass(slots=True)
class Simulation:
    """A cohort and the bot it is played with. `misbehave` lets the channel begin to do so."""

    scale: Scale
    machine: Machine
    store: Store
    catalogue: Catalogue
    phones: Phones
    player: Player
    misbehave: Callable[[], None]

    async def run(self, progress: Callable[[datetime], None]) -> dict[str, Any]:
        """Play all of it and return the report."""
        self.player.watch()
        # What was made so far stays, and what is made in a moment seldom holds itself: a sixth of the time went there.
        gc.collect()
        gc.freeze()
        usual = gc.get_threshold()
        gc.set_threshold(_OBJECTS_UNTIL_COLLECTED)
        taking = asyncio.create_task(self.machine.turns.run())
        ends = BEGAN + timedelta(days=self.scale.days)
        try:
            await self._found()
            self.misbehave()
            await self.player.play(ends, progress)
            await self.player.rest(ends + _REST)
            return await self._report()
        finally:
            gc.set_threshold(*usual)
            gc.unfreeze()
            self.machine.turns.stop()
            await taking

    async def _found(self) -> None:
        """Make the companies with their trainers and owners, and let the workers come."""
        casting = Casting(self.scale, self.catalogue, self.phones, BEGAN)
        answering = Answering(self.catalogue)
        founding = Founding(self.store, self.machine.clock, self.phones, answering, self.player.says)
        for firm in casting.firms():
            is_new = firm.trainer not in self.player.actors
            leaders = {actor.address: actor for actor in casting.leaders(firm, with_trainer=is_new)}
            self.player.add(leaders.values())
            if is_new:
                await founding.trainer(firm.trainer, leaders[firm.trainer].manner)
            code, owner_code = await founding.company(firm.trainer, firm.name, firm.country, SIZE)
            await founding.owner(firm.owner, owner_code, leaders[firm.owner].manner)
            self.player.add(casting.workers(firm, code))

    async def _report(self) -> dict[str, Any]:
        observer, turns = self.player.observer, self.machine.turns
        unseen = observer.unseen()
        states = await self.store.read(lambda uow: uow.outbox.states(unseen))
        observer.close(states)
        finished, lessons = await self.store.read(_learnt)
        counts = observer.counts
        ended = {state.value: counts[state.value] for state in Sending if state is not Sending.SENT}
        return {
            **asdict(self.scale),
            "fault_rate": self.player.resends,
            **{name: counts[name] for name in PROMISES},
            "turns": turns.counts["events"],
            **{name: counts[name] for name in _COUNTED},
            **ended,
            "erased": counts["erased"],
            "duplicates": turns.counts["duplicates"],
            "quarantined": turns.counts["quarantined"],
            "completed_lessons": lessons,
            "completed_courses": finished,
            "digest": observer.digest(),
        }


def _learnt(uow: UnitOfWork) -> tuple[int, int]:
    """Return how many courses and lessons those who are still members have finished."""
    companies = [company.company_id for company in uow.numbers.companies(None)]
    rows = uow.numbers.completion(companies)
    return sum(row.finished_at is not None for row in rows), sum(row.lessons for row in rows)
