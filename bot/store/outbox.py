"""Messages kept before they are sent, leased to one sender at a time and in the order of their conversation.

A row is unfinished exactly while `due_at` is set. A lease has a number, the fence: who lost the lease can no
longer write what became of the call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    text,
    true,
    update,
)

from bot.core.learner import Reach, Role
from bot.core.messages import Address
from bot.rows import SUPERSEDED, Finished, Lane, OutboxRow, Sending, Standing
from bot.store.addresses import AddressBook
from bot.store.bulk import bulk_insert, bulk_update, draw_ids
from bot.store.claiming import CLAIM, FIRST_DUE, IS_DUE, behind_others
from bot.store.outbox_rows import added_values, ended_values, outbox_row
from bot.store.standing import forget_standing, standing
from bot.store.tables import address_people, addresses, memberships, outbox, people, rhythms

_RESULT = ("state", "reason", "message_id", "tries", "copies", "not_before", "due_at", "ended_at")
_MOST_AT_ONCE = 500

_THESE = outbox.c.id.in_(bindparam("ids", expanding=True))
_LEASED = outbox.c.state == Sending.LEASED.value
# Written as in the partial index, which serves only this very text.
_IS_GIVEN_UP = text("outbox.state IN ('failed', 'expired')")
_IS_CANCELLED = text("outbox.state = 'cancelled'")
_WITH_ADDRESS = select(outbox, addresses.c.channel, addresses.c.chat).join(
    addresses, addresses.c.id == outbox.c.address_id
)

_ADD = bulk_insert(outbox)
_TAKE_BACK = (
    update(outbox)
    .where(_LEASED, outbox.c.due_at.is_not(None), outbox.c.lease_owner != bindparam("owner"))
    .values(state=Sending.PENDING.value, lease_owner=None, lease_until=None, due_at=bindparam("now"))
)
_RENEW = (
    update(outbox)
    .where(_THESE, _LEASED, outbox.c.lease_owner == bindparam("owner"))
    .values(lease_until=bindparam("until"), due_at=bindparam("until"))
)
_FINISH = bulk_update(
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.fence == bindparam("lease"),
        # What was cancelled while it was with the provider was sent all the same.
        or_(
            outbox.c.due_at.is_not(None),
            and_(bindparam("was_sent", type_=Boolean), _IS_CANCELLED),
        ),
    )
    .values(
        lease_owner=null(),
        lease_until=null(),
        # What was said is erased as it goes out: it may show what somebody answered. Only what may be sent again stays.
        payload=case((bindparam("keeps_text", type_=Boolean), outbox.c.payload), else_=null()),
        **{name: bindparam(f"new_{name}") for name in _RESULT},
    )
)
_CANCEL = (
    update(outbox)
    .where(
        outbox.c.address_id.in_(bindparam("addresses", expanding=True)),
        outbox.c.due_at.is_not(None),
        outbox.c.required.is_(False),
    )
    .values(
        state=Sending.CANCELLED.value,
        payload=None,
        reason=bindparam("why"),
        lease_owner=None,
        lease_until=None,
        due_at=None,
        ended_at=bindparam("now"),
    )
)
_IS_RECIPE = outbox.c.payload.like('{"recipe"%')
# Muted, paused, or no longer an owner or a trainer since the letter was owed.
_WANTS_NO_LETTER = or_(
    rhythms.c.wants_letters.is_(False),
    rhythms.c.paused_until.is_not(None),
    ~exists().where(
        memberships.c.person_id == outbox.c.person_id,
        memberships.c.role.in_((Role.OWNER.value, Role.TRAINER.value)),
        memberships.c.left_at.is_(None),
    ),
)
_SENDABLE = (
    select(
        outbox.c.id,
        outbox.c.lane,
        outbox.c.required,
        outbox.c.person_id,
        addresses.c.reach,
        people.c.id,
        # A reminder is not sent to somebody who has come by themselves in the meantime; a letter, a recipe, is.
        or_(and_(addresses.c.last_inbound_at > outbox.c.created_at, ~_IS_RECIPE), and_(_IS_RECIPE, _WANTS_NO_LETTER)),
    )
    .join(addresses, addresses.c.id == outbox.c.address_id)
    .outerjoin(people, people.c.id == outbox.c.person_id)
    .outerjoin(rhythms, rhythms.c.person_id == outbox.c.person_id)
    .where(_THESE)
)
_STATES = select(outbox.c.id, outbox.c.state).where(_THESE)
_LAST_BUBBLE = (
    select(outbox.c.id, outbox.c.message_id)
    .where(
        outbox.c.conversation == bindparam("conversation"),
        outbox.c.has_buttons == true(),
        outbox.c.message_id.is_not(None),
        outbox.c.state == Sending.SENT.value,
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_IN_FLIGHT = select(exists().where(_LEASED, outbox.c.due_at.is_not(None)))
_RESEND = (
    update(outbox)
    .where(_THESE, _IS_GIVEN_UP, outbox.c.payload.is_not(None))
    .values(
        state=Sending.PENDING.value,
        reason="",
        tries=0,
        not_before=None,
        ended_at=None,
        due_at=bindparam("now"),
        expires_at=bindparam("expires"),
    )
)
_ERASE_PAYLOADS = (
    update(outbox)
    .where(outbox.c.ended_at < bindparam("before"), outbox.c.ended_at.is_not(None), outbox.c.payload.is_not(None))
    .values(payload=None)
)
# Somebody who was forgotten, or who said no, may have left an address behind for the last words to go to.
_ERASE_ADDRESSES = delete(addresses).where(
    addresses.c.active_person_id.is_(None),
    addresses.c.reach == Reach.REACHABLE.value,
    or_(addresses.c.last_inbound_at.is_(None), addresses.c.last_inbound_at < bindparam("before")),
    ~exists().where(address_people.c.address_id == addresses.c.id),
    ~exists().where(outbox.c.address_id == addresses.c.id, outbox.c.payload.is_not(None)),
)


class Outbox:
    """The repository of outgoing messages."""

    def __init__(self, connection: Connection, book: AddressBook) -> None:
        self._connection = connection
        self._book = book

    def add(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Keep rows and return them with their ids, in the same order."""
        if not rows:
            return []
        self._book.make(row.address for row in rows)
        rows = behind_others(self._connection, rows)
        # A bulk INSERT does not say which row got which number, so numbers are drawn first.
        ids = draw_ids(self._connection, outbox, len(rows))
        added = [replace(row, id=row_id) for row, row_id in zip(rows, ids, strict=True)]
        _ADD(self._connection, [added_values(row, self._book) for row in added])
        return added

    def claim(self, *, now: datetime, owner: str, until: datetime, lane: Lane, limit: int) -> list[OutboxRow]:
        """Lease up to `limit` rows that are due or whose lease has lapsed, oldest first."""
        rows = self._connection.execute(
            CLAIM, {"in_lane": lane.value, "now": now, "owner": owner, "until": until, "limit": limit}
        )
        return sorted((outbox_row(row) for row in rows), key=lambda row: row.id)

    def is_due(self, now: datetime, lane: Lane) -> bool:
        """Say whether there is anything to claim, without writing."""
        return bool(self._connection.execute(IS_DUE, {"in_lane": lane.value, "now": now}).scalar())

    def is_in_flight(self) -> bool:
        """Say whether any process holds a row whose end is not written yet."""
        return bool(self._connection.execute(_IN_FLIGHT).scalar())

    def first_due(self, after: datetime, until: datetime) -> datetime | None:
        """Return the first moment after one and at most another at which a row is due."""
        return self._connection.execute(FIRST_DUE, {"after": after, "until": until}).scalar()

    def take_back(self, *, owner: str, now: datetime) -> int:
        """Make all rows leased by anyone but `owner` due again; for a start that knows it is alone."""
        return self._connection.execute(_TAKE_BACK, {"owner": owner, "now": now}).rowcount

    def renew(self, ids: Sequence[int], *, owner: str, until: datetime) -> None:
        """Prolong leases while rows wait for their turn."""
        self._connection.execute(_RENEW, {"ids": list(ids), "owner": owner, "until": until})

    def finish(self, results: Sequence[Finished]) -> None:
        """Write what became of calls, where the fence still holds."""
        if results:
            _FINISH(self._connection, [ended_values(result) for result in results])

    def cancel(self, addresses: Sequence[Address], reason: str, now: datetime) -> None:
        """Cancel what waits for addresses that must not be written to, except required rows."""
        self._book.find(addresses)
        rows = [self._book[address] for address in addresses if address in self._book]
        self._connection.execute(_CANCEL, {"addresses": rows, "why": reason, "now": now})

    def sendable(self, ids: Sequence[int]) -> Mapping[int, str | None]:
        """Return for each row the reason why it must not be sent now, or None."""
        return {row[0]: _refusal(row) for row in self._connection.execute(_SENDABLE, {"ids": list(ids)})}

    def last_bubble(self, conversation: str) -> tuple[int, str] | None:
        """Return the newest sent bubble with buttons: its row and its provider id."""
        found = self._connection.execute(_LAST_BUBBLE, {"conversation": conversation}).one_or_none()
        return (found.id, found.message_id) if found else None

    def standing(self, row: int, limit: int) -> list[Standing] | None:
        """Return what stands in a row's chat, newest first; None while an earlier row is open."""
        return standing(self._connection, row, limit)

    def taken_back(self, row: int, message_ids: Sequence[str]) -> None:
        """Forget messages that are gone from a row's chat, and whatever of it could be sent again."""
        forget_standing(self._connection, row, message_ids)

    def by_state(self) -> Mapping[str, int]:
        """Return how many rows stand in each state."""
        rows = self._connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
        return dict(rows.all())

    def backlog(self) -> Mapping[str, int]:
        """Return how many rows wait in each lane, and how many were given up; both from small indexes alone."""
        lanes = select(outbox.c.lane, func.count()).where(outbox.c.due_at.is_not(None)).group_by(outbox.c.lane)
        given_up = select(func.count()).select_from(outbox).where(_IS_GIVEN_UP)
        waits = {lane.value: 0 for lane in Lane} | dict(self._connection.execute(lanes).all())
        return {**waits, "given_up": self._connection.execute(given_up).scalar_one()}

    def states(self, ids: Sequence[int]) -> Mapping[int, Sending]:
        """Return where rows stand; one that was erased is left out."""
        found: dict[int, Sending] = {}
        for first in range(0, len(ids), _MOST_AT_ONCE):
            rows = self._connection.execute(_STATES, {"ids": list(ids[first : first + _MOST_AT_ONCE])})
            found.update((row_id, Sending(state)) for row_id, state in rows)
        return found

    def oldest_waiting(self) -> datetime | None:
        """Return when the oldest unfinished row was made."""
        return self._connection.execute(
            select(func.min(outbox.c.created_at)).where(outbox.c.due_at.is_not(None))
        ).scalar()

    def unsent(self, limit: int) -> list[OutboxRow]:
        """Return rows that failed or wait, newest first, for the operator."""
        # Ordered by a sum, so that no database walks back through all that was ever sent to find what was not.
        newest = _WITH_ADDRESS.order_by((outbox.c.id + text("0")).desc()).limit(limit)
        rows: list[OutboxRow] = []
        for unsent in (outbox.c.due_at.is_not(None), _IS_GIVEN_UP):
            rows += [outbox_row(row) for row in self._connection.execute(newest.where(unsent))]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]

    def resend(self, ids: Sequence[int], now: datetime, expires_at: datetime) -> int:
        """Make failed or expired rows due again; return how many."""
        return self._connection.execute(_RESEND, {"ids": list(ids), "now": now, "expires": expires_at}).rowcount

    def prune(self, before: datetime) -> int:
        """Erase the payload of rows that ended earlier, and addresses nobody is reached at; return how many rows."""
        erased = self._connection.execute(_ERASE_PAYLOADS, {"before": before}).rowcount
        self._connection.execute(_ERASE_ADDRESSES, {"before": before})
        return erased


def _refusal(row: Row[Any]) -> str | None:
    _, lane, is_required, person_id, reach, found, is_heard = tuple(row)
    if reach == Reach.STOPPED and not is_required:
        return "stopped"
    if reach == Reach.UNREACHABLE:
        return "unreachable"
    if lane == Lane.BULK and person_id is not None and found is None:
        return "erased"
    return SUPERSEDED if lane == Lane.BULK and is_heard else None
