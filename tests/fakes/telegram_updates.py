"""What people do, as updates: kept until confirmed by an offset, or posted to a webhook and held back per chat.

The rules are those of the published server: an offset confirms what is below it, unless it is far in the future; a
second poll ends the first; a webhook that fails keeps back its chat's later updates and no others.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.telegram_rules import Refused

Update = dict[str, Any]

_FAR_FUTURE = 10
_LONGEST_RETRY = 60
_OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class Webhook:
    """Where updates are posted."""

    url: str = ""
    secret: str = ""
    allowed_updates: list[str] = field(default_factory=list)
    max_connections: int = 40


class Updates:
    """The updates of one bot. `retry_unit` is what the real server calls a second, so that tests need not wait."""

    def __init__(self, retry_unit: float = 1.0) -> None:
        self.pending: list[Update] = []
        self.history: dict[int, Update] = {}
        self.next_id = 500_000
        self.webhook = Webhook()
        self.posts: list[tuple[int, int]] = []
        self._retry_unit = retry_unit
        self._polls = 0
        self._tail = 0
        self._changed = asyncio.Condition()
        self._queues: defaultdict[tuple[int, bool], list[Update]] = defaultdict(list)
        self._pushers: dict[tuple[int, bool], asyncio.Task[None]] = {}

    async def push(self, content: Update, *, update_id: int | None = None) -> int:
        """Let an update happen and return its id."""
        number = self.next_id if update_id is None else update_id
        self.next_id = self.next_id + 1 if update_id is None else self.next_id
        update = {"update_id": number, **content}
        self.history[number] = update
        self._tail = number
        await self._happened(update)
        return number

    async def repeat(self, update_id: int) -> None:
        """Deliver an update once more, as if its confirmation had been lost."""
        await self._happened(self.history[update_id])

    async def _happened(self, update: Update) -> None:
        if self.webhook.url:
            self._queue(update)
            return
        async with self._changed:
            self.pending.append(update)
            self._changed.notify_all()

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Update]:
        """Return what is not confirmed, waiting for something to happen if there is nothing."""
        if self.webhook.url:
            raise Refused(409, _WEBHOOK_ACTIVE)
        async with self._changed:
            self._polls += 1
            mine = self._polls
            self._changed.notify_all()
            self._confirm(offset)
            if not self._waiting(offset):
                try:
                    async with asyncio.timeout(seconds):
                        await self._changed.wait_for(lambda: self._waiting(offset) or self._polls != mine)
                except TimeoutError:
                    return []
            if self._polls != mine:
                raise Refused(409, _OTHER_POLL)
            return self._waiting(offset)[:limit]

    def _confirm(self, offset: int) -> None:
        self.pending = [update for update in self.pending if self._counts(offset, update)]

    def _waiting(self, offset: int) -> list[Update]:
        waiting = [update for update in self.pending if self._counts(offset, update)]
        return sorted(waiting, key=lambda update: int(update["update_id"]))

    def _counts(self, offset: int, update: Update) -> bool:
        """Say whether an update is not below the offset; one that is far in the future confirms nothing."""
        is_sound = 0 < offset <= self._tail + _FAR_FUTURE
        return not is_sound or update["update_id"] >= offset

    async def point(self, webhook: Webhook) -> None:
        """Set the webhook, or remove it; what was not delivered goes the new way."""
        async with self._changed:
            self._polls += 1
            self.webhook = webhook
            waiting, self.pending = self.pending, []
            self._changed.notify_all()
        for update in waiting:
            await self._happened(update)

    async def delivered(self) -> None:
        """Wait until the webhook took everything."""
        while self._pushers:
            await asyncio.gather(*self._pushers.values())

    async def close(self) -> None:
        """Stop posting."""
        for pusher in self._pushers.values():
            pusher.cancel()
        await asyncio.gather(*self._pushers.values(), return_exceptions=True)

    def _queue(self, update: Update) -> None:
        is_tap = "callback_query" in update
        lane = (_chat_of(update), is_tap)
        self._queues[lane].append(update)
        if lane not in self._pushers:
            self._pushers[lane] = asyncio.create_task(self._push_lane(lane))

    async def _push_lane(self, lane: tuple[int, bool]) -> None:
        async with aiohttp.ClientSession() as session:
            while self._queues[lane] and self.webhook.url:
                await self._post(session, self._queues[lane][0])
                self._queues[lane].pop(0)
        del self._pushers[lane]

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> None:
        pause = self._retry_unit
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret}
        while True:
            status, asked = 0, 0.0
            try:
                async with session.post(self.webhook.url, json=update, headers=headers) as response:
                    status = response.status
                    asked = float(response.headers.get("Retry-After", 0)) * self._retry_unit
            except aiohttp.ClientError:
                status = 0
            self.posts.append((update["update_id"], status))
            if 200 <= status < 300:
                return
            await asyncio.sleep(asked or pause)
            pause = min(pause * 2, _LONGEST_RETRY * self._retry_unit)


def _chat_of(update: Update) -> int:
    for kind in ("message", "my_chat_member"):
        if kind in update:
            return int(update[kind]["chat"]["id"])
    return int(update.get("callback_query", {}).get("from", {}).get("id", 0))
