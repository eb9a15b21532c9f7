"""The product without its web pages: the store, the turns, the inbox and the sender, put together as bootstrap does.

Only two things differ from a running bot: the provider answers at once, and no pace is kept towards it.
"""

import asyncio
import gc
import random
import resource
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvloop

from bot.catalogue.files import Files, House
from bot.catalogue.text_files import Folders
from bot.clock import SystemClock
from bot.core.dialogue.commands import COMMAND_WORDS
from bot.core.events import MessageReceived, Tapped
from bot.core.messages import Address, Features, OutboundMessage, Receipt
from bot.ports import Channel, Parsed, Store
from bot.reports import WRITERS
from bot.reports.qr import qr_png
from bot.service.batch import Batches
from bot.service.inbox import Inbox
from bot.service.outbox import Delivery
from bot.service.quarantine import Setter
from bot.service.recipes import Kitchen
from bot.service.rendering import Renderer
from bot.service.sending import Sender
from bot.service.tick import Tick
from bot.service.turns import Turns
from bot.settings import shipped
from bot.store.opening import open_store

T = TypeVar("T")
CHANNEL = "telegram"
FEATURES = Features(buttons=100, editing=True)
# Where the conversations of the learners stand: the number is part of every button.
FIRST_STEP = 4
BEGAN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class Morning(SystemClock):
    """A clock that begins at one and the same moment, so that every run finds the same rows due."""

    def __init__(self) -> None:
        self._ahead = BEGAN - super().now()

    def now(self) -> datetime:
        """Return the time of a day that always begins alike."""
        return super().now() + self._ahead


@dataclass
class Door:
    """A channel whose provider takes everything at once."""

    name: str = CHANNEL
    features: Features = FEATURES
    body_limit: int = 256 * 1024
    sent: int = 0

    async def send(self, message: OutboundMessage) -> Receipt:
        """Count a message."""
        self.sent += 1
        return Receipt(str(self.sent))

    async def noticed(self, event: MessageReceived) -> None:
        """Answer no tap: nobody waits."""

    def parse(self, headers: Any, body: bytes) -> Parsed:
        """Take nothing: events are made here."""
        return Parsed()


@dataclass
class Product:
    """What runs while something is measured."""

    store: Store
    turns: Turns
    tick: Tick
    inbox: Inbox
    delivery: Delivery
    door: Channel

    async def accept(self, event: MessageReceived) -> None:
        """Take one event, as a webhook does."""
        await self.inbox.accept([event])

    async def delivered(self) -> None:
        """Return when nothing waits to be sent."""
        # The sender tells nobody when it is done, so it is asked.
        while not self.delivery.is_idle():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def catalogue(clock: SystemClock, content: Path | None = None) -> Files:
    """Read the real courses and languages, or those of another folder."""
    folders = Folders(content or shipped("content"), shipped("locales"))
    return Files(folders, House(), command_words=COMMAND_WORDS, clock=clock)


@asynccontextmanager
async def running(
    path: Path, *, door: Channel | None = None, content: Path | None = None, looks: bool = True
) -> AsyncIterator[Product]:
    """Open the product on a database and take turns until the end of the block.

    Unless it `looks`, what the bot itself begins stays in the outbox; replies go out all the same.
    """
    clock = Morning()
    door = door or Door()
    channels = {door.name: door}
    files = catalogue(clock, content)
    store = await open_store(f"sqlite:///{path}", clock=clock)
    renderer = Renderer(files.translator)
    batches = Batches(
        catalogue=files, renderer=renderer, clock=clock, features=lambda _: door.features, owner="benchmark"
    )
    turns = Turns(store=store, batches=batches, setter=Setter(store, renderer, clock), clock=clock)
    kitchen = Kitchen(store=store, catalogue=files, renderer=renderer, clock=clock, writers=WRITERS, qr=qr_png)
    delivery = Delivery(
        store=store, turns=turns, channels=channels, sender=Sender(kitchen), clock=clock, owner="benchmark"
    )
    batches.queue_length = delivery.queue_length
    tasks = [asyncio.create_task(step()) for step in (turns.run, *([delivery.run] if looks else []))]
    made = Product(store, turns, Tick(store, turns, clock), Inbox(turns, channels), delivery, door)
    # As the App does when it starts.
    gc.collect()
    gc.freeze()
    try:
        yield made
        await made.delivered()
    finally:
        await delivery.stop()
        turns.stop()
        await tasks[0]
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()


def person_id(number: int) -> str:
    """Return the id of a learner."""
    return f"P{number:015}"


def conversation_key(number: int) -> str:
    """Return the key of a learner's conversation, which stands in the buttons that are tapped."""
    return f"K{number:015}"


def chat_id(number: int) -> str:
    """Return the chat of a learner."""
    return str(10_000_000 + number)


def answers(count: int) -> list[MessageReceived]:
    """Return one tapped answer of each learner, in an order of chance that is always the same."""
    dice = random.Random(7)
    order = list(range(count))
    dice.shuffle(order)
    return [
        MessageReceived(
            f"{CHANNEL}:1:{place}",
            Address(CHANNEL, chat_id(number)),
            Tapped(f"{conversation_key(number)}:{FIRST_STEP}:o{dice.randint(1, 3)}", str(number)),
            "en",
        )
        for place, number in enumerate(order)
    ]


async def in_flight(most: int, things: Iterable[T], take: Callable[[T], Coroutine[Any, Any, None]]) -> None:
    """Take all things, `most` at a time: a new one begins when one has ended."""
    waiting = iter(things)

    async def one_after_the_other() -> None:
        for thing in waiting:
            await take(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(most):
            group.create_task(one_after_the_other())


def play(work: Coroutine[Any, Any, T]) -> T:
    """Run on the loop that `teabreak run` uses, with the log silent."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def peak_memory() -> float:
    """Return the most memory this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)
