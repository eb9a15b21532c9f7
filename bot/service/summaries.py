"""The one source of numbers: chat, export and pages all read them here, with the privacy rule applied inside."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.core.answer import normalized
from bot.core.course import Course, Lesson
from bot.core.errors import StoreProblem
from bot.core.evidence import Evidence
from bot.core.privacy import (
    OwnerView,
    Quarter,
    TrainerView,
    counted_together,
    evidence_for_trainer,
    for_owner,
    for_trainer,
    together,
)
from bot.core.reminder import local
from bot.core.summary import CompanyCount, CompletionRow, team_of
from bot.ports import Catalogue, Clock, Reading, Store
from bot.repositories import UnitOfWork

WEEK = timedelta(days=7)
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
        lesson = ordinary[min(numbers["current"], len(ordinary) - 1)] if ordinary else None
        return TeamPage(company.company, monday, view, course, lesson)

    async def _take_snapshot(self, company_id: str, monday: date, zone: str, course: Course | None) -> str:
        """Keep the week's numbers, so that nobody can be read out of a change between two looks."""
        start = datetime(monday.year, monday.month, monday.day, tzinfo=local(self._clock.now(), zone).tzinfo)
        until = start.astimezone(UTC)
        before = until - WEEK

        def numbers(uow: UnitOfWork) -> str:
            # Who joined since does not count: two people's numbers would be read as a team's.
            company, _ = _company(uow, company_id, until)
            now_rows = uow.numbers.completion([company_id], until=until)
            then_rows = uow.numbers.completion([company_id], until=before)
            return _snapshot(company, course, now_rows, then_rows)

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
    company: CompanyCount, course: Course | None, rows: list[CompletionRow], before: list[CompletionRow]
) -> str:
    ordinary = len(course.ordinary()) if course else 0
    done = sum(row.lessons for row in rows if course and row.course_id == course.id)
    week = (
        sum(row.lessons for row in rows) - sum(row.lessons for row in before),
        sum(row.actions for row in rows) - sum(row.actions for row in before),
    )
    joined, begun = company.joined, len({row.learner for row in rows})
    view = for_owner(joined=joined, begun=begun, week=week, done=done, possible=joined * ordinary)
    current = done // joined if view.is_team else 0
    return json.dumps(
        {
            "is_team": view.is_team,
            "has_begun": view.has_begun,
            "lessons": view.lessons,
            "actions": view.actions,
            "quarter": view.quarter.value,
            "course": course.id if course else "",
            "current": current,
        }
    )


def _company(uow: UnitOfWork, company_id: str, until: datetime | None = None) -> tuple[CompanyCount, str]:
    found = uow.numbers.company(company_id, until=until)
    if found is None:
        raise StoreProblem("There is no such company any more.")
    return found


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
