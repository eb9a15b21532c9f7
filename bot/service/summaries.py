"""The one source of numbers: chat, export and pages all read them here, with the privacy rule applied inside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from bot.core.answer import normalized
from bot.core.course import Course, Lesson
from bot.core.errors import StoreProblem
from bot.core.evidence import Evidence
from bot.core.privacy import (
    OwnerView,
    Quarter,
    Team,
    TrainerView,
    counted_together,
    evidence_for_trainer,
    for_owner,
    for_trainer,
    lesson_of_week,
    quarter,
    together,
)
from bot.core.reminder import local
from bot.core.reminder import zone as zone_of
from bot.core.summary import CompanyCount, CompletionRow, team_of
from bot.ports import Catalogue, Clock, Reading, Store
from bot.repositories import UnitOfWork
from bot.service.calling import Call, Candidate, calls

WEEK = timedelta(days=7)
SOURCE = "en"
DueDates = Mapping[str, Sequence[tuple[str, date]]]
EXPORT_HEADER = ("company", "learner", "course", "lessons", "actions", "begun_on", "finished_on", "last_lesson_on")


@dataclass(frozen=True, slots=True)
class CompanyPage:
    """One company of at least three, learner by learner under pseudonyms, as a trainer may read it."""

    view: TrainerView
    company: str
    rows: tuple[CompletionRow, ...]


@dataclass(frozen=True, slots=True)
class TeamPage:
    """What an owner reads of a week: the numbers, the course, and the lesson that is current."""

    company: str
    monday: date
    view: OwnerView
    course: Course | None
    lesson: Lesson | None
    quarters: Mapping[str, Quarter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainerWeek:
    """A trainer's week: the lessons of it and of the one before, all that may be read, and whom to call."""

    began: date
    lessons: int
    lessons_before: int
    total: Team
    calls: tuple[Call, ...]


