"""The demo: for each visitor a sample company of their own, and phones for a worker, its owner and its trainer."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from secrets import token_hex

import structlog

from bot.core.events import MessageReceived, Opened, Said
from bot.core.messages import Address, say
from bot.ports import Channel, Clock, Store
from bot.repositories import UnitOfWork
from bot.service.demo_clock import Comes, DemoTime, Move
from bot.service.inbox import Inbox
from bot.service.sample import COMPANY, Sample

PHONES = "webphone"
MOST_COHORTS = 200
_TIME_ZONE = "Africa/Johannesburg"
_LIKE, _NAME, _SUBTITLE = "Telegram", "Teabreak", say("four minutes a lesson").text
_MORE_WORKERS = ("Jonas", "Fatou", "Mei", "Ravi", "Elena", "Sipho", "Aigul", "Diego")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone on the page: whose it is, and how it is headed."""

    id: str
    name: str
    role: str
    channel_label: str
    language: str
    title: str
    subtitle: str
    time_zone: str = _TIME_ZONE


@dataclass(frozen=True, slots=True)
class Cohort:
    """A visitor's phones and the code of their company's poster; not ready while the month is being played."""

    ready: bool
    phones: tuple[Phone, ...] = ()
    join_code: str = ""


class Demo:
    """Makes and remembers cohorts. `time` is the clock that they share."""

    time: DemoTime

    def __init__(
        self, *, store: Store, inbox: Inbox, channel: Channel, clock: Clock, sample: Callable[[], Sample]
    ) -> None:
        self._store, self._inbox, self._channel, self._clock, self._sample = store, inbox, channel, clock, sample
        self._cohorts: dict[str, Cohort] = {}
        self._making: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def cohort(self, visitor: str) -> Cohort:
        """Return a visitor's cohort; the first call begins to make it, and returns at once."""
        # It may be finished while the database is asked.
        known = self._cohorts.get(visitor) or await self._kept(visitor) or self._cohorts.get(visitor)
        if known:
            self._cohorts[visitor] = known
            return known
        if visitor not in self._making and len(self._making) < MOST_COHORTS:
            self._making[visitor] = asyncio.create_task(self._make(visitor))
        return Cohort(ready=False)

    async def new_worker(self, visitor: str) -> Phone:
        """Return one more worker's phone."""
        cohort = await self.cohort(visitor)
        number = sum(phone.role == "worker" for phone in cohort.phones) - 1
        name = _MORE_WORKERS[number % len(_MORE_WORKERS)]
        phone = Phone(f"w-{token_hex(6)}", name, "worker", _LIKE, "en", _NAME, _SUBTITLE)
        await self._keep(visitor, replace(cohort, phones=(*cohort.phones, phone)))
        return phone

    async def start_again(self, visitor: str) -> None:
        """Erase a visitor's cohort; the next look makes a fresh one. Where nobody else is, the clock is set back."""
        task = self._making.pop(visitor, None)
        if task:
            await asyncio.gather(task, return_exceptions=True)
        if self._making:
            await self._forget(visitor)
            return
        # No sample is begun on a clock that is just being set back.
        async with self._one_at_a_time:
            await self._forget(visitor)
            if not await self._store.read(lambda uow: uow.records.named("sample:")):
                await self.time.reset()

    async def comes(self, cohort: Cohort) -> Comes:
        """Return what comes next on the phones of a cohort."""
        return await self.time.comes(*_whose(cohort))

    async def move(self, visitor: str, move: Move, *, seen: str | None = None) -> None:
        """Move the clock as far as a visitor's button says; with `seen` only if nobody has moved it since."""
        cohort = await self.cohort(visitor)
        if cohort.ready:
            await self.time.move(move, *_whose(cohort), seen=seen)

    async def _forget(self, visitor: str) -> None:
        self._cohorts.pop(visitor, None)
        await self._erase(visitor)

    async def _kept(self, visitor: str) -> Cohort | None:
        text = await self._store.read(lambda uow: uow.records.get(f"cohort:{visitor}"))
        if not text:
            return None
        kept = json.loads(text)
        return Cohort(True, tuple(Phone(**phone) for phone in kept["phones"]), kept["join_code"])

    async def _keep(self, visitor: str, cohort: Cohort) -> None:
        self._cohorts[visitor] = cohort
        phones = [asdict(phone) for phone in cohort.phones]
        await self._put(f"cohort:{visitor}", json.dumps({"phones": phones, "join_code": cohort.join_code}))

    async def _put(self, name: str, text: str) -> None:
        await self._store.write(lambda transaction: transaction.run(lambda uow: uow.records.put(name, text)))

    async def _erase(self, visitor: str) -> None:
        """Erase the visitor's sample, whether it was finished or the process ended while it was made."""

        def step(uow: UnitOfWork) -> None:
            mark = uow.records.get(f"sample:{visitor}")
            if mark:
                uow.memories.erase_cohort(mark)
            uow.records.drop([f"sample:{visitor}", f"cohort:{visitor}"])

        await self._store.write(lambda transaction: transaction.run(step))

    async def _make(self, visitor: str) -> None:
        """Play the month, then let the three phones say something of their own."""
        mark = token_hex(4)
        try:
            async with self._one_at_a_time:
                await self._erase(visitor)
                await self._put(f"sample:{visitor}", mark)
                await self._play(visitor, mark)
        except Exception as error:
            log.error("the sample could not be made", error=type(error).__name__)
        finally:
            self._making.pop(visitor, None)

    async def _play(self, visitor: str, mark: str) -> None:
        worker, owner, trainer = (Address(PHONES, f"{who}-{mark}") for who in ("amina", "tomas", "lerato"))
        cast = await self._sample().play(worker, owner, trainer)
        await self._say(worker, Opened(cast.join_code))
        await self._say(owner, Said("/team"))
        await self._say(trainer, Said("/summary"))
        phones = (
            Phone(worker.id, "Amina", "worker", _LIKE, "en", _NAME, _SUBTITLE),
            Phone(owner.id, "Tomas", "owner", _LIKE, "en", _NAME, COMPANY),
            Phone(trainer.id, "Lerato", "trainer", _LIKE, "en", _NAME, COMPANY),
        )
        await self._keep(visitor, Cohort(True, phones, cast.join_code))

    async def _say(self, address: Address, content: Opened | Said) -> None:
        event = MessageReceived(f"{PHONES}:{address.id}:{token_hex(8)}", address, content, language_hint="en")
        heard = getattr(self._channel, "heard", None)
        if heard and isinstance(content, Said):
            await heard(event)
        await self._inbox.accept([event])


def _whose(cohort: Cohort) -> tuple[list[Address], str]:
    """Return whom the phones of a cohort belong to, and the zone they are in."""
    return [Address(PHONES, phone.id) for phone in cohort.phones], cohort.phones[0].time_zone
