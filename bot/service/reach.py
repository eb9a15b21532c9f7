"""Note that nobody can be reached at an address. Who writes again is back; who opted out stays so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.core.facts import AddressKept
from bot.core.learner import Reach
from bot.core.messages import Address
from bot.repositories import UnitOfWork
from bot.rows import Keys, TurnRow


def lost_touch(address: Address, now: datetime) -> Callable[[UnitOfWork], None]:
    """Return the small write that notes it and cancels what was queued."""

    def step(uow: UnitOfWork) -> None:
        known = uow.memories.load([Keys(address)])[0].address
        if known.reach is Reach.REACHABLE:
            fact = AddressKept(replace(known, reach=Reach.UNREACHABLE))
            uow.memories.save([TurnRow(address, None, None, (fact,))], now)
        uow.outbox.cancel([address], Reach.UNREACHABLE.value, now)

    return step
