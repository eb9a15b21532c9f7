"""Take over content that changed on the disk, once it is sound; a broken file changes nothing but health."""

import asyncio

import structlog

from bot.ports import Catalogue, Clock

LOOK_EVERY = 5.0

log = structlog.get_logger()


class Reloading:
    """Looks at the folders every few seconds, in a thread, so that reading them never holds up a turn."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue, self._clock = catalogue, clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Reload if anything changed since the last look."""
        if not await asyncio.to_thread(self._catalogue.has_changed):
            return
        if not await asyncio.to_thread(self._catalogue.reload):
            log.info("content taken over")
