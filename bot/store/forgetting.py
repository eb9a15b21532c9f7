"""Erase a person from every table. Counters and kept snapshots stay: nobody can be told from them.

Most of it hangs on the person's row and goes with it. The rest is what names a person without a foreign key.
"""

import json
from collections.abc import Collection

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, update

from bot.store.addresses import AddressBook
from bot.store.columns import among, json_list
from bot.store.tables import (
    address_people,
    addresses,
    audit,
    companies,
    memberships,
    outbox,
    people,
    phone_bubbles,
    quarantine,
)

FORGOTTEN = "forgotten"

_THEIR_ADDRESSES = (
    select(addresses.c.id, addresses.c.channel, addresses.c.chat)
    .join(address_people, address_people.c.address_id == addresses.c.id)
    .where(among(address_people.c.person_id, "people"))
    .distinct()
)
_OUTBOX = delete(outbox).where(
    outbox.c.address_id.in_(bindparam("rows", expanding=True)), among(outbox.c.person_id, "people")
)
_PEOPLE = delete(people).where(among(people.c.id, "people"))
_HERE = address_people.c.address_id == addresses.c.id
_EMPTY_ADDRESSES = (
    delete(addresses)
    .where(addresses.c.id.in_(bindparam("rows", expanding=True)), ~exists().where(_HERE))
    .returning(addresses.c.id)
)
# On a phone that several share, the one who is left goes on.
_NEXT_PERSON = (
    update(addresses)
    .where(addresses.c.id.in_(bindparam("rows", expanding=True)), addresses.c.active_person_id.is_(None))
    .values(active_person_id=select(func.min(address_people.c.person_id)).where(_HERE).scalar_subquery())
)
_ACTORS = update(audit).where(among(audit.c.actor_id, "people")).values(actor_id=FORGOTTEN)
_SUBJECTS = update(audit).where(among(audit.c.subject, "people")).values(subject=FORGOTTEN)

_MARKED = addresses.c.chat.contains(bindparam("mark"))
_THEIR_COMPANIES = (
    select(memberships.c.company_id)
    .join(address_people, address_people.c.person_id == memberships.c.person_id)
    .join(addresses, addresses.c.id == address_people.c.address_id)
    .where(_MARKED)
)
_COHORT = (
    select(address_people.c.person_id)
    .join(addresses, addresses.c.id == address_people.c.address_id)
    .where(_MARKED)
    .union(select(memberships.c.person_id).where(memberships.c.company_id.in_(_THEIR_COMPANIES)))
)


def forget(connection: Connection, book: AddressBook, person_ids: Collection[str]) -> None:
    """Erase everything about these people, and the addresses that nobody else is reached at."""
    named = {"people": json_list(person_ids)}
    rows = {row.id: row for row in connection.execute(_THEIR_ADDRESSES, named)}
    here = {"rows": list(rows)}
    connection.execute(_OUTBOX, {**named, **here})
    _erase_quarantined(connection, [(row.channel, row.chat) for row in rows.values()])
    connection.execute(_ACTORS, named)
    connection.execute(_SUBJECTS, named)
    connection.execute(_PEOPLE, named)
    book.forget(connection.execute(_EMPTY_ADDRESSES, here).scalars())
    connection.execute(_NEXT_PERSON, here)
    book.erased |= set(person_ids)


def _erase_quarantined(connection: Connection, chats: Collection[tuple[str, str]]) -> None:
    # What was set aside is kept as it came. The chat id is looked for anywhere in it: to erase one event too many
    # is the smaller harm.
    if chats:
        held = [
            and_(
                quarantine.c.channel == channel, quarantine.c.payload.contains(json.dumps(chat)[1:-1], autoescape=True)
            )
            for channel, chat in chats
        ]
        connection.execute(delete(quarantine).where(or_(*held)))


def erase_cohort(connection: Connection, book: AddressBook, mark: str) -> None:
    """Erase a demo's sample: all whose chats bear its mark, who joined their companies, and these companies."""
    named = {"mark": mark}
    found = set(connection.execute(_COHORT, named).scalars())
    theirs = list(connection.execute(_THEIR_COMPANIES, named).scalars())
    if found:
        forget(connection, book, found)
    connection.execute(delete(companies).where(companies.c.id.in_(theirs)))
    connection.execute(delete(addresses).where(_MARKED), named)
    connection.execute(delete(phone_bubbles).where(phone_bubbles.c.phone.contains(mark)))
