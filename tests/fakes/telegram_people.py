"""What a person does in the fake Telegram: writes, taps what is shown, blocks the bot, comes back."""

import itertools
from typing import Any

from tests.fakes.telegram_chats import Chats
from tests.fakes.telegram_updates import Update, Updates

_DATE = 1_800_000_000


class People:
    """Everybody who talks to the bot, by the id of their private chat. Each act returns the id of its update."""

    def __init__(self, chats: Chats, updates: Updates) -> None:
        self._chats = chats
        self._updates = updates
        self._queries = itertools.count(1)
        self._open: set[str] = set()
        self.answered: list[str] = []

    async def says(self, chat: int, text: str, *, language: str = "en", update_id: int | None = None) -> int:
        """Type words."""
        return await self.sends(chat, {"text": text, **_command(text)}, language=language, update_id=update_id)

    async def sends(
        self, chat: int, content: dict[str, Any], *, language: str = "en", update_id: int | None = None
    ) -> int:
        """Send a message with any content, such as a sticker."""
        number = self._chats.wrote(chat, str(content.get("text", "")))
        message = {
            "message_id": number,
            "date": _DATE,
            "chat": _private(chat),
            "from": person(chat, language),
            **content,
        }
        return await self._updates.push({"message": message}, update_id=update_id)

    async def taps(self, chat: int, label: str, *, language: str = "en") -> int:
        """Tap the newest button that says so."""
        shown, token = self._chats.know(chat).button(label)
        return await self.taps_token(chat, token, message_id=shown.id, language=language)

    async def taps_token(self, chat: int, token: str, *, message_id: int, language: str = "en") -> int:
        """Tap a button that may be old, foreign or forged."""
        query = f"query-{next(self._queries)}"
        self._open.add(query)
        message = {"message_id": message_id, "date": _DATE, "chat": _private(chat), "text": "…"}
        tap = {"id": query, "from": person(chat, language), "message": message, "chat_instance": "1", "data": token}
        return await self._updates.push({"callback_query": tap})

    async def blocks(self, chat: int) -> int:
        """Block the bot."""
        self._chats.know(chat).is_blocked = True
        return await self._becomes(chat, "member", "kicked")

    async def unblocks(self, chat: int) -> int:
        """Let the bot in again."""
        self._chats.know(chat).is_blocked = False
        return await self._becomes(chat, "kicked", "member")

    def expire_taps(self) -> None:
        """Let 150 seconds pass: taps that nobody fetched are gone, and none can be answered any more."""
        self._open.clear()
        self._updates.pending = [update for update in self._updates.pending if "callback_query" not in update]

    def answer(self, query: str) -> bool:
        """Say whether a tap could still be answered."""
        if query not in self._open:
            return False
        self.answered.append(query)
        return True

    async def _becomes(self, chat: int, before: str, after: str) -> int:
        bot = {"id": 123456, "is_bot": True, "first_name": "Teabreak", "username": "teabreak_test_bot"}
        change: Update = {
            "chat": _private(chat),
            "from": person(chat, "en"),
            "date": _DATE,
            "old_chat_member": _member(bot, before),
            "new_chat_member": _member(bot, after),
        }
        return await self._updates.push({"my_chat_member": change})


def person(chat: int, language: str) -> dict[str, Any]:
    """Return a user as Telegram describes one."""
    return {"id": chat, "is_bot": False, "first_name": "Ada", "language_code": language}


def _private(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": "Ada"}


def _member(bot: dict[str, Any], status: str) -> dict[str, Any]:
    return {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})


def _command(text: str) -> dict[str, Any]:
    if not text.startswith("/"):
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]}
