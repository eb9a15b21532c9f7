"""What each kind of fact writes. A kind is one function and one line in the table at the end.

A function gets all facts of its kind in a batch and writes them in one or two statements; a kind that does not
occur costs nothing. All may be written twice without harm, except attempts, which are only ever added.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, false, null, update

from bot.core.facts import (
    Attempted,
    Audited,
    CompanyMade,
    Consented,
    CourseAssigned,
    CourseFinished,
    Enrolled,
    InvitationMade,
    InvitationUsed,
    Joined,
    LeftCompany,
    LessonCompleted,
    LessonRated,
    MistakeReported,
    RhythmKept,
)
from bot.core.learner import Rhythm, Role
from bot.store.bulk import bulk_insert, bulk_update, bulk_upsert
from bot.store.columns import among, json_list
from bot.store.faults import Overtaken
from bot.store.tables import (
    attempts,
    audit,
    companies,
    company_courses,
    consents,
    counters,
    enrollments,
    invitations,
    lesson_completions,
    memberships,
    people,
    rhythms,
)

_MEMBER_ROLES = (Role.WORKER.value, Role.OWNER.value)

_ADD_COMPANIES = bulk_insert(companies)
_ADD_INVITATIONS = bulk_insert(invitations)
_ADD_ATTEMPTS = bulk_insert(attempts)
_ADD_AUDIT = bulk_insert(audit)
_ADD_CONSENTS = bulk_upsert(consents)
_ADD_COURSES = bulk_upsert(company_courses)
_ADD_COMPLETIONS = bulk_upsert(lesson_completions)
_COUNT = bulk_upsert(counters, changes=lambda new: {"count": counters.c.count + new.count})
_ENROLL = bulk_upsert(enrollments, update=["is_active"])
_RHYTHM_COLUMNS = tuple(one.name for one in fields(Rhythm))
_KEEP_RHYTHMS = bulk_upsert(rhythms, update=_RHYTHM_COLUMNS, changes=lambda _: {"claimed_until": null()})
_JOIN = bulk_upsert(
    memberships,
    update=["pseudonym", "is_active", "left_at"],
    changes=lambda new: {
        "joined_at": case((memberships.c.left_at.is_(None), memberships.c.joined_at), else_=new.joined_at)
    },
)

_ACCEPTED = update(people).where(among(people.c.id, "people")).values(consented=True)
_NO_LONGER_ACTIVE = (
    update(memberships)
    .where(among(memberships.c.person_id, "people"), memberships.c.role.in_(_MEMBER_ROLES))
    .values(is_active=False)
)
_NO_COURSE_ACTIVE = update(enrollments).where(among(enrollments.c.person_id, "people")).values(is_active=False)
_LEAVE = bulk_update(
    update(memberships)
    .where(
        memberships.c.person_id == bindparam("person"),
        memberships.c.company_id == bindparam("company"),
        memberships.c.role != bindparam("trainer"),
        memberships.c.left_at.is_(None),
    )
    .values(left_at=bindparam("now"), is_active=false())
)
_FINISH = bulk_update(
    update(enrollments)
    .where(
        enrollments.c.person_id == bindparam("person"),
        enrollments.c.course_id == bindparam("course"),
        enrollments.c.finished_at.is_(None),
    )
    .values(finished_at=bindparam("now"))
)
_USE = (
    update(invitations)
    .where(among(invitations.c.code, "codes"), invitations.c.used_at.is_(None))
    .values(used_at=bindparam("now"))
    .returning(invitations.c.code)
)


def _companies_made(connection: Connection, facts: Sequence[CompanyMade], now: datetime) -> None:
    _ADD_COMPANIES(
        connection,
        [
            {
                "id": fact.company.id,
                "name": fact.company.name,
                "country": fact.company.country,
                "time_zone": fact.company.time_zone,
                "headcount": fact.company.headcount,
                "languages": " ".join(fact.company.languages),
                "made_at": now,
            }
            for fact in facts
        ],
    )
    # A company made from the shell may have no trainer yet.
    trained = [
        _membership(fact.trainer_id, fact.company.id, Role.TRAINER, None, now) for fact in facts if fact.trainer_id
    ]
    if trained:
        _JOIN(connection, trained)


def _courses_assigned(connection: Connection, facts: Sequence[CourseAssigned], now: datetime) -> None:
    _ADD_COURSES(
        connection,
        [
            {"company_id": fact.company_id, "course_id": fact.course_id, "assigned_at": now, "position": position}
            for position, fact in enumerate(facts)
        ],
    )


def _invitations_made(connection: Connection, facts: Sequence[InvitationMade], now: datetime) -> None:
    _ADD_INVITATIONS(
        connection,
        [
            {
                "code": fact.code,
                "role": fact.role.value,
                "company_id": fact.company_id,
                "made_at": now,
                "expires_at": fact.expires_at,
            }
            for fact in facts
        ],
    )


def _invitations_used(connection: Connection, facts: Sequence[InvitationUsed], now: datetime) -> None:
    codes = [fact.code for fact in facts]
    used = connection.execute(_USE, {"codes": json_list(codes), "now": now}).all()
    if len(used) < len(codes):
        raise Overtaken("An invitation was used by somebody else in the same moment.")


def _consented(connection: Connection, facts: Sequence[Consented], now: datetime) -> None:
    _ADD_CONSENTS(connection, [{"person_id": fact.person_id, "wording": fact.wording, "at": now} for fact in facts])
    connection.execute(_ACCEPTED, {"people": json_list(fact.person_id for fact in facts)})


def _left(connection: Connection, facts: Sequence[LeftCompany], now: datetime) -> None:
    left = {"trainer": Role.TRAINER.value, "now": now}
    _LEAVE(connection, [{"person": fact.person_id, "company": fact.company_id, **left} for fact in facts])


def _joined(connection: Connection, facts: Sequence[Joined], now: datetime) -> None:
    members = [fact.person_id for fact in facts if fact.role.value in _MEMBER_ROLES]
    if members:
        connection.execute(_NO_LONGER_ACTIVE, {"people": json_list(members)})
    _JOIN(
        connection,
        [_membership(fact.person_id, fact.company_id, fact.role, fact.pseudonym, now) for fact in facts],
    )


def _membership(person_id: str, company_id: str, role: Role, pseudonym: str | None, now: datetime) -> dict[str, Any]:
    is_member = role.value in _MEMBER_ROLES
    return {
        "person_id": person_id,
        "company_id": company_id,
        "role": role.value,
        "pseudonym": pseudonym if is_member else None,
        "is_active": is_member,
        "joined_at": now,
        "left_at": None,
    }


def _enrolled(connection: Connection, facts: Sequence[Enrolled], now: datetime) -> None:
    connection.execute(_NO_COURSE_ACTIVE, {"people": json_list(fact.person_id for fact in facts)})
    active = {fact.person_id: fact.course_id for fact in facts}
    _ENROLL(
        connection,
        [
            {
                "person_id": fact.person_id,
                "course_id": fact.course_id,
                "begun_at": now,
                "is_active": active[fact.person_id] == fact.course_id,
            }
            for fact in facts
        ],
    )


def _attempted(connection: Connection, facts: Sequence[Attempted], now: datetime) -> None:
    _ADD_ATTEMPTS(
        connection,
        [
            {
                "person_id": fact.person_id,
                "course_id": fact.course_id,
                "lesson_id": fact.lesson_id,
                "question_id": fact.question_id,
                "version": fact.version,
                "chosen": fact.chosen,
                "verdict": fact.verdict,
                "language": fact.language,
                "at": now,
            }
            for fact in facts
        ],
    )


def _lessons_completed(connection: Connection, facts: Sequence[LessonCompleted], now: datetime) -> None:
    _ADD_COMPLETIONS(
        connection,
        [
            {
                "person_id": fact.person_id,
                "lesson_id": fact.lesson_id,
                "course_id": fact.course_id,
                "action": fact.action.value,
                "language": fact.language,
                "completed_at": now,
            }
            for fact in facts
        ],
    )


def _courses_finished(connection: Connection, facts: Sequence[CourseFinished], now: datetime) -> None:
    _FINISH(connection, [{"person": fact.person_id, "course": fact.course_id, "now": now} for fact in facts])


def _counted(connection: Connection, facts: Sequence[LessonRated | MistakeReported], now: datetime) -> None:  # noqa: ARG001
    counted: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if isinstance(fact, LessonRated):
            counted["rating", f"{fact.course_id}/{fact.lesson_id}/{fact.rating}"] += 1
        else:
            counted["mistake", f"{fact.course_id}/{fact.lesson_id}/{fact.card}/{fact.language}"] += 1
    # In one order everywhere, so that two batches never wait for each other in a circle.
    _COUNT(connection, [{"name": name, "key": key, "count": n} for (name, key), n in sorted(counted.items())])


def _audited(connection: Connection, facts: Sequence[Audited], now: datetime) -> None:
    _ADD_AUDIT(
        connection,
        [{"actor_id": fact.actor_id, "action": fact.action, "subject": fact.subject, "at": now} for fact in facts],
    )


def _rhythms_kept(connection: Connection, facts: Sequence[RhythmKept], _now: datetime) -> None:
    last = {fact.person_id: fact.rhythm for fact in facts}
    columns = {person: {name: getattr(rhythm, name) for name in _RHYTHM_COLUMNS} for person, rhythm in last.items()}
    _KEEP_RHYTHMS(connection, [{"person_id": person, **values} for person, values in columns.items()])


Keeper = Callable[[Connection, Sequence[Any], datetime], None]

# In the order in which rows may refer to each other. Addresses and people are kept before these, by `saving`,
# and who is forgotten is forgotten after them. A begun lesson keeps nothing here: its version is kept by itself.
KEEPERS: tuple[tuple[tuple[type, ...], Keeper], ...] = (
    ((CompanyMade,), _companies_made),
    ((CourseAssigned,), _courses_assigned),
    ((InvitationMade,), _invitations_made),
    ((InvitationUsed,), _invitations_used),
    ((Consented,), _consented),
    ((LeftCompany,), _left),
    ((Joined,), _joined),
    ((Enrolled,), _enrolled),
    ((Attempted,), _attempted),
    ((LessonCompleted,), _lessons_completed),
    ((CourseFinished,), _courses_finished),
    ((LessonRated, MistakeReported), _counted),
    ((Audited,), _audited),
    ((RhythmKept,), _rhythms_kept),
)
