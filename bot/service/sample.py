"""The sample company of the demo: fourteen workers and a month of history, played through the real dialogue.

A short seeded script says who learns on which day. What somebody does next follows from what stands on their phone, by
the same hand that plays a simulation, and every step is an ordinary event on a clock of the script's own. What people
would be sent is shown to them alone and not delivered, since the month is over.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random

from bot.core.events import InboundContent, MessageReceived, Opened, Said
from bot.core.messages import Address
from bot.ports import Catalogue, Store
from bot.service.simulation.answering import Answering, Manner
from bot.service.simulation.clock import PlayedClock
from bot.service.simulation.founding import Founding
from bot.service.simulation.phones import Phones
from bot.service.turns import Turns

COMPANY, COUNTRY, SIZE = "Sunrise Joinery", "South Africa", "10-49"
CHANNEL = "sample"
LESSONS_DONE = (6, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0)
DAYS = 28
LEARNING_DAYS = frozenset({0, 2, 4})
BREAK = time(8, 0, tzinfo=UTC)
_STEPS_TO_THE_FIRST_CARD = 2
_SEED = 8


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose phones stand on the page, and the code of the poster."""

    worker: Address
    owner: Address
    trainer: Address
    join_code: str


class Sample:
    """Plays the month of one sample company."""

    def __init__(
        self, *, store: Store, turns: Turns, catalogue: Catalogue, clock: PlayedClock, phones: Phones, now: datetime
    ) -> None:
        """Make the player; `now` is when the month ends, and `phones` show what is said meanwhile."""
        self._turns, self._clock, self._phones, self._now = turns, clock, phones, now
        self._random = Random(_SEED)  # noqa: S311 - a script for a demo, not a secret
        self._answering = Answering(catalogue)
        self._founding = Founding(store, clock, phones, self._answering, self._do)
        self._manners: dict[Address, Manner] = {}

    async def play(self, worker: Address, owner: Address, trainer: Address) -> Cast:
        """Make the company, its people and their month; return who is on the page."""
        taking = asyncio.create_task(self._turns.run())
        try:
            return await self._play(worker, owner, trainer)
        finally:
            self._turns.stop()
            await taking

    async def _play(self, worker: Address, owner: Address, trainer: Address) -> Cast:
        first = datetime.combine(self._now.date() - timedelta(days=DAYS), BREAK)
        self._clock.time = first
        await self._founding.trainer(trainer, self._manner(trainer))
        code, owner_code = await self._founding.company(trainer, COMPANY, COUNTRY, SIZE)
        await self._founding.owner(owner, owner_code, self._manner(owner))
        await self._month(worker.id, code, first)
        return Cast(worker, owner, trainer, code)

    async def _month(self, mark: str, code: str, first: datetime) -> None:
        """Let each worker learn on some of the days, in the morning break."""
        slots = [day for day in range(1, DAYS) if (first + timedelta(days=day)).weekday() in LEARNING_DAYS]
        plans: dict[int, list[Address]] = {}
        for number, lessons in enumerate(LESSONS_DONE):
            address = Address(CHANNEL, f"{mark}-w{number:02}")
            joined = self._random.choice(slots[:3])
            learns = sorted(self._random.sample([day for day in slots if day > joined], lessons))
            for day in (joined, *learns):
                plans.setdefault(day, []).append(address)
        for day, learners in sorted(plans.items()):
            self._clock.time = first + timedelta(days=day)
            await asyncio.gather(*(self._lesson(address, code) for address in learners))

    async def _lesson(self, address: Address, code: str) -> None:
        """Join on the first day and read the first card; on every other take one lesson to its end."""
        manner = self._manners.get(address)
        if manner is None:
            manner = self._manner(address)
            await self._do(address, Opened(code))
            await self._founding.until_idle(address, manner, most=_STEPS_TO_THE_FIRST_CARD)
            return
        asked = self._phones[address].asked
        if asked is None or not asked.answers():
            await self._do(address, Said("/next"))
        await self._founding.until_idle(address, manner)

    def _manner(self, address: Address) -> Manner:
        """Return how somebody answers, with dice of their own: who learns on the same day is in nobody's way."""
        return self._manners.setdefault(address, Manner(Random(f"{_SEED}/{address.id[-3:]}")))  # noqa: S311 - a script

    async def _do(self, address: Address, content: InboundContent) -> None:
        key = f"{CHANNEL}:{address.id}:{self._random.getrandbits(64):x}"
        await self._turns.submit(MessageReceived(key, address, content, language_hint="en"))
