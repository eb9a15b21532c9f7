"""P5: the product beside python-telegram-bot's own conversations, both taking the same taps and keeping them at once.

Sends are stubbed alike: nothing is built for the provider. Ours parses each request from its bytes, with the secret.
"""

import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.harness import Bench, Figures, apart, by_turns
from benchmarks.product import Morning, in_flight, play, running
from benchmarks.quiz import PEOPLE, QUESTIONS, STEPS, TOKEN, laps, write_course
from benchmarks.rows import Row
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.webhook import WebhookSetup
from bot.core.events import MessageReceived
from bot.core.messages import OutboundMessage, Receipt

IN_FLIGHT = 200
SECRET = "a-secret-of-the-benchmark"
HEADERS = {"content-type": "application/json", "x-telegram-bot-api-secret-token": SECRET}


class QuietTelegram(Telegram):
    """The channel with its parsing, and a provider that takes everything at once."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send nothing."""
        return Receipt(message.replaces or message.reference)

    async def noticed(self, event: MessageReceived) -> None:
        """Answer nothing."""


class Nothing:
    """A channel's memory that is never asked."""

    async def get(self, name: str) -> str | None:
        """Return nothing."""

    async def put(self, name: str, value: str) -> None:
        """Keep nothing."""


def measure(bench: Bench) -> Figures:
    """Let both take the quiz by turns."""
    content = write_course(bench.folder)
    return Figures(*by_turns(bench.rounds, partial(_ours_round, bench, content), partial(_peer_round, bench)))


def _ours_round(bench: Bench, content: str) -> float:
    rate: float = apart("benchmarks.p5_updates:ours", path=bench.learners(PEOPLE, content), content=content)
    return rate


def _peer_round(bench: Bench) -> float:
    rate: float = apart("benchmarks.peer_ptb:rate", path=str(Path(mkdtemp(dir=bench.folder)) / "quiz.pickle"))
    return rate


def ours(path: str, content: str) -> float:
    """Return the updates a second: parsed, committed, sent to the stub and the receipts kept."""
    rate = play(_ours(Path(path), Path(content)))
    with closing(sqlite3.connect(path)) as connection:
        (attempts,) = connection.execute("SELECT count(*) FROM attempts").fetchone()
    if attempts != PEOPLE * QUESTIONS:
        raise RuntimeError(f"Ours took {attempts} answers.")
    return rate


async def _ours(path: Path, content: Path) -> float:
    webhook = WebhookSetup("https://bench.example/webhooks/telegram", SECRET)
    door = QuietTelegram(token=TOKEN, clock=Morning(), memory=Nothing(), media=lambda *_: None, webhook=webhook)
    warm, *rest = laps(STEPS)
    async with running(path, door=door, content=content) as product:

        async def take(body: bytes) -> None:
            await product.inbox.accept(door.parse(HEADERS, body).events)

        await in_flight(IN_FLIGHT, warm, take)
        await product.delivered()
        began = time.perf_counter()
        await in_flight(IN_FLIGHT, [body for lap in rest for body in lap], take)
        await product.delivered()
        took = time.perf_counter() - began
    await door.close()
    return PEOPLE * len(rest) / took


ROWS = (
    Row(
        id="P5",
        means="updates a second with 200 in flight, to python-telegram-bot's conversations kept after each update",
        unit="updates/s",
        gate=8,
        target=15,
        measure=measure,
        judged="ratio",
        sense="at least",
    ),
)
