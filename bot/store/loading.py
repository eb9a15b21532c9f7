"""Read what turns may know, for a whole batch at once, and put it together for each turn.

What cannot give anything is not asked: nobody known, no code named.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection

from bot.core.learner import (
    Company,
    Conversation,
    Enrollment,
    FollowUp,
    Invitation,
    KnownAddress,
    Membership,
    Memory,
    NudgeKind,
    Person,
    Reach,
    ReviewCard,
    Rhythm,
    Role,
)
from bot.core.messages import Address, Features
from bot.rows import Keys
from bot.store.addresses import AddressBook
from bot.store.columns import POSTGRESQL, json_list
from bot.store.memory_queries import (
    ADDRESSES,
    ENROLLMENT,
    FIELD,
    INVITATIONS,
    LESSONS,
    LOCK,
    MEMBERSHIPS,
    PROGRESS,
    REVIEWS,
    SEPARATOR,
)

# The service fills in what the channel can do.
_FEATURES = Features()
# After the address: a conversation of four columns, a rhythm, a person.
_TO_PERSON = 4 + len(fields(Rhythm))
# Who only wants to know where somebody stands asks for nothing that comes back.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# An action is asked after from the third local day on, which the core counts: it can begin when two days have passed.
# After a fortnight it is never asked after: no backlog waits for who was away.
ASKED_AFTER, NEVER_AFTER = timedelta(days=2), timedelta(days=14)


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
    due_on: tuple[tuple[str, date], ...] = ()
    enrollments: list[Enrollment] = field(default_factory=list)
    completed: frozenset[str] = frozenset()
    reviews: tuple[ReviewCard, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()


def load_memories(
    connection: Connection, book: AddressBook, wanted: Sequence[Keys], now: datetime | None
) -> list[Memory]:
    """Return one memory per wanted address, in the same order, with what comes back at that moment."""
    found = _addresses(connection, book, wanted)
    learners = {one.person.id: _Learner() for one in found.values() if one.person}
    if learners:
        named = {"people": json_list(learners)}
        _add_companies(connection, named, learners)
        _add_progress(connection, named, learners, now or _LONG_AGO)
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
            taken = [_fields(one) for one in sorted(courses.split(SEPARATOR))]
            learner.assigned = tuple(course_id for course_id, _ in taken)
            learner.due_on = tuple((course_id, date.fromisoformat(day)) for course_id, day in taken if day)


def _add_progress(
    connection: Connection, named: Mapping[str, str], learners: Mapping[str, _Learner], now: datetime
) -> None:
    window = {"now": now, "asked_from": now - NEVER_AFTER, "asked_until": now - ASKED_AFTER}
    for kind, person_id, course_id, begun_at, is_active, finished_at, rest in connection.execute(
        PROGRESS, {**named, **window}
    ):
        learner = learners[person_id]
        if kind == ENROLLMENT:
            learner.enrollments.append(Enrollment(course_id, begun_at, is_active, finished_at, rest is not None))
        elif kind == LESSONS:
            learner.completed = frozenset(rest.split(SEPARATOR))
        elif kind == REVIEWS:
            learner.reviews = tuple(_review(one) for one in rest.split(SEPARATOR))
        else:
            found = (_fields(one) for one in rest.split(SEPARATOR))
            plans = (FollowUp(course, lesson, _moment(chosen)) for course, lesson, chosen in found)
            learner.follow_ups = tuple(sorted(plans, key=lambda plan: (plan.chosen_at, plan.lesson_id)))


def _review(text: str) -> ReviewCard:
    lesson, question, course, stability, difficulty, due_at, reviewed_at = _fields(text)
    return ReviewCard(
        lesson, question, course, float(stability), float(difficulty), _moment(due_at), _moment(reviewed_at)
    )


def _fields(text: str) -> list[str]:
    return text.split(FIELD)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


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
        reviews=learner.reviews,
        follow_ups=learner.follow_ups,
        due_on=learner.due_on,
        invitation=invitation,
        rhythm=found.rhythm,
    )


def _company(row: Sequence[Any]) -> Company:
    company_id, name, country, time_zone, headcount, languages, nudge, nudged_at, asks_gain, joined = row
    return Company(
        company_id,
        name,
        country,
        time_zone,
        headcount,
        tuple(languages.split()),
        joined or 0,
        NudgeKind(nudge) if nudge else None,
        nudged_at,
        asks_gain,
    )
