"""Read what turns may know, for a whole batch at once, and put it together for each turn.

What cannot give anything is not asked: nobody known, no code named.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection

from bot.core.learner import (
    Company,
    Conversation,
    Enrollment,
    Invitation,
    KnownAddress,
    Membership,
    Memory,
    Person,
    Reach,
    Rhythm,
    Role,
)
from bot.core.messages import Address, Features
from bot.rows import Keys
from bot.store.addresses import AddressBook
from bot.store.columns import POSTGRESQL, json_list
from bot.store.memory_queries import (
    ADDRESSES,
    INVITATIONS,
    LOCK,
    MEMBERSHIPS,
    PROGRESS,
    SEPARATOR,
)

# The service fills in what the channel can do.
_FEATURES = Features()
# After the address: a conversation of four columns, a rhythm, a person.
_TO_PERSON = 4 + len(fields(Rhythm))


@dataclass(frozen=True, slots=True)
class _Found:
    """One address with the person and the conversation that are active on it."""

    address: KnownAddress
    person: Person | None
    rhythm: Rhythm
    conversation: Conversation | None


@dataclass(slots=True)
class _Learner:
    """What the other tables know of one person."""

    memberships: list[Membership] = field(default_factory=list)
    trained: list[Company] = field(default_factory=list)
    assigned: tuple[str, ...] = ()
    enrollments: list[Enrollment] = field(default_factory=list)
    completed: frozenset[str] = frozenset()


def load_memories(connection: Connection, book: AddressBook, wanted: Sequence[Keys]) -> list[Memory]:
    """Return one memory per wanted address, in the same order."""
    found = _addresses(connection, book, wanted)
    learners = {one.person.id: _Learner() for one in found.values() if one.person}
    if learners:
        named = {"people": json_list(learners)}
        _add_companies(connection, named, learners)
        _add_progress(connection, named, learners)
    invited = load_invitations(connection, {keys.code for keys in wanted if keys.code})
    return [
        _memory(
            found.get(keys.address) or _Found(KnownAddress(keys.address), None, Rhythm(), None),
            learners,
            invited.get(keys.code) if keys.code else None,
        )
        for keys in wanted
    ]


def lock_conversations(connection: Connection, wanted: Sequence[Keys]) -> None:
    """Keep other processes away from these conversations until the transaction ends. On SQLite nobody else writes."""
    if connection.dialect.name != POSTGRESQL:
        return
    # The row of a new address does not exist yet, so the lock is on its name. It ends with the transaction, and
    # all take theirs in the same order, so that two batches never wait for each other in a circle.
    names = {f"{keys.address.channel}\0{keys.address.id}" for keys in wanted}
    keys = sorted(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True) for name in names)
    connection.execute(LOCK, {"keys": json.dumps(keys)})


def load_invitations(connection: Connection, codes: Collection[str]) -> dict[str, Invitation]:
    """Return the invitations of these codes that there are."""
    if not codes:
        return {}
    found = {}
    for code, role, expires_at, used_at, *company in connection.execute(INVITATIONS, {"codes": json_list(codes)}):
        found[code] = Invitation(code, Role(role), _company(company) if company[0] else None, expires_at, used_at)
    return found


def _addresses(connection: Connection, book: AddressBook, wanted: Sequence[Keys]) -> dict[Address, _Found]:
    found = {}
    rows = connection.execute(ADDRESSES, {"chats": json_list(keys.address.id for keys in wanted)})
    for channel, chat, row_id, heard_at, reach, codes, told_on, hint, contacted_at, *known in rows:
        (key, step, state, offered), rhythm, person = known[:4], known[4:_TO_PERSON], known[_TO_PERSON:]
        address = Address(channel, chat)
        book.note(address, row_id, heard_at)
        wrong_codes = tuple(datetime.fromisoformat(moment) for moment in codes.split())
        found[address] = _Found(
            KnownAddress(address, Reach(reach), wrong_codes, told_on, hint, contacted_at, heard_at),
            Person(*person) if person[0] else None,
            Rhythm(*rhythm) if rhythm[0] else Rhythm(),
            Conversation(key, step, state, tuple(map(tuple, json.loads(offered)))) if key else None,
        )
    return found


def _add_companies(connection: Connection, named: Mapping[str, str], learners: Mapping[str, _Learner]) -> None:
    firms: dict[str, Company] = {}
    for person_id, role, pseudonym, is_active, joined_at, courses, *row in connection.execute(MEMBERSHIPS, named):
        learner = learners[person_id]
        company = firms.get(row[0]) or firms.setdefault(row[0], _company(row))
        if role == Role.TRAINER:
            learner.trained.append(company)
            continue
        learner.memberships.append(Membership(company, Role(role), pseudonym, is_active, joined_at))
        if is_active and courses:
            learner.assigned = tuple(sorted(courses.split(SEPARATOR)))


def _add_progress(connection: Connection, named: Mapping[str, str], learners: Mapping[str, _Learner]) -> None:
    for person_id, course_id, begun_at, is_active, finished_at, lessons in connection.execute(PROGRESS, named):
        learner = learners[person_id]
        if lessons is None:
            learner.enrollments.append(Enrollment(course_id, begun_at, is_active, finished_at))
        else:
            learner.completed = frozenset(lessons.split(SEPARATOR))


def _memory(found: _Found, learners: Mapping[str, _Learner], invitation: Invitation | None) -> Memory:
    learner = learners[found.person.id] if found.person else _Learner()
    return Memory(
        address=found.address,
        features=_FEATURES,
        fresh=(),
        person=found.person,
        conversation=found.conversation,
        memberships=tuple(learner.memberships),
        assigned_courses=learner.assigned,
        trained_companies=tuple(learner.trained),
        enrollments=tuple(learner.enrollments),
        completed=learner.completed,
        invitation=invitation,
        rhythm=found.rhythm,
    )


def _company(row: Sequence[Any]) -> Company:
    company_id, name, country, time_zone, headcount, languages, joined = row
    return Company(company_id, name, country, time_zone, headcount, tuple(languages.split()), joined or 0)
