"""The time of this machine, and a demo's, which is ahead of it. Nothing else in the house reads the machine's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _Machine(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class DemoClock:
    """A machine's time and what a demo has moved it ahead. Waiting, and measuring how long something took, stay real.

    `ahead` is kept in the demo's database, so that no restart steps back.
    """

    def __init__(self, machine: _Machine) -> None:
        self._machine = machine
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the demo's time, in UTC."""
        return self._machine.now() + self.ahead

    def monotonic(self) -> float:
        """Return real seconds that never go back."""
        return self._machine.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await self._machine.sleep(seconds)

    def ahead_at(self, moment: datetime) -> timedelta:
        """Return how far ahead the clock must be to show a moment; for one that is past already, as far as it is."""
        return self.ahead + max(moment - self.now(), timedelta())
