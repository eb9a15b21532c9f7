"""Keep what turns leave behind: first who it is about, then each kind of fact, at last who is forgotten."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, update

from bot.core.learner import AddressKept, Fact, PersonForgotten, PersonKept
from bot.core.messages import Address
from bot.ports import TurnRow
from bot.store.addresses import AddressBook
from bot.store.columns import Upsert
from bot.store.facts import KEEPERS
from bot.store.forgetting import forget
from bot.store.tables import address_people, addresses, conversations, people

# The last sign of life is kept to ten minutes: inside a lesson a turn does not write its address.
_HEARD_EVERY = timedelta(minutes=10)

_PERSON_COLUMNS = (
    "language",
    "hour",
    "time_zone",
    "wants_reminders",
    "works_nights",
    "is_trainer",
    "is_operator",
    "consented",
)
_ADDRESS_COLUMNS = ("reach", "wrong_codes", "stop_told_on", "language_hint")
_KEEP_PEOPLE = Upsert(people, update=_PERSON_COLUMNS)
_ADD_ADDRESS_PEOPLE = Upsert(address_people)
_KEEP_CONVERSATIONS = Upsert(
    conversations,
    update=["key", "step", "state", "offered"],
    changes=lambda _: {"version": conversations.c.version + 1},
)
_KEEP_ADDRESS = (
    update(addresses)
    .where(addresses.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _ADDRESS_COLUMNS})
)
_ACTIVATE = update(addresses).where(addresses.c.id == bindparam("row_id")).values(active_person_id=bindparam("active"))
_HEARD = update(addresses).where(addresses.c.id == bindparam("row_id")).values(last_inbound_at=bindparam("now"))


def save_turns(connection: Connection, book: AddressBook, turns: Sequence[TurnRow], now: datetime) -> None:
    """Keep conversations and facts of all turns."""
    by_kind: dict[type, list[Fact]] = {}
    for turn in turns:
        for fact in turn.facts:
            by_kind.setdefault(type(fact), []).append(fact)
    forgotten = {fact.person_id for fact in by_kind.get(PersonForgotten, ()) if isinstance(fact, PersonForgotten)}
    talking = [turn for turn in turns if turn.conversation and turn.person_id and turn.person_id not in forgotten]
    rows = _addresses(book, turns, by_kind)
    _keep_addresses(connection, rows, by_kind.get(AddressKept, ()))
    _keep_people(connection, rows, turns, now)
    _keep_heard(connection, book, rows.values(), now)
    for kinds, keep in KEEPERS:
        if facts := [fact for kind in kinds for fact in by_kind.get(kind, ())]:
            keep(connection, facts, now)
    _keep_conversations(connection, rows, talking)
    if forgotten:
        forget(connection, book, forgotten)


def _addresses(book: AddressBook, turns: Sequence[TurnRow], by_kind: dict[type, list[Fact]]) -> dict[Address, int]:
    needed = {fact.address.address for fact in by_kind.get(AddressKept, ()) if isinstance(fact, AddressKept)}
    for turn in turns:
        if turn.conversation or any(isinstance(fact, PersonKept) for fact in turn.facts):
            needed.add(turn.address)
    return book.rows(needed)


def _keep_addresses(connection: Connection, rows: dict[Address, int], facts: Iterable[Fact]) -> None:
    values = [
        {
            "row_id": rows[fact.address.address],
            "new_reach": fact.address.reach.value,
            "new_wrong_codes": [moment.isoformat() for moment in fact.address.wrong_codes],
            "new_stop_told_on": fact.address.stop_told_on,
            "new_language_hint": fact.address.language_hint,
        }
        for fact in facts
        if isinstance(fact, AddressKept)
    ]
    if values:
        connection.execute(_KEEP_ADDRESS, values)


def _keep_people(connection: Connection, rows: dict[Address, int], turns: Sequence[TurnRow], now: datetime) -> None:
    kept = [(rows[turn.address], fact.person) for turn in turns for fact in turn.facts if isinstance(fact, PersonKept)]
    if not kept:
        return
    _KEEP_PEOPLE(
        connection,
        [
            {"id": person.id, "made_at": now, **{name: getattr(person, name) for name in _PERSON_COLUMNS}}
            for _, person in kept
        ],
    )
    here = [{"address_id": row_id, "person_id": person.id} for row_id, person in kept]
    _ADD_ADDRESS_PEOPLE(connection, here)
    connection.execute(_ACTIVATE, [{"row_id": row["address_id"], "active": row["person_id"]} for row in here])


def _keep_heard(connection: Connection, book: AddressBook, row_ids: Iterable[int], now: datetime) -> None:
    long_ago = now - _HEARD_EVERY
    heard = [{"row_id": row_id, "now": now} for row_id in row_ids if (book.heard_at(row_id) or long_ago) <= long_ago]
    if heard:
        connection.execute(_HEARD, heard)


def _keep_conversations(connection: Connection, rows: dict[Address, int], turns: Sequence[TurnRow]) -> None:
    values = [
        {
            "address_id": rows[turn.address],
            "person_id": turn.person_id,
            "key": turn.conversation.key,
            "step": turn.conversation.step,
            "state": turn.conversation.state,
            "offered": turn.conversation.offered,
            "version": 1,
        }
        for turn in turns
        if turn.conversation
    ]
    if values:
        _KEEP_CONVERSATIONS(connection, values)
