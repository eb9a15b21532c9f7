"""Fetch updates by long polling. An update is confirmed to Telegram only after its turn was committed."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.channels.telegram.inbound import ALLOWED_UPDATES, read_update, update_id
from bot.channels.telegram.patience import Patience
from bot.core.errors import StoreProblem
from bot.core.events import MessageReceived
from bot.ports import Accept, ChannelMemory, Clock

Fetch = Callable[[dict[str, object]], Awaitable[Any]]

LONG_POLL = timedelta(seconds=25)
_MOST_UPDATES = 100
# After a week without updates the next id is drawn at random. It may be lower than the last one, and an offset above
# it would confirm it unread, which is to lose it. So an offset is used until one call with it was answered (by then
# Telegram has forgotten what it confirms), and one kept over a restart only while no such week can have passed.
_OFFSET_LASTS = timedelta(hours=24)
# An answer sooner than this was no long poll; with nothing in it, asking again at once would be a busy loop.
_QUICK, _BREATH = timedelta(seconds=1), timedelta(seconds=1)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Offset:
    """The first update not yet confirmed, and when that was learnt."""

    value: int
    at: datetime

    def dumped(self) -> str:
        """Return the offset as it is kept."""
        return json.dumps({"offset": self.value, "at": self.at.isoformat()})

    @classmethod
    def loaded(cls, kept: str | None) -> "Offset | None":
        """Return what was kept, or None if that makes no sense."""
        try:
            found = json.loads(kept or "null")
            offset = cls(int(found["offset"]), datetime.fromisoformat(found["at"]))
        except (ValueError, TypeError, KeyError):
            return None
        return offset if offset.at.tzinfo is not None else None


class Polling:
    """One poller of one bot."""

    def __init__(self, fetch: Fetch, *, bot_id: str, clock: Clock, memory: ChannelMemory, patience: Patience) -> None:
        self._fetch = fetch
        self._bot_id = bot_id
        self._clock = clock
        self._memory = memory
        self._patience = patience
        self._offset: Offset | None = None

    async def run(self, accept: Accept) -> None:
        """Poll until cancelled; what was not yet confirmed will come again."""
        self._offset = Offset.loaded(await self._memory.get("offset"))
        while True:
            asked = self._clock.monotonic()
            updates = await self._patience.until_done(self._next_updates)
            self._offset = None
            was_quick = self._clock.monotonic() - asked < _QUICK.total_seconds()
            events, after = self._read(updates)
            if events:
                await self._patience.until_done(partial(accept, events))
            if after is not None:
                await self._confirm(after)
            elif was_quick:
                await self._clock.sleep(_BREATH.total_seconds())

    async def _next_updates(self) -> list[Any]:
        asked: dict[str, object] = {
            "timeout": int(LONG_POLL.total_seconds()),
            "limit": _MOST_UPDATES,
            "allowed_updates": ALLOWED_UPDATES,
        }
        if self._offset is not None and self._clock.now() - self._offset.at < _OFFSET_LASTS:
            asked["offset"] = self._offset.value
        updates = await self._fetch(asked)
        if not isinstance(updates, list):
            raise TypeError
        return updates

    def _read(self, updates: Sequence[Any]) -> tuple[list[MessageReceived], int | None]:
        """Return the events, and the offset that confirms everything in the batch, poison too."""
        events: list[MessageReceived] = []
        after: int | None = None
        for raw in updates:
            found = update_id(raw)
            if found is None:
                _log.info("telegram_update_ignored", reason="no id")
                continue
            parsed = read_update(raw, self._bot_id)
            events += parsed.events
            for reason in parsed.ignored:
                _log.info("telegram_update_ignored", reason=reason)
            after = max(after or 0, found + 1)
        return events, after

    async def _confirm(self, after: int) -> None:
        self._offset = Offset(after, self._clock.now())
        try:
            await self._memory.put("offset", self._offset.dumped())
        except StoreProblem:
            # Harmless: without it a restart fetches again what the inbox knows already.
            _log.warning("telegram_offset_not_kept")
