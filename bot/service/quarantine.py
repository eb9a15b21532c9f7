"""Set aside an event that cannot be taken, tell the person in one neutral line, and let the chat go on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

import structlog

from bot.core.errors import NotCommitted
from bot.core.events import BEGUN_BY_US, Event
from bot.core.learner import Reach
from bot.core.messages import OutboundMessage, say
from bot.ports import Clock, Store
from bot.repositories import UnitOfWork
from bot.rows import InboxRow, Keys, OutboxRow, Outcome, Quarantined
from bot.service.batch import fresh_code
from bot.service.rendering import REPLY_LIVES, Renderer, message_to_json

log = structlog.get_logger()


class Setter:
    """Sets events aside, for the operator only and for at most seven days."""

    def __init__(self, store: Store, renderer: Renderer, clock: Clock) -> None:
        self._store, self._renderer, self._clock = store, renderer, clock

    async def set_aside(
        self, event: Event, error: str, leased: Callable[[list[OutboxRow]], list[OutboxRow]]
    ) -> Sequence[OutboxRow]:
        """Keep the event with its payload, mark its key as ended, and return the line that tells the person."""

        def keep(uow: UnitOfWork) -> list[OutboxRow]:
            return uow.outbox.add(leased(self._lines(event, uow))) if self._keep(event, error, uow) else []

        def keep_silently(uow: UnitOfWork) -> list[OutboxRow]:
            self._keep(event, error, uow)
            return []

        try:
            return await self._store.write(lambda transaction: transaction.run(keep))
        except NotCommitted:
            raise
        except Exception as caught:
            # What is wrong may lie in what is known of the person. Then it is enough that the chat goes on.
            log.warning("set aside without a word", error=type(caught).__name__)
            return await self._store.write(lambda transaction: transaction.run(keep_silently))

    def _keep(self, event: Event, error: str, uow: UnitOfWork) -> bool:
        """Return whether the event was still to be ended."""
        if uow.inbox.seen([event.key]):
            return False
        kind, now = type(event.content).__name__.lower(), self._clock.now()
        # With the address, so that it can be found again by who asks to be forgotten. Written in ASCII, since no
        # database takes every character a person may send.
        payload = json.dumps({"kind": kind, "from": asdict(event.address), **asdict(event.content)})
        uow.quarantine.add(Quarantined(event.key, event.address.channel, kind, payload, error, now))
        uow.inbox.add([InboxRow(event.key, event.address.channel, kind, now, Outcome.QUARANTINED)])
        return True

    def _lines(self, event: Event, uow: UnitOfWork) -> list[OutboxRow]:
        """Return what the person is told, in their language; nothing to who asked nothing, or wants to hear nothing."""
        if isinstance(event.content, BEGUN_BY_US):
            return []
        memory = uow.memories.load([Keys(event.address)])[0]
        if memory.address.reach is not Reach.REACHABLE:
            return []
        now = self._clock.now()
        person, conversation = memory.person, memory.conversation
        language = person.language if person else event.language_hint or "en"
        text = self._renderer.phrase(
            say(
                "Something failed on our side. It is not your mistake. Please send your last answer again. "
                "If it fails again, send HELP."
            ),
            language,
        )
        row = OutboxRow(
            address=event.address,
            conversation=conversation.key if conversation else fresh_code(),
            person_id=person.id if person else None,
            payload=message_to_json(OutboundMessage(event.address, text, language)),
            created_at=now,
            expires_at=now + REPLY_LIVES,
        )
        return [row]
