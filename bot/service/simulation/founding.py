"""How a company comes about, in the sample as in a simulation: a trainer with a link, the dialogue, an owner's link."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.core.events import InboundContent, Opened, Said
from bot.core.facts import InvitationMade
from bot.core.learner import Role
from bot.core.messages import Address
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import Keys, TurnRow
from bot.service.simulation.answering import Answering, Manner
from bot.service.simulation.phones import Phones

_MOST_STEPS = 60
_LINK_DAYS = timedelta(days=7)


@dataclass(slots=True)
class Founding:
    """Makes companies through the real dialogue; `do` lets somebody do one thing and returns when it is answered."""

    store: Store
    clock: Clock
    phones: Phones
    answering: Answering
    do: Callable[[Address, InboundContent], Awaitable[None]]

    async def trainer(self, address: Address, manner: Manner) -> None:
        """Let somebody become a trainer, by a link of their own."""
        code = sha256(f"trainer/{address.id}".encode()).hexdigest()[:10].upper()
        now = self.clock.now()
        made = InvitationMade(code, Role.TRAINER, None, now + _LINK_DAYS)

        def keep(uow: UnitOfWork) -> None:
            uow.memories.save([TurnRow(address, None, None, (made,))], now)

        await self.store.write(lambda transaction: transaction.run(keep))
        await self.do(address, Opened(code))
        await self.until_idle(address, manner)

    async def company(self, trainer: Address, name: str, country: str, size: str) -> tuple[str, str]:
        """Let a trainer make a company; return the code of its poster and the owner's."""
        for words in ("/newcompany", name, country, size, "English", "Done"):
            await self.do(trainer, Said(words))

        def find(uow: UnitOfWork) -> tuple[str, str]:
            companies = uow.memories.load([Keys(trainer)])[0].trained_companies
            company = next(found for found in companies if found.name == name)
            return uow.numbers.worker_code(company.id) or "", uow.numbers.owner_code(company.id) or ""

        return await self.store.read(find)

    async def owner(self, address: Address, code: str, manner: Manner) -> None:
        """Let somebody become the owner and take the course that is recommended."""
        await self.do(address, Opened(code))
        await self.until_idle(address, manner)
        await self.do(address, Said("1"))

    async def until_idle(self, address: Address, manner: Manner, *, most: int = _MOST_STEPS) -> None:
        """Do what is asked until nothing is, or so many times."""
        for _ in range(most):
            answer = self.answering.answer(self.phones[address], manner)
            if answer is None:
                return
            await self.do(address, answer.content)
