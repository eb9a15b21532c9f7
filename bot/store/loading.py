"""Read what turns may know: at most six statements, however many turns there are.

Statements that cannot give anything are left out: nobody known, no code named. At 200 answers a batch the number
of statements decides the speed.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, and_, func, null, select, text, union_all

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
    Role,
)
from bot.core.messages import Address, Features
from bot.ports import Keys
from bot.store.addresses import AddressBook
from bot.store.columns import POSTGRESQL, among, json_list
from bot.store.tables import (
    addresses,
    companies,
    company_courses,
    conversations,
    enrollments,
    invitations,
    lesson_completions,
    memberships,
    people,
)

_LOCK = text("SELECT pg_advisory_xact_lock(key::bigint) FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS key")

_ADDRESSES = (
    select(
        addresses.c.id.label("row_id"),
        addresses.c.channel,
        addresses.c.chat,
        addresses.c.reach,
        addresses.c.wrong_codes,
        addresses.c.stop_told_on,
        addresses.c.language_hint,
        addresses.c.last_inbound_at,
        *people.c,
        conversations.c.key,
        conversations.c.step,
        conversations.c.state,
        conversations.c.offered,
    )
    .outerjoin(people, people.c.id == addresses.c.active_person_id)
    .outerjoin(
        conversations,
        and_(conversations.c.address_id == addresses.c.id, conversations.c.person_id == addresses.c.active_person_id),
    )
    .where(among(addresses.c.chat, "chats"))
)

# Counted once for each company and not once for each member: a firm of ten thousand may be in the batch.
_JOINED = (
    select(memberships.c.company_id, func.count().label("joined"))
    .where(memberships.c.role == Role.WORKER.value, memberships.c.left_at.is_(None))
    .group_by(memberships.c.company_id)
)
_THEIRS = memberships.alias("theirs")
_JOINED_THEIRS = _JOINED.where(
    memberships.c.company_id.in_(select(_THEIRS.c.company_id).where(among(_THEIRS.c.person_id, "people")))
).subquery("joined")

_MEMBERSHIPS = (
    select(
        memberships.c.person_id,
        memberships.c.role,
        memberships.c.pseudonym,
        memberships.c.is_active,
        memberships.c.joined_at,
        *companies.c,
        _JOINED_THEIRS.c.joined,
    )
    .join(companies, companies.c.id == memberships.c.company_id)
    .outerjoin(_JOINED_THEIRS, _JOINED_THEIRS.c.company_id == memberships.c.company_id)
    .where(among(memberships.c.person_id, "people"), memberships.c.left_at.is_(None))
    .order_by(memberships.c.joined_at, companies.c.name)
)

_ASSIGNED = (
    select(company_courses.c.company_id, company_courses.c.course_id)
    .where(among(company_courses.c.company_id, "companies"))
    .order_by(company_courses.c.assigned_at, company_courses.c.position)
)

_SEPARATOR = "\n"

# One row for each enrollment, and one for each person with all lessons done.
_PROGRESS = union_all(
    select(
        enrollments.c.person_id,
        enrollments.c.course_id,
        enrollments.c.begun_at,
        enrollments.c.is_active,
        enrollments.c.finished_at,
        null().label("lessons"),
    ).where(among(enrollments.c.person_id, "people")),
    select(
        lesson_completions.c.person_id,
        null(),
        null(),
        null(),
        null(),
        func.aggregate_strings(lesson_completions.c.lesson_id, _SEPARATOR),
    )
    .where(among(lesson_completions.c.person_id, "people"))
    .group_by(lesson_completions.c.person_id),
)

_JOINED_INVITED = _JOINED.where(
    memberships.c.company_id.in_(select(invitations.c.company_id).where(among(invitations.c.code, "codes")))
).subquery("joined")

_INVITATIONS = (
    select(
        invitations.c.code,
        invitations.c.role,
        invitations.c.expires_at,
        invitations.c.used_at,
        *companies.c,
        _JOINED_INVITED.c.joined,
    )
    .outerjoin(companies, companies.c.id == invitations.c.company_id)
    .outerjoin(_JOINED_INVITED, _JOINED_INVITED.c.company_id == invitations.c.company_id)
    .where(among(invitations.c.code, "codes"))
)

_Found = Row[*tuple[Any, ...]]


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
    if connection.dialect.name == POSTGRESQL:
        _lock(connection, (keys.address for keys in wanted))
    rows = _addresses(connection, book, wanted)
    learners = {row.id: _Learner() for row in rows.values() if row.id}
    if learners:
        named = {"people": json_list(learners)}
        _add_companies(connection, named, learners)
        _add_progress(connection, named, learners)
    invited = load_invitations(connection, {keys.code for keys in wanted if keys.code})
    return [
        _memory(keys.address, rows.get(keys.address), learners, invited.get(keys.code) if keys.code else None)
        for keys in wanted
    ]


def _lock(connection: Connection, wanted: Iterable[Address]) -> None:
    # The row of a new address does not exist yet, so the lock is on its name. It ends with the transaction, and
    # all take theirs in the same order, so that two batches never wait for each other in a circle.
    names = {f"{address.channel}\0{address.id}" for address in wanted}
    keys = sorted(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True) for name in names)
    connection.execute(_LOCK, {"keys": json.dumps(keys)})


def _addresses(connection: Connection, book: AddressBook, wanted: Sequence[Keys]) -> dict[Address, _Found]:
    chats = json_list(keys.address.id for keys in wanted)
    rows = {Address(row.channel, row.chat): row for row in connection.execute(_ADDRESSES, {"chats": chats})}
    for address, row in rows.items():
        book.note(address, row.row_id, row.last_inbound_at)
    return rows


def _add_companies(connection: Connection, named: Mapping[str, str], learners: Mapping[str, _Learner]) -> None:
    firms: dict[str, Company] = {}
    for row in connection.execute(_MEMBERSHIPS, named):
        company = firms.get(row.id) or firms.setdefault(row.id, _company(row))
        learner = learners[row.person_id]
        if row.role == Role.TRAINER:
            learner.trained.append(company)
        else:
            learner.memberships.append(
                Membership(company, Role(row.role), row.pseudonym or "", row.is_active, row.joined_at)
            )
    active = {
        person_id: membership.company.id
        for person_id, learner in learners.items()
        for membership in learner.memberships
        if membership.is_active
    }
    if active:
        courses: dict[str, list[str]] = {}
        for company_id, course_id in connection.execute(_ASSIGNED, {"companies": json_list(active.values())}):
            courses.setdefault(company_id, []).append(course_id)
        for person_id, company_id in active.items():
            learners[person_id].assigned = tuple(courses.get(company_id, ()))


def _add_progress(connection: Connection, named: Mapping[str, str], learners: Mapping[str, _Learner]) -> None:
    for person_id, course_id, begun_at, is_active, finished_at, lessons in connection.execute(_PROGRESS, named):
        learner = learners[person_id]
        if lessons is None:
            learner.enrollments.append(Enrollment(course_id, begun_at, is_active, finished_at))
        else:
            learner.completed = frozenset(lessons.split(_SEPARATOR))


def load_invitations(connection: Connection, codes: Collection[str]) -> dict[str, Invitation]:
    """Return the invitations of these codes that there are."""
    if not codes:
        return {}
    return {
        row.code: Invitation(
            code=row.code,
            role=Role(row.role),
            company=_company(row) if row.id else None,
            expires_at=row.expires_at,
            used_at=row.used_at,
        )
        for row in connection.execute(_INVITATIONS, {"codes": json_list(codes)})
    }


def _memory(
    address: Address, row: _Found | None, learners: Mapping[str, _Learner], invitation: Invitation | None
) -> Memory:
    if row is None:
        return Memory(KnownAddress(address), Features(), (), invitation=invitation)
    known = KnownAddress(
        address=address,
        reach=Reach(row.reach),
        wrong_codes=tuple(datetime.fromisoformat(moment) for moment in row.wrong_codes),
        stop_told_on=row.stop_told_on,
        language_hint=row.language_hint,
    )
    if not row.id:
        return Memory(known, Features(), (), invitation=invitation)
    learner = learners[row.id]
    return Memory(
        address=known,
        features=Features(),
        fresh=(),
        person=_person(row),
        conversation=_conversation(row) if row.key else None,
        memberships=tuple(learner.memberships),
        assigned_courses=learner.assigned,
        trained_companies=tuple(learner.trained),
        enrollments=tuple(learner.enrollments),
        completed=learner.completed,
        invitation=invitation,
    )


def _person(row: _Found) -> Person:
    return Person(
        id=row.id,
        language=row.language,
        hour=row.hour,
        time_zone=row.time_zone,
        wants_reminders=row.wants_reminders,
        works_nights=row.works_nights,
        is_trainer=row.is_trainer,
        is_operator=row.is_operator,
        consented=row.consented,
    )


def _conversation(row: _Found) -> Conversation:
    offered = tuple((choice, label) for choice, label in row.offered)
    return Conversation(row.key, row.step, row.state, offered)


def _company(row: _Found) -> Company:
    return Company(
        id=row.id,
        name=row.name,
        country=row.country,
        time_zone=row.time_zone,
        headcount=row.headcount,
        languages=tuple(row.languages),
        joined=row.joined or 0,
    )
