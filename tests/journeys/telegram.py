"""A whole bot against the fake Telegram, by polling or webhook, and people who tap what they see."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

from bot.app import App
from bot.bootstrap import open_app
from bot.core.facts import InvitationMade
from bot.core.learner import Role
from bot.core.messages import Address
from bot.rows import TurnRow
from bot.service.pacing import Pace
from bot.settings import Settings, read_settings
from bot.web.app import create_app
from tests.fakes.telegram_chats import Chat, Shown
from tests.fakes.telegram_server import TOKEN, TelegramServer
from tests.waiting import eventually

SECRET = "a-secret_for-webhooks-1"
TRAINER = "TRA1NER001"
# In this order something is chosen of what the newest bubble offers.
_LIKES = ("agree", "useful_yes", "at_1000", "zone_yes", "gain", "today", "done", "o1", "forward", "/next")


def quick(monotonic: Any) -> Pace:
    """The limits of a sender, so wide that no test waits for them."""
    return Pace(monotonic, per_second=10_000, per_chat=10_000)


def settings_for(folder: Path, telegram: TelegramServer, **more: str) -> Settings:
    given = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram.url,
        "DATABASE_URL": f"sqlite:///{folder}/teabreak.db",
        **more,
    }
    return read_settings(given, folder / "no.env")


@asynccontextmanager
async def polling(folder: Path, telegram: TelegramServer, **more: str) -> AsyncIterator[App]:
    app = await open_app(settings_for(folder, telegram, **more), pace=quick)
    await app.start()
    await eventually(lambda: app.channels["telegram"].waiting_for() is None)
    try:
        yield app
    finally:
        await app.stop()


@asynccontextmanager
async def webhook(folder: Path, telegram: TelegramServer, **more: str) -> AsyncIterator[App]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    hook = {"PUBLIC_URL": url, "SECRET_KEY": "s" * 32, "TELEGRAM_WEBHOOK_SECRET": SECRET}
    app = await open_app(settings_for(folder, telegram, **hook, **more), pace=quick)
    config = uvicorn.Config(create_app(app), log_config=None, access_log=False, server_header=False, lifespan="on")
    server = uvicorn.Server(config)
    # The test keeps its own handling of signals.
    task = asyncio.create_task(server._serve([listener]))
    await eventually(lambda: telegram.updates.webhook.url == f"{url}/webhooks/telegram" or task.done())
    try:
        yield app
    finally:
        server.should_exit = True
        await task
        listener.close()


async def invite(app: App, code: str, role: Role) -> None:
    """Make a link for one use, as a command of the shell does."""
    nobody = TurnRow(Address("telegram", "0"), None, None, (InvitationMade(code, role, None, None),))
    await app.store.write(lambda transaction: transaction.run(lambda uow: uow.memories.save([nobody], app.clock.now())))


class Person:
    """Somebody with a phone. What they do ends when the bot has reacted and is quiet again."""

    def __init__(self, telegram: TelegramServer, app: App, chat: int, language: str = "en") -> None:
        self.telegram, self.app, self.id, self.language = telegram, app, chat, language
        self.updates: list[int] = []

    @property
    def chat(self) -> Chat:
        return self.telegram.chat(self.id)

    def texts(self) -> list[str]:
        return self.chat.texts()

    def seen(self) -> int:
        return sum(effect.chat == self.id for effect in self.telegram.effects)

    async def says(self, text: str, **more: Any) -> None:
        before = self.seen()
        self.updates.append(await self.telegram.people.says(self.id, text, language=self.language, **more))
        await self.answered(before)

    async def taps(self, choice: str) -> None:
        """Tap the newest button with this choice, whatever stands on it."""
        before = self.seen()
        shown, token = next(found for found in self.buttons() if found[1].endswith(f":{choice}"))
        self.updates.append(
            await self.telegram.people.taps_token(self.id, token, message_id=shown.id, language=self.language)
        )
        await self.answered(before)

    async def answered(self, before: int) -> None:
        await eventually(lambda: self.seen() > before and self.is_quiet())

    def is_quiet(self) -> bool:
        return self.app.delivery.is_idle() and not self.app.turns._has_work()

    def buttons(self) -> list[tuple[Shown, str]]:
        return [
            (message, token) for message in reversed(self.chat.messages) for row in message.keyboard for _, token in row
        ]

    def choices(self) -> list[str]:
        """Return what the newest bubble with buttons offers."""
        newest = next((message for message in reversed(self.chat.messages) if message.keyboard), None)
        return [token.split(":", 2)[2] for row in newest.keyboard for _, token in row] if newest else []

    async def joins(self, code: str = "") -> None:
        await self.says(f"/start {code}".strip())
        if f"speak_{self.language}" not in self.choices():
            await self.taps("all")
        await self.taps(f"speak_{self.language}")
        await self.taps("agree")

    async def steps(self) -> bool:
        """Do one of the things that are offered; return whether there was one."""
        offered = self.choices()
        if "done" in offered and not any("✓" in label for row in self.newest().labels() for label in row):
            await self.taps("o1")
            return True
        liked = next((choice for choice in _LIKES if choice in offered), None)
        if liked is None and offered == ["more"]:
            await self.says("70")
        elif liked:
            await self.taps(liked)
        return liked is not None or offered == ["more"]

    def newest(self) -> Shown:
        return next(message for message in reversed(self.chat.messages) if message.keyboard)

    async def learns(self, *, until_lessons: int) -> None:
        """Learn until so many lessons are done."""
        for _ in range(60 * until_lessons):
            if len(await self.completed()) >= until_lessons and "today" not in self.choices():
                return
            assert await self.steps(), self.chat.texts()[-2:]

    async def completed(self) -> frozenset[str]:
        from bot.rows import Keys

        address = Address("telegram", str(self.id))
        return (await self.app.store.read(lambda uow: uow.memories.load([Keys(address)])))[0].completed


__all__ = ["SECRET", "TRAINER", "Person", "Role", "invite", "polling", "quick", "settings_for", "webhook"]
