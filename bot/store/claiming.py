"""Take rows of the outbox in one statement, on SQLite as on PostgreSQL.

First the heads: rows that are due and the first unfinished of their conversation. Each is locked, and who comes
at the same time passes it over. Then what follows each head in its conversation without a gap. A follower can be
reached only through its head, so that no row ever overtakes an earlier one, whoever claims beside us.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import BindParameter, Connection, Integer, Text, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.sql.expression import ColumnElement, FromClause, Label

from bot.rows import OutboxRow, Sending
from bot.store.columns import UtcDateTime, among, json_list
from bot.store.tables import addresses, outbox

_LANE: BindParameter[str] = bindparam("in_lane", type_=Text)
_NOW = bindparam("now", type_=UtcDateTime)
_LIMIT = bindparam("limit", type_=Integer)

_first, _row, _before = outbox.alias("first"), outbox.alias("row"), outbox.alias("before")


def _is_due(row: FromClause) -> ColumnElement[bool]:
    return and_(row.c.lane == _LANE, row.c.due_at <= _NOW)


def _may_be_taken(row: FromClause) -> ColumnElement[bool]:
    """Say the same of a row found by its id or its conversation.

    The lane is written as a sum, so that no database walks through all that is due instead, once for each head.
    """
    return and_(row.c.lane + "" == _LANE, row.c.due_at <= _NOW)


def _stands_before(row: FromClause) -> ColumnElement[bool]:
    return and_(_before.c.conversation == row.c.conversation, _before.c.id < row.c.id, _before.c.due_at.is_not(None))


def _of_address(column: ColumnElement[str]) -> Label[str]:
    return select(column).where(addresses.c.id == outbox.c.address_id).scalar_subquery().label(column.key)


_is_head = and_(_is_due(_first), ~exists().where(_stands_before(_first)))
_heads = (
    select(_first.c.conversation)
    .where(_is_head)
    .order_by(_first.c.due_at, _first.c.id)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
    .cte("heads")
)
_waits = or_(_before.c.lane != _LANE, _before.c.due_at > _NOW)
_taken = (
    select(_row.c.id)
    .join(_heads, _heads.c.conversation == _row.c.conversation)
    .where(_may_be_taken(_row), ~exists().where(_stands_before(_row), _waits))
    .order_by(_row.c.id)
    .limit(_LIMIT)
)

# The condition stands here once more: between the look and the lock another process may have taken the row.
CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(_taken), _may_be_taken(outbox))
    .values(
        state=Sending.LEASED.value,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        due_at=bindparam("until"),
        fence=outbox.c.fence + 1,
    )
    .returning(*outbox.c, _of_address(addresses.c.channel), _of_address(addresses.c.chat))
)

IS_DUE = select(exists().where(_is_head))
# A row behind another one cannot go before it, so only the first of each conversation counts.
FIRST_DUE = select(func.min(_first.c.due_at)).where(
    _first.c.due_at > bindparam("after"), _first.c.due_at <= bindparam("until"), ~exists().where(_stands_before(_first))
)

_HELD_ELSEWHERE = (
    select(outbox.c.conversation)
    .where(
        among(outbox.c.conversation, "conversations"),
        outbox.c.due_at.is_not(None),
        outbox.c.lease_owner != bindparam("owner"),
    )
    .distinct()
)


def behind_others(connection: Connection, rows: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
    """Return the rows, those left pending whose conversation another process is still sending to.

    They are claimed when it is their turn; sent at once they would overtake what that process holds.
    """
    leased = [row for row in rows if row.state is Sending.LEASED]
    if not leased or connection.dialect.name == "sqlite":
        # A SQLite file has one process: what it holds, it keeps in order itself.
        return rows
    asked = {"conversations": json_list(row.conversation for row in leased), "owner": leased[0].lease_owner}
    busy = set(connection.execute(_HELD_ELSEWHERE, asked).scalars())
    return [_pending(row) if row.conversation in busy else row for row in rows]


def _pending(row: OutboxRow) -> OutboxRow:
    return replace(row, state=Sending.PENDING, lease_owner=None, lease_until=None, fence=0)
