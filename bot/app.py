"""A whole bot as the rest of the program sees it: pages, commands and the scheduler speak to this."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import structlog

from bot.catalogue.files import Files
from bot.core.events import MessageReceived
from bot.ports import Channel, Clock, Store, Translator
from bot.service.alerts import Alerts
from bot.service.demo import Demo
from bot.service.inbox import Inbox
from bot.service.kept import Kept, what_was_kept
from bot.service.outbox import Delivery
from bot.service.reloading import Reloading
from bot.service.retention import Retention
from bot.service.tick import Tick
from bot.service.turns import Turns
from bot.service.watch import Watch
from bot.settings import Settings
from bot.store.running import Opened

DRAIN_SECONDS = 20.0

log = structlog.get_logger()


@dataclass
class App:
    """A whole bot, made and not yet started. Pages, commands and the scheduler speak to it."""

    settings: Settings
    clock: Clock
    store: Store
    catalogue: Files
    translator: Translator
    channels: Mapping[str, Channel]
    turns: Turns
    inbox: Inbox
    delivery: Delivery
    watch: Watch
    demo: Demo | None
    opened: Opened
    listens: bool = True
    ticks: bool = True
    _has_started: bool = False
    _is_stopping: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @cached_property
    def tick(self) -> Tick:
        """Return what looks who is due."""
        return Tick(self.store, self.turns, self.clock)

    async def accept(self, events: Sequence[MessageReceived]) -> None:
        """Return when the events are committed, or raise NotCommitted."""
        await self.inbox.accept(events)

    def started(self) -> bool:
        """Say whether turns are taken."""
        return self._has_started

    def stopping(self) -> bool:
        """Say whether the end has begun: nothing new is taken."""
        return self._is_stopping

    async def start(self) -> None:
        """Begin to take turns, to send, and to listen."""
        self._has_started = True
        if self.opened.is_alone:
            await self.delivery.take_back()
        work: list[Callable[[], Awaitable[None]]] = [
            self.turns.run,
            self.delivery.run,
            Retention(self.store, self.clock).run,
            Reloading(self.catalogue, self.clock).run,
            self.opened.run.beat,
            Alerts(self.store, self.turns, self.clock).run,
        ]
        if self.demo and not self.opened.is_alone:
            work.append(self.demo.time.follow)
        if self.listens:
            work += [self._listener(channel) for channel in self.channels.values()]
        self._tasks = [
            asyncio.create_task(_guarded(step), name=getattr(step, "__qualname__", "listen")) for step in work
        ]
        # What was made so far stays: a collector that looks through all of it again would hold up the loop.
        gc.collect()
        gc.freeze()
        if self.demo and self.listens:
            await self.demo.cohort("local")

    def _listener(self, channel: Channel) -> Callable[[], Awaitable[None]]:
        return lambda: channel.listen(self.inbox.accept)

    async def stop(self) -> None:
        """Drain: take nothing new, let calls in flight end and be recorded, and close; at most 20 seconds."""
        if self._is_stopping or not self._has_started:
            return
        self._is_stopping = True
        taking, *others = self._tasks
        for task in others[1:]:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.delivery.stop()
                self.turns.stop()
                await taking
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self.channels.values():
            await channel.close()
        await self.opened.close()

    def health(self) -> dict[str, Any]:
        """Return what `/healthz` tells."""
        return self.watch.health()

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Return what `/readyz` tells."""
        return await self.watch.readiness()

    async def kept(self, names: Mapping[str, str]) -> Kept:
        """Return what a demo page tells of what was kept from the phones on it, given as ids and names."""
        return await what_was_kept(self.store, self.turns, names)

    def metrics(self) -> bytes:
        """Return what `/metrics` tells."""
        return self.watch.metrics()


async def _guarded(step: Callable[[], Awaitable[None]]) -> None:
    """Run a long-lived step; should it fail for a reason nobody foresaw, say so and begin it again."""
    while True:
        try:
            await step()
        except Exception as error:
            log.error("a long-lived task failed and begins again", error=type(error).__name__)
            await asyncio.sleep(1)  # noqa: TID251 - the clock may be what failed
        else:
            return