class Summaries:
    """Answers questions about numbers, and never more than the asker may know."""

    def __init__(self, store: Reading, catalogue: Catalogue, clock: Clock, keeps: Store | None = None) -> None:
        """Read from a store; `keeps` is where a week's numbers are kept for owners."""
        self._store, self._catalogue, self._clock, self._keeps = store, catalogue, clock, keeps

    async def for_trainer(self, trainer_id: str) -> TrainerView:
        """Return the counts of a trainer's companies; of all of them where no trainer is named."""
        companies, rows = await self._completion(trainer_id)
        return for_trainer(team_of(company, rows) for company in companies)

    async def evidence(self, trainer_id: str) -> Evidence:
        """Return what learning came to over a trainer's companies together: recall, actions, gain."""

        def read(uow: UnitOfWork) -> Evidence:
            companies = uow.numbers.companies(trainer_id or None)
            teams = {company.company_id: team_of(company, ()) for company in companies}
            return uow.evidence.of(counted_together(teams))

        return evidence_for_trainer(await self._store.read(read))

    async def of_company(self, trainer_id: str, name: str) -> CompanyPage | None:
        """Return one company by name, or None if it is not among the trainer's or its name fits several."""
        companies, rows = await self._completion(trainer_id)
        said = normalized(name)
        exact = [company for company in companies if normalized(company.company) == said]
        close = exact or [company for company in companies if said and said in normalized(company.company)]
        if len(close) != 1:
            return None
        found = close[0]
        view = for_trainer([team_of(found, rows)])
        mine = tuple(row for row in rows if row.company_id == found.company_id) if view.shown else ()
        return CompanyPage(view, found.company, mine)

    async def export(self, trainer_id: str) -> list[tuple[str | int, ...]]:
        """Return the rows of a trainer's export: learner by learner from three joined, smaller companies as one."""
        companies, rows = await self._completion(trainer_id)
        teams = {company.company_id: team_of(company, rows) for company in companies}
        readable = {company_id for company_id, team in teams.items() if team.is_readable}
        lines = [_line(row) for row in rows if row.company_id in readable]
        small = [team for company_id, team in teams.items() if company_id not in readable]
        if small and together(small).is_readable:
            pooled = together(small)
            lines.append((f"{len(small)} small companies together", "", "", pooled.lessons, pooled.actions, "", "", ""))
        return lines

    async def _completion(self, trainer_id: str) -> tuple[list[CompanyCount], list[CompletionRow]]:
        def read(uow: UnitOfWork) -> tuple[list[CompanyCount], list[CompletionRow]]:
            companies = uow.numbers.companies(trainer_id or None)
            return companies, uow.numbers.completion([company.company_id for company in companies])

        return await self._store.read(read)

    async def week_of(self, trainer_id: str, zone: str) -> TrainerWeek:
        """Return a trainer's last week in a zone, in the numbers and companies that may be read now."""
        now = self._clock.now()
        monday, today = _monday(now, zone), local(now, zone).date()
        starts = [day_begins(monday - weeks * WEEK, zone) for weeks in range(3)]

        def read(uow: UnitOfWork) -> tuple[list[CompanyCount], list[list[CompletionRow]], DueDates]:
            found = uow.numbers.companies(trainer_id or None)
            ids = [company.company_id for company in found]
            then = [uow.numbers.completion(ids, until=start) for start in starts]
            return found, [uow.numbers.completion(ids), *then], uow.numbers.due_dates(ids)

        companies, (rows, *before), due = await self._store.read(read)
        views = [for_trainer(team_of(company, known) for company in companies) for known in (rows, *before)]
        done = [view.total.lessons for view in views[1:]]
        courses = {course.id: course for course in self._catalogue.courses(SOURCE)}
        candidates = [
            _candidate(company, [row for row in rows if row.company_id == company.company_id], zone, courses, due)
            for company in companies
        ]
        called = calls(candidates, today)
        return TrainerWeek(monday - WEEK, done[0] - done[1], done[1] - done[2], views[0].total, called)

    # --- owners ---------------------------------------------------------------------------------------------------

    async def for_owner(self, company_id: str, language: str) -> TeamPage:
        """Return a company's numbers as they stood on Monday; they are the same all week, whoever comes or goes."""
        company, zone = await self._store.read(lambda uow: _company(uow, company_id))
        monday = _monday(self._clock.now(), zone)
        kept = await self._store.read(lambda uow: uow.numbers.snapshot(company_id, monday))
        courses = self._catalogue.courses(language)
        course = next((found for found in courses if found.id in company.courses), next(iter(courses), None))
        if kept is None:
            kept = await self._take_snapshot(company_id, monday, zone, course)
        numbers = json.loads(kept)
        view = OwnerView(
            numbers["is_team"],
            numbers["has_begun"],
            numbers["lessons"],
            numbers["actions"],
            Quarter(numbers["quarter"]),
        )
        course = next((found for found in courses if found.id == numbers["course"]), course)
        ordinary = course.ordinary() if course else ()
        place = lesson_of_week(view.quarter, len(ordinary), monday.toordinal() // 7)
        quarters = {course_id: Quarter(known) for course_id, known in numbers.get("quarters", {}).items()}
        return TeamPage(
            company.company, monday, view, course, ordinary[place] if ordinary else None, MappingProxyType(quarters)
        )

    async def _take_snapshot(self, company_id: str, monday: date, zone: str, course: Course | None) -> str:
        """Keep the week's numbers, so that nobody can be read out of a change between two looks."""
        until = day_begins(monday, zone)
        before = until - WEEK
        courses = self._catalogue.courses(SOURCE)

        def numbers(uow: UnitOfWork) -> str:
            # Who joined since does not count: two people's numbers would be read as a team's.
            company, _ = _company(uow, company_id, until)
            now_rows = uow.numbers.completion([company_id], until=until)
            then_rows = uow.numbers.completion([company_id], until=before)
            return _snapshot(company, course, courses, now_rows, then_rows)

        kept = await self._store.read(numbers)
        now = self._clock.now()
        if self._keeps is None:
            return kept
        try:
            await self._keeps.write(
                lambda transaction: transaction.run(
                    lambda uow: uow.numbers.keep_snapshot(company_id, monday, kept, now)
                )
            )
        except StoreProblem:
            # The owner gets the numbers all the same; the next look keeps them.
            return kept
        return kept


def _snapshot(
    company: CompanyCount,
    course: Course | None,
    courses: Sequence[Course],
    rows: list[CompletionRow],
    before: list[CompletionRow],
) -> str:
    ordinary = len(course.ordinary()) if course else 0
    done = sum(row.lessons for row in rows if course and row.course_id == course.id)
    week = (
        sum(row.lessons for row in rows) - sum(row.lessons for row in before),
        sum(row.actions for row in rows) - sum(row.actions for row in before),
    )
    joined, begun = company.joined, len({row.learner for row in rows})
    view = for_owner(joined=joined, begun=begun, week=week, done=done, possible=joined * ordinary)
    taken = [found for found in courses if found.id in company.courses] if view.is_team else []
    return json.dumps(
        {
            "is_team": view.is_team,
            "has_begun": view.has_begun,
            "lessons": view.lessons,
            "actions": view.actions,
            "quarter": view.quarter.value,
            "course": course.id if course else "",
            "quarters": {found.id: _quarter_of(found, company.joined, rows).value for found in taken},
        }
    )


def _quarter_of(course: Course, joined: int, rows: list[CompletionRow]) -> Quarter:
    done = sum(row.lessons for row in rows if row.course_id == course.id)
    return quarter(done, joined * len(course.ordinary()))


def _company(uow: UnitOfWork, company_id: str, until: datetime | None = None) -> tuple[CompanyCount, str]:
    found = uow.numbers.company(company_id, until=until)
    if found is None:
        raise StoreProblem("There is no such company any more.")
    return found


def _candidate(
    company: CompanyCount, rows: list[CompletionRow], zone: str, courses: Mapping[str, Course], due: DueDates
) -> Candidate:
    moments = [row.last_lesson_at or row.begun_at for row in rows]
    return Candidate(
        company.company,
        team_of(company, rows),
        local(max(moments), zone).date() if moments else None,
        tuple(
            (course_id, day, _quarter_of(courses[course_id], company.joined, rows))
            for course_id, day in due.get(company.company_id, ())
            if course_id in courses
        ),
    )


def day_begins(day: date, zone_name: str) -> datetime:
    """Return when a day begins in a zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(zone_name)).astimezone(UTC)


def _monday(now: datetime, zone: str) -> date:
    today = local(now, zone).date()
    return today - timedelta(days=today.weekday())


def _line(row: CompletionRow) -> tuple[str | int, ...]:
    return (
        row.company,
        row.learner,
        row.course_id,
        row.lessons,
        row.actions,
        row.begun_at.date().isoformat(),
        row.finished_at.date().isoformat() if row.finished_at else "",
        row.last_lesson_at.date().isoformat() if row.last_lesson_at else "",
    )
