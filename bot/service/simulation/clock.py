"""A clock that stands where whoever plays puts it: a year of it takes as long as what happens in it."""

from dataclasses import dataclass
from datetime import datetime

from bot.ports import Clock


@dataclass(slots=True)
class PlayedClock:
    """Time that only jumps."""

    real: Clock
    time: datetime

    def now(self) -> datetime:
        """Return the time that is played."""
        return self.time

    def monotonic(self) -> float:
        """Return real seconds: they only measure slices of work."""
        return self.real.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time: a store that is busy is busy now."""
        await self.real.sleep(seconds)
