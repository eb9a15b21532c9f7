"""Forget what has served its purpose: keys and set-aside events after seven days, sent texts after thirty."""

from datetime import timedelta

import structlog

from bot.core.errors import StoreProblem
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork

KEYS_LIVE = timedelta(days=7)
TEXTS_LIVE = timedelta(days=30)
LOOK_EVERY = timedelta(hours=1)

log = structlog.get_logger()


class Retention:
    """Erases, once an hour, what is older than we promised to keep it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def run(self) -> None:
        """Look every hour until cancelled."""
        while True:
            try:
                await self.forget()
            except StoreProblem as problem:
                log.warning("retention waits", reason=problem.message)
            await self._clock.sleep(LOOK_EVERY.total_seconds())

    async def forget(self) -> None:
        """Erase what is due."""
        now = self._clock.now()

        def prune(uow: UnitOfWork) -> None:
            uow.inbox.prune(now - KEYS_LIVE)
            uow.quarantine.prune(now - KEYS_LIVE)
            uow.outbox.prune(now - TEXTS_LIVE)

        await self._store.write(lambda transaction: transaction.run(prune))
        await self._store.tidy()
