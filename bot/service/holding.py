"""What this process holds of the outbox: rows in line by conversation, until when they are ours, who was silenced.

Nothing here waits and nothing is written: `outbox.py` asks, and acts.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bot.core.messages import Address
from bot.rows import Lane, OutboxRow

K = TypeVar("K")
V = TypeVar("V")

LEASE = timedelta(seconds=60)
_MOST_REMEMBERED = 10_000
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Line:
    """The rows of one conversation that wait in this process, oldest first."""

    rows: deque[OutboxRow] = field(default_factory=deque)
    is_served: bool = False


@dataclass(frozen=True, slots=True)
class _PutBack:
    """What must be known of a row that waits in the database."""

    address: Address
    required: bool
    due: datetime


class Held:
    """The rows this process has leased, in line or with the provider at this moment."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self._ours_until: dict[int, datetime] = {}
        self._put_back: dict[str, dict[int, _PutBack]] = {}
        self._newest = 0
        self._silenced: OrderedDict[Address, int] = OrderedDict()
        self._bubbles: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ours_until)

    def ids(self) -> list[int]:
        """Return all rows that are ours, those with the provider too: their leases must outlast the call."""
        return list(self._ours_until)

    # --- in and out -----------------------------------------------------------------------------------------------

    def line_up(self, row: OutboxRow) -> Line:
        """Add a row to the line of its conversation."""
        self._newest = max(self._newest, row.id)
        self._ours_until[row.id] = row.lease_until or _NEVER
        waiting = self._put_back.get(row.conversation, {})
        waiting.pop(row.id, None)
        if not waiting:
            self._put_back.pop(row.conversation, None)
        line = self.lines.setdefault(row.conversation, Line())
        line.rows.append(row)
        return line

    def let_go(self, rows: Iterable[OutboxRow]) -> None:
        """Forget rows: they have ended, or others may have them."""
        for row in rows:
            self._ours_until.pop(row.id, None)

    def left(self, conversation: str) -> Iterator[OutboxRow]:
        """Take all rows out of a line."""
        line = self.lines.get(conversation)
        while line and line.rows:
            yield line.rows.popleft()

    def close(self, conversation: str) -> None:
        """Forget a line that is empty."""
        line = self.lines.get(conversation)
        if line and not line.rows:
            del self.lines[conversation]

    # --- leases ---------------------------------------------------------------------------------------------------

    def is_ours(self, row: OutboxRow, now: datetime) -> bool:
        """Say whether the lease still holds. Who slept through its end must not send: another one has the row."""
        return now < self._ours_until.get(row.id, now)

    def renewed(self, ids: Iterable[int], until: datetime) -> None:
        """Note that leases were prolonged."""
        self._ours_until.update((row_id, until) for row_id in ids if row_id in self._ours_until)

    # --- order ----------------------------------------------------------------------------------------------------

    def waits_in_store(self, row: OutboxRow, due: datetime) -> None:
        """Note that a row waits in the database: what comes later in its conversation must not pass it.

        Bulk needs no note: nothing in its conversation is ever handed over, and a storm would fill the memory.
        """
        if row.lane is Lane.BULK:
            return
        self._put_back.setdefault(row.conversation, {})[row.id] = _PutBack(row.address, row.required, due)

    def due_before(self, row: OutboxRow, now: datetime) -> datetime | None:
        """Return when an earlier row of the conversation that waits in the database is due, or None without one.

        What is long due was taken by somebody else, or cancelled.
        """
        waiting = self._put_back.get(row.conversation, {})
        for row_id, earlier in list(waiting.items()):
            if earlier.due + LEASE < now:
                del waiting[row_id]
        if not waiting:
            self._put_back.pop(row.conversation, None)
        return max((earlier.due for row_id, earlier in waiting.items() if row_id < row.id), default=None)

    # --- silence --------------------------------------------------------------------------------------------------

    def silence(self, address: Address) -> None:
        """Drop what is held for an address and not required; what is made from now on has a greater id."""
        _remember(self._silenced, address, self._newest)
        for line in self.lines.values():
            if line.rows and line.rows[0].address == address:
                self.let_go(row for row in line.rows if not row.required)
                line.rows = deque(row for row in line.rows if row.required)
        for waiting in self._put_back.values():
            for row_id, row in list(waiting.items()):
                if row.address == address and not row.required:
                    del waiting[row_id]

    def is_silenced(self, row: OutboxRow) -> bool:
        """Say whether the row was made before its address was silenced."""
        return row.id <= self._silenced.get(row.address, 0) and not row.required

    # --- bubbles --------------------------------------------------------------------------------------------------

    def note_bubble(self, row: OutboxRow, message_id: str) -> None:
        """Remember the newest bubble with buttons of a conversation."""
        _remember(self._bubbles, row.conversation, (row.id, message_id))

    def forget_bubble(self, conversation: str) -> None:
        """Forget it: it is about to disappear."""
        self._bubbles.pop(conversation, None)

    def bubble(self, conversation: str) -> tuple[int, str] | None:
        """Return the newest bubble with buttons that this process sent: its row and its provider id."""
        return self._bubbles.get(conversation)


def _remember(into: OrderedDict[K, V], key: K, value: V) -> None:
    into[key] = value
    into.move_to_end(key)
    if len(into) > _MOST_REMEMBERED:
        into.popitem(last=False)
