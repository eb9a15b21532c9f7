"""Waiting without sleeping for fixed times: until something holds, or on a clock that a test moves."""

import asyncio
import heapq
import inspect
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
_GLANCE = 0.002


async def eventually(condition: Callable[[], object], *, within: float = 10.0, every: float = _GLANCE) -> object:
    """Return what the condition says as soon as it holds; fail if it never does."""
    ends = time.monotonic() + within
    while True:
        holds = condition()
        if inspect.isawaitable(holds):
            holds = await holds
        if holds:
            return holds
        assert time.monotonic() < ends, f"not within {within} s: {inspect.getsource(condition).strip()}"
        await asyncio.sleep(every)


class ManualClock:
    """Time stands until a test moves it; whoever sleeps wakes in order."""

    def __init__(self, now: datetime = NOON) -> None:
        self.began = now
        self.seconds = 0.0
        self._numbers = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._numbers), waiter))
        await waiter

    async def advance(self, seconds: float) -> None:
        """Move on, waking each sleeper at its time."""
        ends = self.seconds + seconds
        while self._sleepers and self._sleepers[0][0] <= ends:
            at, _, waiter = heapq.heappop(self._sleepers)
            if not waiter.done():
                self.seconds = max(self.seconds, at)
                waiter.set_result(None)
                await asyncio.sleep(_GLANCE)
        self.seconds = ends
        await asyncio.sleep(_GLANCE)

    async def until(self, condition: Callable[[], object], *, step: float = 1.0, within: float = 10.0) -> object:
        """Move on in steps until something holds; `within` is real time."""

        async def moved() -> object:
            holds = condition()
            if inspect.isawaitable(holds):
                holds = await holds
            if not holds:
                await self.advance(step)
            return holds

        return await eventually(moved, within=within)
