"""Whose time has come. Who was claimed is left alone for a while, so that no two ticks take the same person."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from bot.core.learner import Reach
from bot.core.messages import Address
from bot.rows import DueRow
from bot.store.columns import UtcDateTime, among, json_list
from bot.store.tables import addresses, rhythms

# Who cannot be reached today may be reached tomorrow.
_OUT_OF_REACH = timedelta(days=1)

_NOW = bindparam("now", type_=UtcDateTime)
_IS_DUE = and_(rhythms.c.next_at <= _NOW, or_(rhythms.c.claimed_until.is_(None), rhythms.c.claimed_until <= _NOW))
_DUE = (
    select(rhythms.c.person_id, rhythms.c.next_at)
    .where(_IS_DUE)
    .order_by(rhythms.c.next_at, rhythms.c.person_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_NEXT = select(
    func.min(case((rhythms.c.claimed_until > rhythms.c.next_at, rhythms.c.claimed_until), else_=rhythms.c.next_at))
)
_ANY = select(rhythms.c.person_id).where(_IS_DUE).limit(1)
# Where somebody has several addresses, the one that was heard last comes last and wins.
_ADDRESSES = (
    select(rhythms.c.person_id, addresses.c.channel, addresses.c.chat)
    .join(addresses, addresses.c.active_person_id == rhythms.c.person_id)
    .where(among(rhythms.c.person_id, "people"), addresses.c.reach == Reach.REACHABLE.value)
    .order_by(func.coalesce(addresses.c.last_inbound_at, rhythms.c.next_at), addresses.c.id)
)
_CLAIM = update(rhythms).where(among(rhythms.c.person_id, "people")).values(claimed_until=bindparam("until"))


class Rhythms:
    """The repository of when people are written to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, *, now: datetime, until: datetime, limit: int) -> list[DueRow]:
        """Take those whose time has come, the longest waiting first; no tick takes them again before `until`.

        Who cannot be reached anywhere is left out, and looked at again a day later.
        """
        due = {row.person_id: row.next_at for row in self._connection.execute(_DUE, {"now": now, "most": limit})}
        if not due:
            return []
        found = self._connection.execute(_ADDRESSES, {"people": json_list(due)})
        where = {row.person_id: Address(row.channel, row.chat) for row in found}
        self._connection.execute(_CLAIM, {"people": json_list(where), "until": until})
        if lost := due.keys() - where.keys():
            self._connection.execute(_CLAIM, {"people": json_list(lost), "until": now + _OUT_OF_REACH})
        return [DueRow(person, where[person], at) for person, at in due.items() if person in where]

    def is_due(self, now: datetime) -> bool:
        """Say whether anybody's time has come, without writing."""
        return self._connection.execute(_ANY, {"now": now}).first() is not None

    def next_due(self) -> datetime | None:
        """Return when somebody's time comes next."""
        return self._connection.execute(_NEXT).scalar()
