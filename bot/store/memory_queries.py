"""The statements that read what turns may know: six at most, whatever the size of a batch."""

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)

from bot.core.learner import ActionChoice, Company, Person, Rhythm, Role
from bot.store.columns import UtcDateTime, among
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
    review_cards,
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
FIELD = "\t"


def _joined_up(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """Return several columns of each row as one text, so that the rows of a person can be one row."""
    whole: ColumnElement[str] = cast(columns[0], Text)
    for column in columns[1:]:
        whole = whole + literal(FIELD) + func.coalesce(cast(column, Text), "")
    return func.aggregate_strings(whole, SEPARATOR)


_COURSES = (
    select(_joined_up(company_courses.c.course_id, company_courses.c.due_on))
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


_NOW = bindparam("now", type_=UtcDateTime)
# From the third day on an action is asked after, and after a fortnight never.
_ASKED_FROM, _ASKED_UNTIL = bindparam("asked_from", type_=UtcDateTime), bindparam("asked_until", type_=UtcDateTime)
_PLANS = (ActionChoice.TODAY.value, ActionChoice.TOMORROW.value)

ENROLLMENT, LESSONS, REVIEWS, FOLLOW_UPS = "enrollment", "lessons", "reviews", "follow_ups"


def _listed(kind: str, person: ColumnElement[str], *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return a row for each person with all their rows of a table in one text."""
    none = (null() for _ in range(4))
    return select(literal(kind), person, *none, _joined_up(*columns)).where(among(person, "people")).group_by(person)


# One row for each enrollment, and one for each person with all lessons done, all reviews and follow-ups due.
PROGRESS = union_all(
    select(
        literal(ENROLLMENT),
        enrollments.c.person_id,
        enrollments.c.course_id,
        enrollments.c.begun_at,
        enrollments.c.is_active,
        enrollments.c.finished_at,
        case((enrollments.c.answered_before, enrollments.c.course_id)).label("rest"),
    ).where(among(enrollments.c.person_id, "people")),
    _listed(LESSONS, lesson_completions.c.person_id, lesson_completions.c.lesson_id),
    _listed(
        REVIEWS,
        review_cards.c.person_id,
        review_cards.c.lesson_id,
        review_cards.c.question_id,
        review_cards.c.course_id,
        review_cards.c.stability,
        review_cards.c.difficulty,
        review_cards.c.due_at,
        review_cards.c.reviewed_at,
    ).where(review_cards.c.due_at <= _NOW),
    _listed(
        FOLLOW_UPS,
        lesson_completions.c.person_id,
        lesson_completions.c.course_id,
        lesson_completions.c.lesson_id,
        lesson_completions.c.completed_at,
    ).where(
        lesson_completions.c.asked_at.is_(None),
        lesson_completions.c.action.in_(_PLANS),
        lesson_completions.c.completed_at.between(_ASKED_FROM, _ASKED_UNTIL),
    ),
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
