"""The sample company of the demo: fourteen workers and a month of history, played through the real dialogue.

A short seeded script says who learns on which day. What somebody does next follows from what they are asked, as it
would in life, and every step is an ordinary event, on a clock of the script's own. What people would be sent is not
delivered, since the month is over.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from random import Random

from bot.core.course import ActionCard, Card, InfoCard, QuestionCard
from bot.core.dialogue.states import Asking, LessonPlace, State, from_json
from bot.core.events import InboundContent, MessageReceived, Opened, Said
from bot.core.facts import InvitationMade
from bot.core.learner import Role
from bot.core.messages import Address
from bot.core.question import Verdict
from bot.ports import Catalogue, Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import Keys, TurnRow
from bot.service.turns import Turns

COMPANY, COUNTRY, SIZE = "Sunrise Joinery", "South Africa", "10-49"
CHANNEL = "sample"
LESSONS_DONE = (6, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0)
DAYS = 28
LEARNING_DAYS = frozenset({0, 2, 4})
BREAK = time(8, 0, tzinfo=UTC)
_MOST_STEPS = 60
_RIGHT_FIRST_TIME = 0.75
_SEED = 8


@dataclass(slots=True)
class PlayedClock:
    """A clock that stands where the script puts it."""

    real: Clock
    time: datetime

    def now(self) -> datetime:
        """Return the time of the script."""
        return self.time

    def monotonic(self) -> float:
        """Return real seconds: they only measure slices of work."""
        return self.real.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time: a store that is busy is busy now."""
        await self.real.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose phones stand on the page, and the code of the poster."""

    worker: Address
    owner: Address
    trainer: Address
    join_code: str


class Sample:
    """Plays the month of one sample company."""

    def __init__(self, *, store: Store, turns: Turns, catalogue: Catalogue, clock: PlayedClock, now: datetime) -> None:
        self._store, self._turns, self._catalogue, self._clock, self._now = store, turns, catalogue, clock, now
        self._random = Random(_SEED)  # noqa: S311 - a script for a demo, not a secret

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
        await self._invite(trainer)
        await self._until_idle(trainer)
        for words in ("/newcompany", COMPANY, COUNTRY, SIZE, "English", "Done"):
            await self._do(trainer, Said(words))
        code, owner_code = await self._codes(trainer)
        await self._do(owner, Opened(owner_code))
        await self._until_idle(owner)
        await self._do(owner, Said("1"))
        await self._month(worker.id, code, first)
        return Cast(worker, owner, trainer, code)

    async def _invite(self, trainer: Address) -> None:
        code = sha256(f"trainer/{trainer.id}".encode()).hexdigest()[:10].upper()
        made = InvitationMade(code, Role.TRAINER, None, self._now + timedelta(days=7))
        now = self._clock.now()

        def keep(uow: UnitOfWork) -> None:
            uow.memories.save([TurnRow(trainer, None, None, (made,))], now)

        await self._store.write(lambda transaction: transaction.run(keep))
        await self._do(trainer, Opened(code))

    async def _codes(self, trainer: Address) -> tuple[str, str]:
        def find(uow: UnitOfWork) -> tuple[str, str]:
            companies = uow.memories.load([Keys(trainer)])[0].trained_companies
            company = next(found for found in companies if found.name == COMPANY)
            return uow.numbers.worker_code(company.id) or "", uow.numbers.owner_code(company.id) or ""

        return await self._store.read(find)

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
        """Join on the first day; on every other take one lesson to its end."""
        state = await self._state(address)
        if state is None:
            await self._do(address, Opened(code))
            for words in ("English", "Start"):
                await self._do(address, Said(words))
            return
        if state.lesson is None:
            await self._do(address, Said("/next"))
        await self._until_idle(address)

    async def _until_idle(self, address: Address) -> None:
        """Do what is asked until nothing is."""
        for _ in range(_MOST_STEPS):
            state = await self._state(address)
            words = self._next_words(address, state) if state else None
            if words is None:
                return
            await self._do(address, Said(words))

    def _next_words(self, address: Address, state: State) -> str | None:
        simple = {
            Asking.LANGUAGE: "English",
            Asking.NOTICE: "Start",
            Asking.FEEDBACK: "next",
            Asking.REVIEWED: "next",
            Asking.USEFUL: "Yes",
            Asking.HOUR: "10:00",
            Asking.ZONE: "Yes",
        }
        if state.asking in simple:
            return simple[state.asking]
        if address.channel != CHANNEL:
            return None
        if state.asking is Asking.FOLLOW_UP:
            return self._random.choice(("Done", "Done", "Not yet", "Could not"))
        card = self._card(state)
        if isinstance(card, QuestionCard):
            return self._answer(card)
        if isinstance(card, ActionCard):
            return self._random.choice(("Today", "Today", "Tomorrow", "Not for me"))
        return "next" if isinstance(card, InfoCard) else None

    def _card(self, state: State) -> Card | None:
        """Return the card somebody is at: the question that came back, or the one of the lesson."""
        place = state.review or state.lesson
        if place is None:
            return None
        course = next(found for found in self._catalogue.courses("en") if found.id == place.course_id)
        lesson = course.lesson(place.lesson_id)
        if lesson is None:
            return None
        if isinstance(place, LessonPlace):
            return lesson.cards[place.card]
        asked = (card for card in lesson.cards if isinstance(card, QuestionCard))
        return next((card for card in asked if card.question.id == place.question_id), None)

    def _answer(self, card: QuestionCard) -> str:
        """Return the right answer, or now and then another one."""
        question = card.question
        order = range(question.size())
        options = question.prompt(order).options
        if not options:
            return "70" if question.keeps_answers else "Skip"
        right = [
            option for option in options if question.grade(option, order).verdict in {Verdict.RIGHT, Verdict.PARTLY}
        ]
        return self._random.choice(right if self._random.random() < _RIGHT_FIRST_TIME else list(options))

    async def _state(self, address: Address) -> State | None:
        memory = (await self._store.read(lambda uow: uow.memories.load([Keys(address)])))[0]
        return from_json(memory.conversation.state) if memory.conversation else None

    async def _do(self, address: Address, content: InboundContent) -> None:
        key = f"{CHANNEL}:{address.id}:{self._random.getrandbits(64):x}"
        await self._turns.submit(MessageReceived(key, address, content, language_hint="en"))
