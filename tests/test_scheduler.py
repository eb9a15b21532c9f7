"""What wakes the tick: again and again, never a second time while one look lasts, and only where it has to."""

import asyncio
from types import SimpleNamespace

import pytest

from bot import scheduler
from tests.waiting import eventually


class SlowTick:
    """A tick that counts, and lasts until it is let go."""

    def __init__(self):
        self.looks, self.most_at_once, self._at_once = 0, 0, 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def look(self):
        self.looks += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await self.goes_on.wait()
        self._at_once -= 1


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(scheduler, "EVERY_SECONDS", 0.02)


async def test_the_tick_is_woken_again_and_again_until_the_end(quick):
    tick = SlowTick()
    with scheduler.Scheduler(SimpleNamespace(tick=tick, ticks=True)):
        await eventually(lambda: tick.looks >= 3)
    ended = tick.looks
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert tick.looks == ended


async def test_a_look_that_takes_long_is_not_begun_twice_and_the_next_one_comes(quick):
    tick = SlowTick()
    tick.goes_on.clear()
    with scheduler.Scheduler(SimpleNamespace(tick=tick, ticks=True)):
        await eventually(lambda: tick.looks == 1)
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert tick.looks == 1
        tick.goes_on.set()
        await eventually(lambda: tick.looks >= 3)
    assert tick.most_at_once == 1


async def test_a_process_that_leaves_it_to_another_wakes_nothing(quick):
    tick = SlowTick()
    with scheduler.Scheduler(SimpleNamespace(tick=tick, ticks=False)):
        for _ in range(20):
            await asyncio.sleep(0.005)
    assert tick.looks == 0
