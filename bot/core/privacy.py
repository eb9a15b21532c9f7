"""The privacy rule: what an owner and a trainer may read of other people's learning. It stands here and nowhere else.

Owners read what a team of at least three has done, in lessons, actions and quarters, never who. Trainers read counts
of companies of at least three; smaller ones stand together, and where even these are fewer than three people, only
that there are some. What people remember and what a course changed is for trainers alone, of ten people at least, over
all their companies together. Speed and refusals are in none of these records, so they cannot be read at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.evidence import Evidence

SMALLEST_TEAM = 3
SMALLEST_POOL = 10


@dataclass(frozen=True, slots=True)
class Team:
    """The counts of one company, or of several small ones together.

    `joined` are workers who joined; `begun` and `finished` are people with a course begun or finished; `lessons` and
    `actions` are totals; the delivery states count addresses.
    """

    companies: tuple[str, ...]
    joined: int
    begun: int
    finished: int
    lessons: int
    actions: int
    unreachable: int = 0
    stopped: int = 0

    @property
    def is_readable(self) -> bool:
        """Say whether the group is large enough for its numbers to name nobody."""
        return self.joined >= SMALLEST_TEAM


@dataclass(frozen=True, slots=True)
class TrainerView:
    """What a trainer reads: companies of their own, and the small ones as one. `pooled` is None if there are none."""

    shown: tuple[Team, ...]
    pooled: Team | None

    @property
    def total(self) -> Team:
        """Return the sum of all that may be read."""
        groups = [*self.shown, *([self.pooled] if self.pooled and self.pooled.is_readable else [])]
        return together(groups)


def for_trainer(teams: Iterable[Team]) -> TrainerView:
    """Return the companies that may stand alone, and all others as one."""
    known = list(teams)
    small = [team for team in known if not team.is_readable]
    return TrainerView(tuple(team for team in known if team.is_readable), together(small) if small else None)


def together(teams: Sequence[Team]) -> Team:
    """Return several companies as one."""
    return Team(
        companies=tuple(name for team in teams for name in team.companies),
        joined=sum(team.joined for team in teams),
        begun=sum(team.begun for team in teams),
        finished=sum(team.finished for team in teams),
        lessons=sum(team.lessons for team in teams),
        actions=sum(team.actions for team in teams),
        unreachable=sum(team.unreachable for team in teams),
        stopped=sum(team.stopped for team in teams),
    )


def counted_together(teams: Mapping[str, Team]) -> tuple[str, ...]:
    """Return of companies, by their ids, those whose people may be counted together in what a trainer reads.

    They are the ones whose counts are read, so that no difference of two numbers is a small company's.
    """
    small = [company_id for company_id, team in teams.items() if not team.is_readable]
    if together([teams[company_id] for company_id in small]).is_readable:
        return tuple(teams)
    return tuple(company_id for company_id in teams if company_id not in small)


def evidence_for_trainer(found: Evidence) -> Evidence:
    """Return what a trainer may read: answers from ten people on, what became of actions from three on, as counts."""
    return Evidence(
        week=found.week if found.week and found.week.people >= SMALLEST_POOL else None,
        month=found.month if found.month and found.month.people >= SMALLEST_POOL else None,
        outcomes=found.outcomes if found.outcomes and found.outcomes.people >= SMALLEST_TEAM else None,
        gain=found.gain if found.gain and found.gain.people >= SMALLEST_POOL else None,
    )


class Quarter(StrEnum):
    """How much of a course a team has done, as an owner reads it."""

    QUIET = "quiet"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    LAST = "last"
    ALL = "all"


def quarter(done: int, possible: int) -> Quarter:
    """Return the quarter that a share lies in."""
    if possible <= 0 or done <= 0:
        return Quarter.QUIET
    if done >= possible:
        return Quarter.ALL
    return (Quarter.FIRST, Quarter.SECOND, Quarter.THIRD, Quarter.LAST)[min(4 * done // possible, 3)]


@dataclass(frozen=True, slots=True)
class OwnerView:
    """What an owner reads of a week. Without `is_team`, only whether the team has begun."""

    is_team: bool
    has_begun: bool
    lessons: int = 0
    actions: int = 0
    quarter: Quarter = Quarter.QUIET


def for_owner(*, joined: int, begun: int, week: tuple[int, int], done: int, possible: int) -> OwnerView:
    """Return an owner's view; `week` are the lessons and actions of last week, `done` of `possible` the course's."""
    if joined < SMALLEST_TEAM:
        return OwnerView(is_team=False, has_begun=begun > 0)
    return OwnerView(True, begun > 0, week[0], week[1], quarter(done, possible))


_PARTS = (Quarter.FIRST, Quarter.SECOND, Quarter.THIRD, Quarter.LAST)


def lesson_of_week(share: Quarter, total: int, week: int) -> int:
    """Return the place of the lesson that a team learns in a week, of so many lessons.

    It follows from the quarter, which the owner reads anyhow, and from the calendar: from anything finer one could
    count what few people have done. Of fewer than three no quarter is known, so it is the first.
    """
    parts = len(_PARTS)
    part = _PARTS.index(share) if share in _PARTS else 0
    first, end = (0, total) if share is Quarter.ALL else (part * total // parts, (part + 1) * total // parts)
    return first + week % max(end - first, 1)
