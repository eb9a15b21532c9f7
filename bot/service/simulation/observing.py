"""What really happened, counted beside the bot: from what the channel saw, and from what people did and told.

It judges nothing by the word of the code that is watched. Whether a message was begun by the bot is known by when it
was made: while somebody was answered, or while the clock was looked at. Whose night it is, is read off the wall clock
of the place the person told.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import sha256

from bot.core.messages import Address, OutboundMessage
from bot.core.rich_text import plain
from bot.rows import OutboxRow, Sending
from bot.service.simulation.people import Actor

DELIVERED, UNSURE = "delivered", "unsure"
ARRIVED = frozenset({DELIVERED, UNSURE})
PROMISES = ("lost", "doubled", "out_of_order", "in_quiet_hours", "more_than_one_a_day", "after_stop", "stalled")
_NIGHT, _DAY = (time(20), time(7)), (time(8), time(19))
# Who is reminded on three days a week and has lessons left hears something within this time.
_LONGEST_SILENCE = timedelta(days=9)
_MOST_CONTENTS = 100
_MOST_IN_TWO_DAYS = 60


@dataclass(slots=True)
class Row:
    """A message that was made: for whom and when, in answer to which exchange, and what the channel did with it."""

    address: Address
    exchange: int
    by_bot: bool
    made_at: datetime
    expires_at: datetime
    tidies: bool
    arrived: str = ""
    was_tried: bool = False


@dataclass(slots=True)
class Chat:
    """One address as the observer sees it."""

    actor: Actor
    exchange: int = 0
    answered: int = 0
    newest: tuple[int, int] = (0, 0)
    is_silenced: bool = False
    was_unwilling: bool = False
    bot_spoke_at: datetime | None = None
    stalled_since: datetime | None = None
    contents: dict[tuple[object, ...], int] = field(default_factory=dict)


class Observer:
    """Counts what was promised and broken."""

    def __init__(self, lessons: int) -> None:
        """Begin to watch; `lessons` is how many somebody can finish."""
        self._lessons = lessons
        self._chats: dict[Address, Chat] = {}
        self._rows: dict[int, Row] = {}
        self._begun: dict[str | Address, deque[datetime]] = {}
        self._troubles: list[datetime] = []
        self._moment: list[tuple[Address, int, str]] = []
        self._digest = sha256()
        self.counts: Counter[str] = Counter()
        self.by_bot = False

    # --- what people do -------------------------------------------------------------------------------------------

    def meet(self, actor: Actor) -> None:
        """Learn whose phone it is now."""
        before = self._chats.get(actor.address)
        met = self._chats[actor.address] = Chat(actor)
        if before:
            met.exchange, met.newest, met.was_unwilling = before.exchange, before.newest, before.was_unwilling

    def acts(self, address: Address) -> None:
        """Note that somebody does something: what is made from now on answers it."""
        chat = self._chats[address]
        chat.exchange += 1

    def willing(self, address: Address, *, is_willing: bool) -> None:
        """Note that somebody stopped, blocked or forgot, or that they are back; it is acknowledged by now."""
        chat = self._chats[address]
        chat.is_silenced = not is_willing
        chat.was_unwilling = chat.was_unwilling or not is_willing

    def acknowledged(self, address: Address) -> None:
        """Note that what somebody did was taken; it must have been answered in some way."""
        chat = self._chats[address]
        self.counts["lost"] += chat.answered != chat.exchange and not chat.is_silenced

    # --- what the bot makes ---------------------------------------------------------------------------------------

    def made(self, rows: Sequence[OutboxRow]) -> None:
        """Note messages that were made and committed."""
        for row in rows:
            chat = self._chats.get(row.address)
            exchange = chat.exchange if chat else 0
            self._rows[row.id] = Row(
                row.address, exchange, self.by_bot, row.created_at, row.expires_at, row.edits is not None
            )
            if chat and not self.by_bot:
                chat.answered = exchange
            self.counts["owed"] += 1
            self.counts["begun_by_bot"] += self.by_bot

    # --- what the channel sees ------------------------------------------------------------------------------------

    def called(self, message: OutboundMessage, outcome: str, at: datetime) -> bool:
        """Note a call and what the channel did with it; return whether nobody had asked for the message."""
        self.counts["calls"] += 1
        reference = int(message.reference or 0)
        row = self._rows.get(reference) or Row(message.address, 0, True, at, at, False)
        before, row.was_tried = row.arrived, True
        self._moment.append((message.address, len(self._moment), f"{outcome} {_said(message)}"))
        chat = self._chats.get(message.address)
        if row.by_bot and chat:
            chat.bot_spoke_at = at
        if outcome != DELIVERED:
            self._troubles.append(at)
            self.counts["mishaps"] += 1
        if outcome not in ARRIVED:
            return row.by_bot
        self.counts["sends"] += 1
        row.arrived = outcome
        if before in ARRIVED:
            self.counts["copies" if before == UNSURE else "doubled"] += 1
        elif chat and row.by_bot:
            self._judge_begun(chat, at)
        elif chat:
            self._judge_order(chat, row, reference)
        if chat:
            self._judge_content(chat, row, reference, message)
        return row.by_bot

    def _judge_order(self, chat: Chat, row: Row, reference: int) -> None:
        place = (row.exchange, reference)
        self.counts["out_of_order"] += place < chat.newest
        chat.newest = max(chat.newest, place)

    def _judge_content(self, chat: Chat, row: Row, reference: int, message: OutboundMessage) -> None:
        """Count the same words that come twice in one exchange as two messages. An edit shows nothing twice."""
        if message.replaces or not message.text:
            return
        content = (row.exchange, row.by_bot, row.made_at if row.by_bot else None, _said(message))
        if chat.contents.setdefault(content, reference) != reference:
            self.counts["doubled"] += 1
        while len(chat.contents) > _MOST_CONTENTS:
            del chat.contents[next(iter(chat.contents))]

    def _judge_begun(self, chat: Chat, at: datetime) -> None:
        """Judge a message that nobody asked for: when, how many, and whether at all."""
        told = chat.actor.told
        wall = at.astimezone(told.zone)
        begins, ends = _DAY if told.works_nights else _NIGHT
        hour = wall.time()
        is_quiet = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
        self.counts["in_quiet_hours"] += is_quiet
        self.counts["after_stop"] += chat.is_silenced

        def of_this_day(moments: Iterable[datetime]) -> int:
            # Who moves to another zone has other days from then on, and those before are read off the new clock.
            return sum(moment.astimezone(told.zone).date() == wall.date() for moment in moments)

        allowed = 1 + of_this_day(told.asked_for)
        spoken = [
            self._begun.setdefault(key, deque(maxlen=_MOST_IN_TWO_DAYS))
            for key in (chat.actor.name, chat.actor.address)
        ]
        for moments in spoken:
            moments.append(at)
        self.counts["more_than_one_a_day"] += any(of_this_day(moments) > allowed for moments in spoken)

    # --- looking back ---------------------------------------------------------------------------------------------

    def end_moment(self, at: datetime) -> None:
        """Add what was seen in one moment to the digest; calls to different phones have no order."""
        for address, _, seen in sorted(self._moment):
            self._digest.update(f"{at.isoformat()} {address.id} {seen}\n".encode())
        self._moment.clear()

    def look_for_silence(self, now: datetime) -> None:
        """Count who was to be reminded and heard nothing for too long."""
        for chat in self._chats.values():
            told = chat.actor.told
            waits = told.is_reminded and told.lessons < self._lessons and not chat.is_silenced
            if not waits or told.acted_at is None or now - told.acted_at < _LONGEST_SILENCE:
                continue
            if (chat.bot_spoke_at or told.acted_at) <= told.acted_at and chat.stalled_since != told.acted_at:
                chat.stalled_since = told.acted_at
                self.counts["stalled"] += 1

    def unseen(self) -> list[int]:
        """Return the messages that never arrived."""
        return [number for number, row in self._rows.items() if row.arrived not in ARRIVED]

    def close(self, states: Mapping[int, Sending]) -> None:
        """Judge what never arrived by what became of it: was there a reason that the observer knows of, too?"""
        for number in self.unseen():
            state, row = states.get(number), self._rows[number]
            self.counts[state.value if state else "erased"] += 1
            self.counts["lost"] += not self._is_excused(row, state)

    def _is_excused(self, row: Row, state: Sending | None) -> bool:
        chat = self._chats.get(row.address)
        if state in {None, Sending.REFUSED, Sending.CANCELLED}:
            return bool(chat and chat.was_unwilling)
        if state is Sending.SUPERSEDED:
            acted_at = chat.actor.told.acted_at if chat else None
            return row.tidies or bool(row.by_bot and acted_at and acted_at >= row.made_at)
        if state is Sending.FAILED:
            return row.was_tried
        if state is Sending.EXPIRED:
            first = bisect_left(self._troubles, row.made_at)
            return first < len(self._troubles) and self._troubles[first] <= row.expires_at
        return False

    def digest(self) -> str:
        """Return the same for the same year: all that was seen, and the counts."""
        whole = self._digest.copy()
        whole.update(repr(sorted(self.counts.items())).encode())
        return whole.hexdigest()


def _said(message: OutboundMessage) -> str:
    labels = " | ".join(button.label for row in message.rows for button in row)
    return f"{'edits' if message.replaces else 'says'} {plain(message.text)!r} [{labels}]"
