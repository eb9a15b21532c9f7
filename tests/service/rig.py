"""The service between a real store and a channel that a test can hold, fail and look into."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.core.events import Blocked, InboundContent, MessageReceived, Opened, Said, Tapped
from bot.core.facts import CompanyMade, InvitationMade
from bot.core.learner import Company, Role
from bot.core.messages import Address, Features, OutboundMessage, Receipt
from bot.core.rich_text import Span, plain
from bot.ports import Parsed, Store
from bot.reports import WRITERS
from bot.reports.qr import qr_png
from bot.rows import Keys, OutboxRow, Sending, TurnRow
from bot.service.batch import Batches
from bot.service.inbox import Inbox
from bot.service.outbox import Delivery
from bot.service.quarantine import Setter
from bot.service.recipes import Kitchen
from bot.service.rendering import Renderer, message_to_json
from bot.service.sending import Sender
from bot.service.turns import Turns
from bot.store.postgres_store import PostgresStore
from bot.store.tables import addresses
from tests.waiting import ManualClock, eventually

EDITING = Features(
    buttons=12,
    editing=True,
    invite_link="https://chat.example/?start={code}",
    taking_back=10,
    taking_back_for=timedelta(hours=48),
)
CODE = "7Q2KM4XW9B"
MILL = Company("mill", "Mill", "Kenya", "Africa/Nairobi", "10-49", ("en",))
_keys = itertools.count(1)


class FakeChannel:
    """Takes messages as a script says: an error is raised, an event is waited for, anything else is delivered."""

    name = "test"
    body_limit = 1000

    def __init__(self, features: Features = EDITING) -> None:
        self.features = features
        self.script: deque[Any] = deque()
        self.always: Any = None
        self.called: list[OutboundMessage] = []
        self.ids: list[str] = []
        self.sent: list[OutboundMessage] = []
        self.taken: list[tuple[str, tuple[str, ...]]] = []
        self.noticed_keys: list[str] = []
        self._ids = itertools.count(100)

    def parse(self, headers: Mapping[str, str], body: bytes) -> Parsed:
        return Parsed()

    async def send(self, message: OutboundMessage) -> Receipt:
        self.called.append(message)
        step = self.script.popleft() if self.script else self.always
        if callable(step):
            step = step(message)
        if isinstance(step, asyncio.Event):
            await step.wait()
        elif isinstance(step, Exception):
            raise step
        if message.takes_back:
            self.taken.append((plain(message.text), message.takes_back))
            return Receipt(None)
        self.sent.append(message)
        file_id = f"file-{len(self.sent)}" if message.picture and not message.picture.file_id else None
        self.ids.append(message.replaces or str(next(self._ids)))
        return Receipt(self.ids[-1], file_id)

    async def noticed(self, event: MessageReceived) -> None:
        self.noticed_keys.append(event.key)

    async def listen(self, accept: object) -> None:
        pass

    def waiting_for(self) -> None:
        return None

    async def close(self) -> None:
        pass

    def texts(self, chat: str | None = None) -> list[str]:
        return [plain(message.text) for message in self.sent if chat is None or message.address.id == chat]


class Rig:
    """One process: its turns, its sender, and the way in."""

    def __init__(
        self,
        store: Store,
        catalogue: Any,
        clock: ManualClock,
        *,
        owner: str = "me",
        channel: FakeChannel | None = None,
        careful: bool = False,
        patience: float = 10.0,
        paces: Mapping[str, Any] | None = None,
    ) -> None:
        self.store, self.catalogue, self.clock, self.owner = store, catalogue, clock, owner
        self.channel = channel or FakeChannel()
        channels = {"test": self.channel}
        self.renderer = Renderer(catalogue.translator)
        self.batches = Batches(
            catalogue=catalogue,
            renderer=self.renderer,
            clock=clock,
            features=lambda _: self.channel.features,
            owner=owner,
        )
        setter = Setter(store, self.renderer, clock)
        self.turns = Turns(store=store, batches=self.batches, setter=setter, clock=clock, careful=careful)
        self.kitchen = Kitchen(
            store=store, catalogue=catalogue, renderer=self.renderer, clock=clock, writers=WRITERS, qr=qr_png
        )
        self.sender = Sender(self.kitchen, jitter=lambda: 0.5)
        self.delivery = Delivery(
            store=store,
            turns=self.turns,
            channels=channels,
            sender=self.sender,
            clock=clock,
            owner=owner,
            paces=paces,
            shares=isinstance(store, PostgresStore),
        )
        self.batches.queue_length = self.delivery.queue_length
        self.inbox = Inbox(self.turns, channels, patience)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, turns: bool = True, delivery: bool = True) -> "Rig":
        work = [self.turns.run] * turns + [self.delivery.run] * delivery
        self._tasks += [asyncio.create_task(step()) for step in work]
        await asyncio.sleep(0)
        return self

    async def stop(self) -> None:
        await self.delivery.stop()
        self.turns.stop()
        ending = asyncio.gather(*self._tasks, return_exceptions=True)
        while not ending.done():
            await self.clock.advance(1)
        for problem in await ending:
            if isinstance(problem, Exception):
                raise problem

    def kill(self) -> None:
        """End as kill -9 would: nothing more is written."""
        for task in (*self._tasks, *self.delivery._tasks):
            task.cancel()

    # --- what people do -------------------------------------------------------------------------------------------

    def event(self, chat: str, content: InboundContent | str, key: str | None = None) -> MessageReceived:
        said = Said(content) if isinstance(content, str) else content
        number = next(_keys)
        written = f"said-{number}" if isinstance(said, Said) else None
        return MessageReceived(
            key or f"test:{number}", Address("test", chat), said, "en", notice="tap", message_id=written
        )

    async def take(self, *events: MessageReceived) -> None:
        """Let events arrive at once and wait for their commit."""
        await self.inbox.accept(events)

    async def says(self, chat: str, content: InboundContent | str) -> None:
        await self.take(self.event(chat, content))

    async def joins(self, chat: str, code: str = "") -> None:
        """Go to the first card."""
        for content in (Opened(code), "English", "Start"):
            await self.says(chat, content)

    async def blocks(self, chat: str) -> None:
        await self.says(chat, Blocked())

    async def taps(self, chat: str, label: str) -> None:
        """Tap the newest button of that label."""
        await self.quiet()
        for message in reversed([sent for sent in self.channel.sent if sent.address.id == chat]):
            for button in (button for row in message.rows for button in row):
                if button.label == label:
                    await self.says(chat, Tapped(button.token, message.replaces or "1"))
                    return
        raise LookupError(label)

    # --- what is kept ---------------------------------------------------------------------------------------------

    async def quiet(self) -> None:
        """Wait until everything that can go has gone and is written down."""
        await eventually(lambda: self.delivery.is_idle() and not self.turns._has_work() and self.is_written())

    async def quiet_turns(self) -> None:
        """Wait until everything that was to be written is."""
        await eventually(lambda: not self.turns._has_work() and not self.store._under_way)

    async def is_written(self) -> bool:
        states = await self.store.read(lambda uow: dict(uow.outbox.by_state()))
        return Sending.LEASED not in states

    async def states(self) -> dict[str, int]:
        return dict(await self.store.read(lambda uow: uow.outbox.by_state()))

    async def write(self, step: Callable[..., Any]) -> Any:
        return await self.store.write(lambda transaction: transaction.run(step))

    async def memory(self, chat: str) -> Any:
        return (await self.store.read(lambda uow: uow.memories.load([Keys(Address("test", chat))])))[0]

    async def heard_at(self, chat: str) -> Any:
        asked = select(addresses.c.last_inbound_at).where(addresses.c.chat == chat)
        return await self.store.read(lambda uow: uow.records._connection.execute(asked).scalar())

    async def company(self, company: Company = MILL, code: str = CODE, trainer: str = "") -> None:
        facts = (CompanyMade(company, trainer), InvitationMade(code, Role.WORKER, company.id, None))
        nobody = TurnRow(Address("test", "0"), None, None, facts)
        await self.write(lambda uow: uow.memories.save([nobody], self.clock.now()))

    async def invite(self, code: str, role: Role, company_id: str | None = None) -> None:
        made = InvitationMade(code, role, company_id, self.clock.now() + timedelta(days=7))
        nobody = TurnRow(Address("test", "0"), None, None, (made,))
        await self.write(lambda uow: uow.memories.save([nobody], self.clock.now()))

    def row(self, chat: str, text: str, **more: Any) -> OutboxRow:
        address, now = Address("test", chat), self.clock.now()
        given = {
            "conversation": f"conversation-{chat}",
            "person_id": None,
            "payload": message_to_json(OutboundMessage(address, (Span(text),), "en")),
            "created_at": now,
            "expires_at": now + timedelta(hours=24),
            **more,
        }
        return OutboxRow(address=address, **given)

    async def enqueue(self, *rows: OutboxRow) -> list[OutboxRow]:
        return await self.write(lambda uow: uow.outbox.add(rows))
