"""Tell the operators in their chat what they must know: once a day for each kind, by the same door as every event."""

from datetime import date
from hashlib import sha256

import structlog

from bot.core.errors import StoreProblem
from bot.core.events import Alert, Alerted, MessageReceived
from bot.core.messages import Address
from bot.ports import Clock, Store
from bot.service.turns import Turns

LOOK_EVERY = 60.0
MANY_GUESSES = 50

log = structlog.get_logger()


class Alerts:
    """Looks once a minute."""

    def __init__(self, store: Store, turns: Turns, clock: Clock) -> None:
        self._store, self._turns, self._clock = store, turns, clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except StoreProblem as problem:
                log.warning("alerts wait", reason=problem.message)
            await self._clock.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Tell what there is to tell. Whoever was told today is not told again, by whichever process."""
        guesses, set_aside = self._turns.guesses(), await self._set_aside()
        if guesses > MANY_GUESSES:
            await self._tell(Alerted(Alert.WRONG_CODES, guesses))
        if set_aside:
            await self._tell(Alerted(Alert.SET_ASIDE, set_aside))

    async def _set_aside(self) -> int:
        """Return how many events of today are set aside."""
        today = self._clock.now().date()
        rows = await self._store.read(lambda uow: uow.quarantine.list())
        return sum(row.at.date() == today for row in rows)

    async def _tell(self, alerted: Alerted) -> None:
        today = self._clock.now().date()
        for address in await self._store.read(lambda uow: uow.numbers.operators()):
            await self._turns.submit(MessageReceived(_key(alerted.alert, today, address), address, alerted))


def _key(alert: Alert, day: date, address: Address) -> str:
    """Return a key that is the same for one operator all day, and does not show the chat."""
    digest = sha256(f"{address.channel}:{address.id}".encode()).hexdigest()[:16]
    return f"alert:{alert}:{day}:{digest}"
