"""Which companies a trainer calls first this week, and why. Nothing here is finer than what a trainer may read.

A company of fewer than three can be listed for one reason only, that few have joined; whether it is none, one or two
changes nothing, not even its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from bot.core.privacy import Quarter, Team

MOST_CALLS = 3
STUCK_AFTER = timedelta(days=14)
_DUE_WITHIN = timedelta(days=14)
_MANY, _SHARE = 3, 4
LITTLE = frozenset({Quarter.QUIET, Quarter.FIRST, Quarter.SECOND})


class Reason(IntEnum):
    """Why a company is called, the most urgent first."""

    DUE = 1
    NOT_BEGUN = 2
    STUCK = 3
    UNREACHED = 4
    FEW = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company with what is known of it.

    `active_on` is the last day of a lesson or a beginning, `due` are the courses to be done with how far they are.
    """

    name: str
    team: Team
    active_on: date | None = None
    due: tuple[tuple[str, date, Quarter], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A company to be called. The course and the day are of the reason that something is due."""

    company: str
    reason: Reason
    course_id: str = ""
    due_on: date | None = None


def calls(companies: Iterable[Candidate], today: date) -> tuple[Call, ...]:
    """Return at most three companies. Small ones take turns by the week, since nothing else may order them."""
    known = sorted(companies, key=lambda company: company.name)
    large = [call for company in known if company.team.is_readable and (call := _call(company, today))]
    small = [Call(company.name, Reason.FEW) for company in known if not company.team.is_readable]
    turn = today.toordinal() // 7 % len(small) if small else 0
    return (*sorted(large, key=lambda call: call.reason), *small[turn:], *small[:turn])[:MOST_CALLS]


def _call(company: Candidate, today: date) -> Call | None:
    team = company.team
    for course_id, due_on, quarter in sorted(company.due, key=lambda due: due[1]):
        if today <= due_on <= today + _DUE_WITHIN and quarter in LITTLE:
            return Call(company.name, Reason.DUE, course_id, due_on)
    if team.begun == 0:
        return Call(company.name, Reason.NOT_BEGUN)
    if team.finished < team.begun and company.active_on and today - company.active_on >= STUCK_AFTER:
        return Call(company.name, Reason.STUCK)
    is_many = team.unreachable >= _MANY and team.unreachable * _SHARE >= team.joined
    return Call(company.name, Reason.UNREACHED) if is_many else None
