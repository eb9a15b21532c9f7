"""Set aside an event that cannot be taken, tell the person in one neutral line, and let the chat go on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from bot.core.messages import Event, OutboundMessage, say
from bot.ports import (
    Clock,
    InboxRow,
    OutboxRow,
    Outcome,
    Quarantined,
    Store,
    Transaction,
    UnitOfWork,
)
from bot.service.rendering import REPLY_LIVES, Renderer, message_to_json


class Setter:
    """Sets events aside, for the operator only and for at most seven days."""

    def __init__(self, store: Store, renderer: Renderer, clock: Clock) -> None:
        self._store, self._renderer, self._clock = store, renderer, clock

    async def set_aside(
        self, event: Event, error: str, leased: Callable[[list[OutboxRow]], list[OutboxRow]]
    ) -> Sequence[OutboxRow]:
        """Keep the event with its payload, mark its key as ended, and return the line that tells the person."""
        kind = type(event.content).__name__.lower()
        payload = json.dumps({"kind": kind, **asdict(event.content)}, ensure_ascii=False)
        now = self._clock.now()
        aside = Quarantined(event.key, event.address.channel, kind, payload, error, now)
        ended = InboxRow(event.key, event.address.channel, kind, now, Outcome.QUARANTINED)

        def keep(uow: UnitOfWork) -> list[OutboxRow]:
            if uow.inbox.seen([event.key]):
                return []
            uow.quarantine.add(aside)
            uow.inbox.add([ended])
            return uow.outbox.add(leased([self._line(event)]))

        async def work(transaction: Transaction) -> list[OutboxRow]:
            return await transaction.run(keep)

        return await self._store.write(work)

    def _line(self, event: Event) -> OutboxRow:
        now = self._clock.now()
        language = event.language_hint or "en"
        text = self._renderer.phrase(
            say(
                "Something failed on our side. It is not your mistake. Please send your last answer again. "
                "If it fails again, send HELP."
            ),
            language,
        )
        message = OutboundMessage(event.address, text, language)
        return OutboxRow(
            address=event.address,
            conversation=f"aside:{event.address.channel}:{event.address.id}",
            person_id=None,
            payload=message_to_json(message),
            created_at=now,
            expires_at=now + REPLY_LIVES,
        )
