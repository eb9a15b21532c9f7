"""What reports are made of. Summaries, pages and exports all read the view `completion`, so they cannot differ."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select, true

from bot.core.learner import FollowUpAnswer, Reach, Role
from bot.core.messages import Address
from bot.core.summary import CompanyCount, CompletionRow
from bot.rows import KeptAbout, Sending
from bot.store.bulk import bulk_upsert
from bot.store.tables import (
    address_people,
    addresses,
    attempts,
    companies,
    company_courses,
    completion,
    enrollments,
    inbox,
    invitations,
    lesson_completions,
    memberships,
    outbox,
    people,
    review_cards,
    snapshots,
)

_WORKS_HERE = and_(memberships.c.role == Role.WORKER.value, memberships.c.left_at.is_(None))

# Somebody with two addresses counts once, by the one that can be reached best.
_RANKS = {Reach.REACHABLE.value: 3, Reach.STOPPED.value: 2, Reach.UNREACHABLE.value: 1}
_RANK = case(_RANKS, value=addresses.c.reach)
_WORKERS = (
    select(memberships.c.company_id, memberships.c.person_id, func.coalesce(func.max(_RANK), 1).label("rank"))
    .outerjoin(address_people, address_people.c.person_id == memberships.c.person_id)
    .outerjoin(addresses, addresses.c.id == address_people.c.address_id)
    .where(_WORKS_HERE)
    .group_by(memberships.c.company_id, memberships.c.person_id)
)
_COMPLETION = tuple(column.name for column in completion.c)
_KEEP_SNAPSHOT = bulk_upsert(snapshots)


def _said_done(until: datetime) -> ColumnElement[bool]:
    """Say of a lesson whether its action was said to be done, when it was asked after before that moment."""
    done = lesson_completions
    return and_(done.c.outcome == FollowUpAnswer.DONE.value, done.c.asked_at < until)


def completion_before(until: datetime) -> Select[Any]:
    """Return what the view `completion` would have said at that moment, of those who are members now.

    It is the expression of the view with the time added; a test holds the two together.
    """
    done, begun = lesson_completions, enrollments
    return (
        select(
            memberships.c.company_id,
            companies.c.name.label("company"),
            memberships.c.pseudonym.label("learner"),
            begun.c.course_id,
            func.count(done.c.lesson_id).label("lessons"),
            func.count(case((_said_done(until), 1))).label("actions"),
            begun.c.begun_at,
            case((begun.c.finished_at < until, begun.c.finished_at)).label("finished_at"),
            func.max(done.c.completed_at).label("last_lesson_at"),
        )
        .select_from(memberships)
        .join(companies, companies.c.id == memberships.c.company_id)
        .join(begun, begun.c.person_id == memberships.c.person_id)
        .outerjoin(
            done,
            and_(
                done.c.person_id == begun.c.person_id,
                done.c.course_id == begun.c.course_id,
                done.c.completed_at < until,
            ),
        )
        .where(_WORKS_HERE, memberships.c.joined_at < until, begun.c.begun_at < until)
        .group_by(
            memberships.c.company_id,
            companies.c.name,
            memberships.c.person_id,
            memberships.c.pseudonym,
            begun.c.course_id,
            begun.c.begun_at,
            begun.c.finished_at,
        )
    )


class Numbers:
    """The repository of numbers. It knows no rule of privacy: that is applied by who asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def companies(self, trainer_id: str | None) -> list[CompanyCount]:
        """Return the companies assigned to a trainer, or all of them, by name."""
        if trainer_id is None:
            return self._counted()
        mine = select(memberships.c.company_id).where(
            memberships.c.person_id == trainer_id,
            memberships.c.role == Role.TRAINER.value,
            memberships.c.left_at.is_(None),
        )
        return self._counted(companies.c.id.in_(mine))

    def company(self, company_id: str, *, until: datetime | None = None) -> tuple[CompanyCount, str] | None:
        """Return one company and its time zone, counting only members of now who had joined before `until`."""
        found = self._counted(companies.c.id == company_id, until=until)
        zone = select(companies.c.time_zone).where(companies.c.id == company_id)
        return (found[0], self._connection.execute(zone).scalar_one()) if found else None

    def worker_code(self, company_id: str) -> str | None:
        """Return the open join code of a company's poster."""
        return self._newest_code(company_id, Role.WORKER)

    def owner_code(self, company_id: str) -> str | None:
        """Return the newest unused owner's code of a company."""
        return self._newest_code(company_id, Role.OWNER)

    def completion(self, company_ids: Sequence[str], *, until: datetime | None = None) -> list[CompletionRow]:
        """Return the rows of the view for these companies, counting only what was done before `until`."""
        rows = completion if until is None else completion_before(until).subquery()
        asked = (
            select(*(rows.c[name] for name in _COMPLETION))
            .where(rows.c.company_id.in_(list(company_ids)))
            .order_by(rows.c.company, rows.c.company_id, rows.c.learner, rows.c.course_id)
        )
        return [CompletionRow(*row) for row in self._connection.execute(asked)]

    def snapshot(self, company_id: str, week: date) -> str | None:
        """Return the kept numbers of a company's week, as JSON."""
        return self._connection.execute(
            select(snapshots.c.numbers).where(snapshots.c.company_id == company_id, snapshots.c.week == week)
        ).scalar()

    def due_dates(self, company_ids: Sequence[str]) -> Mapping[str, Sequence[tuple[str, date]]]:
        """Return the days by which companies are to have done their courses."""
        taken = company_courses
        asked = select(taken.c.company_id, taken.c.course_id, taken.c.due_on).where(
            taken.c.company_id.in_(list(company_ids)), taken.c.due_on.is_not(None)
        )
        found: dict[str, list[tuple[str, date]]] = {}
        for company_id, course_id, due_on in self._connection.execute(asked.order_by(taken.c.due_on)):
            found.setdefault(company_id, []).append((course_id, due_on))
        return found

    def keep_snapshot(self, company_id: str, week: date, numbers: str, at: datetime) -> None:
        """Keep a week's numbers; what is there already stays."""
        _KEEP_SNAPSHOT(self._connection, [{"company_id": company_id, "week": week, "numbers": numbers, "at": at}])

    def kept_about(self, person_id: str) -> KeptAbout | None:
        """Return what `/mydata` tells."""
        person = self._connection.execute(select(people).where(people.c.id == person_id)).one_or_none()
        if person is None:
            return None
        member = self._connection.execute(
            select(companies.c.name, memberships.c.role, memberships.c.joined_at)
            .join(companies, companies.c.id == memberships.c.company_id)
            .where(memberships.c.person_id == person_id, memberships.c.left_at.is_(None))
            .order_by(memberships.c.joined_at, companies.c.name)
        ).all()
        lessons, answers, oldest, finished, reviews = self._done(person_id)
        roles = [row.role for row in member]
        roles += [Role.TRAINER.value] * person.is_trainer + [Role.OPERATOR.value] * person.is_operator
        return KeptAbout(
            language=person.language,
            hour=person.hour.strftime("%H:%M") if person.hour else None,
            wants_reminders=person.wants_reminders,
            companies=tuple(dict.fromkeys(row.name for row in member)),
            joined_on=member[0].joined_at.date() if member else None,
            lessons=lessons,
            answers=answers,
            oldest_answer=oldest.date() if oldest else None,
            courses_finished=finished,
            roles=tuple(dict.fromkeys(roles)),
            reviews=reviews,
        )

    def operators(self) -> list[Address]:
        """Return where the operators can be reached."""
        asked = (
            select(addresses.c.channel, addresses.c.chat)
            .join(people, people.c.id == addresses.c.active_person_id)
            .where(people.c.is_operator.is_(True), addresses.c.reach == Reach.REACHABLE.value)
            .order_by(addresses.c.id)
        )
        return [Address(*row) for row in self._connection.execute(asked)]

    def totals(self) -> Mapping[str, int]:
        """Return how many people, companies, events, answers and messages there are."""
        counted = {
            "people": select(func.count()).select_from(people),
            "companies": select(func.count()).select_from(companies),
            "events": select(func.count()).select_from(inbox),
            "answers": select(func.count()).select_from(attempts),
            "messages": select(func.count()).select_from(outbox).where(outbox.c.state == Sending.SENT.value),
        }
        row = self._connection.execute(
            select(*(asked.scalar_subquery().label(name) for name, asked in counted.items()))
        ).one()
        return dict(zip(counted, row, strict=True))

    def _newest_code(self, company_id: str, role: Role) -> str | None:
        return self._connection.execute(
            select(invitations.c.code)
            .where(
                invitations.c.company_id == company_id,
                invitations.c.role == role.value,
                invitations.c.used_at.is_(None),
            )
            .order_by(invitations.c.made_at.desc(), invitations.c.code)
            .limit(1)
        ).scalar()

    def _counted(self, *conditions: ColumnElement[bool], until: datetime | None = None) -> list[CompanyCount]:
        asked = select(companies.c.id).where(*conditions)
        had_joined = true() if until is None else memberships.c.joined_at < until
        workers = _WORKERS.where(memberships.c.company_id.in_(asked), had_joined).subquery()
        rows = self._connection.execute(
            select(
                companies.c.id,
                companies.c.name,
                companies.c.country,
                func.count(workers.c.person_id).label("joined"),
                *(func.count(case((workers.c.rank == rank, 1))).label(name) for name, rank in _RANKS.items()),
            )
            .outerjoin(workers, workers.c.company_id == companies.c.id)
            .where(*conditions)
            .group_by(companies.c.id, companies.c.name, companies.c.country)
            .order_by(companies.c.name, companies.c.id)
        ).all()
        courses = self._courses([row.id for row in rows])
        return [
            CompanyCount(
                company_id=row.id,
                company=row.name,
                country=row.country,
                joined=row.joined,
                reachable=row.reachable,
                unreachable=row.unreachable,
                stopped=row.stopped,
                courses=courses.get(row.id, ()),
            )
            for row in rows
        ]

    def _courses(self, company_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for company_id, course_id in self._connection.execute(
            select(company_courses.c.company_id, company_courses.c.course_id)
            .where(company_courses.c.company_id.in_(list(company_ids)))
            .order_by(company_courses.c.assigned_at, company_courses.c.position)
        ):
            found[company_id] = (*found.get(company_id, ()), course_id)
        return found

    def _done(self, person_id: str) -> Row[*tuple[Any, ...]]:
        lessons = select(func.count()).where(lesson_completions.c.person_id == person_id).scalar_subquery()
        finished = (
            select(func.count())
            .where(enrollments.c.person_id == person_id, enrollments.c.finished_at.is_not(None))
            .scalar_subquery()
        )
        cards = select(func.count()).where(review_cards.c.person_id == person_id).scalar_subquery()
        answers = select(lessons, func.count(), func.min(attempts.c.at), finished, cards).where(
            attempts.c.person_id == person_id
        )
        return self._connection.execute(answers).one()
