"""A bot that can be killed, a Telegram that outlives it, and workers who do not give up."""

import asyncio
import json
import multiprocessing
import socket
import sqlite3
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import SystemClock
from bot.core.facts import AddressKept, PersonKept
from bot.core.learner import KnownAddress, Person
from bot.core.messages import Address
from bot.rows import TurnRow
from bot.store.opening import short_write
from bot.store.schema import migrate
from tests.fakes.telegram_server import TOKEN
from tests.faults import bot_process
from tests.waiting import eventually

# A process that has read all modules and forks for each start: what is killed is a whole process all the same.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.bot_process"])
SECRET = "a-secret_for-webhooks-1"


class Machine:
    """A database, a fake Telegram in a process, and a bot that is started again and again."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder, self.database, self.log = folder, folder / "teabreak.db", folder / "effects.jsonl"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.more = more
        self.starts = 0
        self.bot: BaseProcess

    async def __aenter__(self) -> "Machine":
        server = (sys.executable, "-m", "tests.fakes.telegram_server", "--log", str(self.log))
        self.telegram = await asyncio.create_subprocess_exec(*server, stdout=asyncio.subprocess.PIPE)
        assert self.telegram.stdout
        self.api = (await self.telegram.stdout.readline()).decode().strip()
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        await migrate(f"sqlite:///{self.database}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        if self.bot.is_alive():
            await self.kill()
        self.telegram.kill()
        await self.telegram.wait()

    # --- the bot --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        own = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.api,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "PUBLIC_URL": self.url,
            "SECRET_KEY": "s" * 32,
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{self.database}",
        }
        log = str(self.folder / "bot.log")
        self.bot = _FORKS.Process(target=bot_process.run, args=({**own, **self.more}, log))
        # In a thread: the first start waits for the server of forks to have read all modules.
        await asyncio.to_thread(self.bot.start)
        self.starts += 1

    async def kill(self) -> None:
        self.bot.kill()
        await self.ended()

    async def ended(self) -> None:
        await asyncio.to_thread(self.bot.join)

    async def ends(self) -> None:
        """End the bot as a supervisor does; it has twenty seconds."""
        self.bot.terminate()
        async with asyncio.timeout(20):
            await self.ended()
        assert self.ended_cleanly()

    async def answers(self) -> None:
        await eventually(self._answers, within=30, every=0.05)

    async def _answers(self) -> bool:
        try:
            async with self.session.get(f"{self.url}/healthz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    # --- people ---------------------------------------------------------------------------------------------------

    async def trainers(self, chats: list[int]) -> None:
        """Let these people be trainers already: the bot repeats to a trainer what a new company is to be called."""
        turns = []
        for chat in chats:
            address, person = Address("telegram", str(chat)), Person(f"p{chat}", "en", is_trainer=True, consented=True)
            facts = (AddressKept(KnownAddress(address)), PersonKept(person))
            turns.append(TurnRow(address, person.id, None, facts))
            async with self.session.get(f"{self.api}/control/chats/{chat}"):
                pass
        now = SystemClock().now()
        await short_write(f"sqlite:///{self.database}", lambda uow: uow.memories.save(turns, now))

    async def post(self, chat: int, text: str, update_id: int) -> int:
        """Send an update once, as Telegram would, and return the status, or 0 where there was no answer."""
        person = {"id": chat, "is_bot": False, "first_name": "Ada", "language_code": "en"}
        message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "from": person, "text": text}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        update = {"update_id": update_id, "message": message}
        try:
            async with self.session.post(f"{self.url}/webhooks/telegram", json=update, headers=headers) as response:
                return response.status
        except aiohttp.ClientError:
            return 0

    async def says(self, chat: int, text: str, update_id: int) -> None:
        """Send an update until it is acknowledged."""

        async def taken() -> bool:
            return await self.post(chat, text, update_id) == 200

        await eventually(taken, within=60, every=0.05)

    # --- the judges -----------------------------------------------------------------------------------------------

    def effects(self) -> list[dict[str, Any]]:
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]

    def asks(self, question: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    def ended_cleanly(self) -> bool:
        """Say whether the bot wrote down that it ended as it should."""
        return self.asks("SELECT name FROM instance WHERE name LIKE 'running%'") == []

    def unfinished(self) -> int:
        return int(self.asks("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL")[0][0])
