"""Keep what turns leave behind: first who it is about, then each kind of fact, at last who is forgotten."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, literal_column, update

from bot.core.facts import AddressKept, Fact, PersonForgotten, PersonKept
from bot.core.messages import Address
from bot.rows import TurnRow
from bot.store.addresses import AddressBook
from bot.store.bulk import bulk_update, bulk_upsert
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
_ADDRESS_COLUMNS = ("reach", "wrong_codes", "stop_told_on", "language_hint", "contacted_at")
_KEEP_PEOPLE = bulk_upsert(people, update=_PERSON_COLUMNS)
_ADD_ADDRESS_PEOPLE = bulk_upsert(address_people)
_KEEP_CONVERSATIONS = bulk_upsert(
    conversations,
    update=["key", "step", "state", "offered"],
    changes=lambda _: {"version": conversations.c.version + literal_column("1")},
)
_THIS_ADDRESS = update(addresses).where(addresses.c.id == bindparam("row_id"))
_KEEP_ADDRESSES = bulk_update(_THIS_ADDRESS.values({name: bindparam(f"new_{name}") for name in _ADDRESS_COLUMNS}))
_ACTIVATE = bulk_update(_THIS_ADDRESS.values(active_person_id=bindparam("active")))
_HEARD = bulk_update(_THIS_ADDRESS.values(last_inbound_at=bindparam("now")))


def save_turns(connection: Connection, book: AddressBook, turns: Sequence[TurnRow], now: datetime) -> None:
    """Keep conversations and facts of all turns."""
    by_kind: dict[type, list[Fact]] = {}
    for turn in turns:
        for fact in turn.facts:
            by_kind.setdefault(type(fact), []).append(fact)
    forgotten = {fact.person_id for fact in by_kind.get(PersonForgotten, ()) if isinstance(fact, PersonForgotten)}
    talking = [turn for turn in turns if turn.conversation and turn.person_id and turn.person_id not in forgotten]
    here = _addresses(turns, by_kind.get(AddressKept, ()))
    book.make(here)
    _keep_addresses(connection, book, by_kind.get(AddressKept, ()))
    _keep_people(connection, book, turns, now)
    _keep_heard(connection, book, here & {turn.address for turn in turns if turn.heard}, now)
    for kinds, keep in KEEPERS:
        if facts := [fact for kind in kinds for fact in by_kind.get(kind, ())]:
            keep(connection, facts, now)
    _keep_conversations(connection, book, talking)
    if forgotten:
        forget(connection, book, forgotten)


def _addresses(turns: Sequence[TurnRow], kept: Iterable[Fact]) -> set[Address]:
    needed = {fact.address.address for fact in kept if isinstance(fact, AddressKept)}
    for turn in turns:
        if turn.conversation or any(isinstance(fact, PersonKept) for fact in turn.facts):
            needed.add(turn.address)
    return needed


def _keep_addresses(connection: Connection, book: AddressBook, facts: Iterable[Fact]) -> None:
    values = [
        {
            "row_id": book[fact.address.address],
            "new_reach": fact.address.reach.value,
            "new_wrong_codes": " ".join(moment.isoformat() for moment in fact.address.wrong_codes),
            "new_stop_told_on": fact.address.stop_told_on,
            "new_language_hint": fact.address.language_hint,
            "new_contacted_at": fact.address.contacted_at,
        }
        for fact in facts
        if isinstance(fact, AddressKept)
    ]
    if values:
        _KEEP_ADDRESSES(connection, values)


def _keep_people(connection: Connection, book: AddressBook, turns: Sequence[TurnRow], now: datetime) -> None:
    kept = [(book[turn.address], fact.person) for turn in turns for fact in turn.facts if isinstance(fact, PersonKept)]
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
    _ACTIVATE(connection, [{"row_id": row["address_id"], "active": row["person_id"]} for row in here])


def _keep_heard(connection: Connection, book: AddressBook, here: Iterable[Address], now: datetime) -> None:
    long_ago = now - _HEARD_EVERY
    rows = [book[address] for address in here]
    heard = [{"row_id": row_id, "now": now} for row_id in rows if (book.heard_at(row_id) or long_ago) <= long_ago]
    if heard:
        _HEARD(connection, heard)


def _keep_conversations(connection: Connection, book: AddressBook, turns: Sequence[TurnRow]) -> None:
    values = [
        {
            "address_id": book[turn.address],
            "person_id": turn.person_id,
            "key": turn.conversation.key,
            "step": turn.conversation.step,
            "state": turn.conversation.state,
            "offered": json.dumps(turn.conversation.offered),
            "version": 1,
        }
        for turn in turns
        if turn.conversation
    ]
    if values:
        _KEEP_CONVERSATIONS(connection, values)
