"""What an operator sees: health, what waits, and counters for Prometheus. No number here names a person."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.core.errors import StoreProblem
from bot.ports import Catalogue, Channel, Clock, Store
from bot.service.alerts import MANY_GUESSES
from bot.service.outbox import Delivery
from bot.service.turns import Turns


class Watch(Collector):
    """Looks at the parts of one process."""

    def __init__(
        self,
        *,
        store: Store,
        catalogue: Catalogue,
        turns: Turns,
        delivery: Delivery,
        channels: Mapping[str, Channel],
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._store, self._catalogue, self._turns = store, catalogue, turns
        self._delivery, self._channels = delivery, channels
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self.trouble: Callable[[], StoreProblem | None] = lambda: None

    def collect(self) -> Any:
        """Return the counters of this process."""
        events = CounterMetricFamily("teabreak_events", "Events taken.", labels=["outcome"])
        for name in ("events", "duplicates", "quarantined"):
            events.add_metric([name], self._turns.counts[name])
        yield events
        yield CounterMetricFamily("teabreak_batches", "Batches committed.", value=self._turns.counts["batches"])
        messages = CounterMetricFamily("teabreak_messages", "Outgoing messages.", labels=["outcome"])
        for name, count in self._delivery.counts.items():
            messages.add_metric([name], count)
        yield messages
        yield GaugeMetricFamily(
            "teabreak_outbox_held", "Messages held by this process.", value=self._delivery.queue_length()
        )
        yield GaugeMetricFamily(
            "teabreak_wrong_codes", "Wrong join codes of the last hour.", value=self._turns.guesses()
        )
        waits = GaugeMetricFamily("teabreak_channel_works", "1 while a channel works.", labels=["channel"])
        for name, channel in self._channels.items():
            waits.add_metric([name], 0 if channel.waiting_for() else 1)
        yield waits

    def metrics(self) -> bytes:
        """Return the counters as Prometheus reads them."""
        return generate_latest(self._registry)

    def health(self) -> dict[str, Any]:
        """Return what is wrong, in plain words; the process lives, whatever it says."""
        problems = [f"{name}: {waits}" for name, channel in self._channels.items() if (waits := channel.waiting_for())]
        trouble = self.trouble()
        if trouble:
            problems.append(str(trouble))
        guesses = self._turns.guesses()
        if guesses > MANY_GUESSES:
            problems.append(f"{guesses} wrong join codes were tried in the last hour. Nobody else is held up by it.")
        content = [str(problem) for problem in self._catalogue.broken()]
        return {"status": "ok", "problems": problems, "content": content}

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Return whether messages can be taken and sent, and what waits."""
        waits = {name: channel.waiting_for() for name, channel in self._channels.items()}
        found: dict[str, Any] = {"channels": {name: reason or "works" for name, reason in waits.items()}}
        try:
            found["outbox"] = dict(await self._store.read(lambda uow: uow.outbox.backlog()))
            found["database"] = "works"
        except StoreProblem as problem:
            found["database"] = problem.message
        is_ready = found["database"] == "works" and not any(waits.values())
        return is_ready, {"ready": is_ready, **found}
