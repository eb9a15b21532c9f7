"""The statements that read what turns may know: six at most, whatever the size of a batch."""

from dataclasses import fields

from sqlalchemy import and_, func, null, select, text, union_all

from bot.core.learner import Company, Person, Rhythm, Role
from bot.store.columns import among
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
    rhythms,
)

LOCK = text("SELECT pg_advisory_xact_lock(key::bigint) FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS key")

# Rows are unpacked by place, which is twice as quick as by name at 200 rows a batch: the columns stand in the order
# of the fields of `Person`, `Company` and the others.
_PERSON = tuple(people.c[one.name] for one in fields(Person))
_RHYTHM = tuple(rhythms.c[one.name] for one in fields(Rhythm))
_COMPANY = tuple(companies.c[one.name] for one in fields(Company) if one.name != "joined")

ADDRESSES = (
    select(
        addresses.c.channel,
        addresses.c.chat,
        addresses.c.id.label("row_id"),
        addresses.c.last_inbound_at,
        addresses.c.reach,
        addresses.c.wrong_codes,
        addresses.c.stop_told_on,
        addresses.c.language_hint,
        addresses.c.contacted_at,
        conversations.c.key,
        conversations.c.step,
        conversations.c.state,
        conversations.c.offered,
        *_RHYTHM,
        *_PERSON,
    )
    .outerjoin(rhythms, rhythms.c.person_id == addresses.c.active_person_id)
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

SEPARATOR = "\n"
_COURSES = (
    select(func.aggregate_strings(company_courses.c.course_id, SEPARATOR))
    .where(company_courses.c.company_id == companies.c.id)
    .scalar_subquery()
)

MEMBERSHIPS = (
    select(
        memberships.c.person_id,
        memberships.c.role,
        memberships.c.pseudonym,
        memberships.c.is_active,
        memberships.c.joined_at,
        _COURSES,
        *_COMPANY,
        _JOINED_THEIRS.c.joined,
    )
    .join(companies, companies.c.id == memberships.c.company_id)
    .outerjoin(_JOINED_THEIRS, _JOINED_THEIRS.c.company_id == memberships.c.company_id)
    .where(among(memberships.c.person_id, "people"), memberships.c.left_at.is_(None))
    .order_by(memberships.c.joined_at, companies.c.name)
)


# One row for each enrollment, and one for each person with all lessons done.
PROGRESS = union_all(
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
        func.aggregate_strings(lesson_completions.c.lesson_id, SEPARATOR),
    )
    .where(among(lesson_completions.c.person_id, "people"))
    .group_by(lesson_completions.c.person_id),
)

_JOINED_INVITED = _JOINED.where(
    memberships.c.company_id.in_(select(invitations.c.company_id).where(among(invitations.c.code, "codes")))
).subquery("joined")

INVITATIONS = (
    select(
        invitations.c.code,
        invitations.c.role,
        invitations.c.expires_at,
        invitations.c.used_at,
        *_COMPANY,
        _JOINED_INVITED.c.joined,
    )
    .outerjoin(companies, companies.c.id == invitations.c.company_id)
    .outerjoin(_JOINED_INVITED, _JOINED_INVITED.c.company_id == invitations.c.company_id)
    .where(among(invitations.c.code, "codes"))
)
