"""What a process remembers of rows that wait in the database: as much as order needs, and no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.messages import Address
from bot.rows import Lane, OutboxRow
from bot.service.holding import Held

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
FIRST = OutboxRow(Address("telegram", "1"), "K1", "P1", "{}", NOW, NOW + timedelta(hours=1), id=1)
SECOND = replace(FIRST, id=2)


def test_a_reply_waits_behind_an_earlier_one_that_lies_in_the_database_until_that_is_in_line() -> None:
    held = Held()
    held.waits_in_store(FIRST, NOW)
    assert held.due_before(SECOND, NOW) == NOW
    held.line_up(FIRST)
    assert held.due_before(SECOND, NOW) is None


def test_of_a_storm_of_reminders_in_the_database_nothing_is_remembered() -> None:
    held = Held()
    empty = _size(held)
    for number in range(1_000):
        held.waits_in_store(replace(FIRST, id=number, conversation=f"K{number}:due", lane=Lane.BULK), NOW)
    assert _size(held) == empty


def test_of_replies_that_have_gone_out_nothing_is_remembered() -> None:
    held = Held()
    empty = _size(held)
    for number in range(1, 1_000):
        row = replace(FIRST, id=number, conversation=f"K{number}")
        held.waits_in_store(row, NOW)
        held.line_up(row)
        list(held.left(row.conversation))
        held.close(row.conversation)
        held.let_go([row])
    assert _size(held) == empty


def _size(held: Held) -> int:
    """Return how many things are held, wherever."""
    return sum(len(kept) for kept in vars(held).values() if hasattr(kept, "__len__"))
