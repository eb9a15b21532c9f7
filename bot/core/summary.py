"""Numbers about companies, from the rows of the view `completion` to what a trainer and an owner read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.evidence import Difference, Evidence, Outcomes, Pairs, Recall, difference
from bot.core.messages import Block, Phrase, heading, item, say, say_count
from bot.core.privacy import OwnerView, Quarter, Team, TrainerView


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """One row of the view `completion`: one learner of one company in one course. No name, no answer.

    `lessons` counts ordinary lessons done, `actions` those whose action was done, as said some days later.
    """

    company_id: str
    company: str
    learner: str
    course_id: str
    lessons: int
    actions: int
    begun_at: datetime
    finished_at: datetime | None
    last_lesson_at: datetime | None


@dataclass(frozen=True, slots=True)
class CompanyCount:
    """A company, how many workers joined it, and how their addresses stand."""

    company_id: str
    company: str
    country: str
    joined: int
    reachable: int
    unreachable: int
    stopped: int
    courses: tuple[str, ...] = ()


def team_of(company: CompanyCount, rows: Iterable[CompletionRow]) -> Team:
    """Return the counts of one company."""
    mine = [row for row in rows if row.company_id == company.company_id]
    return Team(
        companies=(company.company,),
        joined=company.joined,
        begun=len({row.learner for row in mine}),
        finished=len({row.learner for row in mine if row.finished_at}),
        lessons=sum(row.lessons for row in mine),
        actions=sum(row.actions for row in mine),
        unreachable=company.unreachable,
        stopped=company.stopped,
    )


def trainer_blocks(view: TrainerView, day: date) -> tuple[Block, ...]:
    """Return a trainer's summary: the finding first, then the companies where help counts most."""
    total = view.total
    finding = say("{n} of {joined} people have finished a course.", n=total.finished, joined=total.joined)
    # A zero would read as a fact where only nothing may be shown.
    too_few = say("Fewer than 3 people have joined. Numbers are shown from 3 on.")
    blocks = [heading(finding if total.joined else too_few)]
    blocks.append(Block(say("As of {day}. Numbers are live.", day=day)))
    blocks += [item("•", team_line(team)) for team in sorted(view.shown, key=_share)]
    if view.pooled:
        blocks.append(item("•", _pooled_line(view.pooled)))
    if total.joined and (len(view.shown) != 1 or view.pooled):
        blocks.append(Block(say("In all: {numbers}", numbers=counts(total))))
    states = _states(total)
    return (*blocks, Block(states)) if states else tuple(blocks)


def _share(team: Team) -> tuple[float, str]:
    return team.finished / team.joined, team.companies[0]


def team_line(team: Team) -> Phrase:
    """Return the counts of a company on one line."""
    return say("{company}: {numbers}", company=team.companies[0], numbers=counts(team))


def counts(team: Team) -> Phrase:
    """Return the counts of a group, without its name."""
    return say(
        "{joined} joined, {begun} began, {finished} finished, {lessons} lessons, {actions} actions.",
        joined=team.joined,
        begun=team.begun,
        finished=team.finished,
        lessons=team.lessons,
        actions=team.actions,
    )


def _pooled_line(pooled: Team) -> Phrase:
    several = say_count("{n} small company", "{n} small companies together", n=len(pooled.companies))
    if not pooled.is_readable:
        return say("{companies}: fewer than 3 joined. Their numbers are not shown.", companies=several)
    return say("{companies}: {numbers}", companies=several, numbers=counts(pooled))


def _states(team: Team) -> Phrase | None:
    if not team.unreachable and not team.stopped:
        return None
    return say(
        "Cannot be reached: {unreachable}. Opted out, a free choice: {stopped}.",
        unreachable=team.unreachable,
        stopped=team.stopped,
    )


# --- what learning came to ----------------------------------------------------------------------------------------


def evidence_blocks(found: Evidence) -> tuple[Block, ...]:
    """Return what a trainer reads of actions, recall and gain, each with how many it is of; or what is missing."""
    lines = [_outcomes(found.outcomes)] if found.outcomes else []
    if found.week:
        lines.append(say("Questions that came back after 7 to 29 days: {numbers}", numbers=_recall(found.week)))
    if found.month:
        lines.append(say("Questions that came back after 30 days or more: {numbers}", numbers=_recall(found.month)))
    if not found.week and not found.month:
        lines.append(say("Recall is shown from 10 people on."))
    lines.append(_gain(found.gain) if found.gain else say("Gain is shown from 10 people on."))
    return tuple(Block(line) for line in lines)


def _outcomes(came_to: Outcomes) -> Phrase:
    return say_count(
        "{n} action was asked after: {done} done, {not_yet} not yet, {could_not} could not.",
        "{n} actions were asked after: {done} done, {not_yet} not yet, {could_not} could not.",
        n=came_to.asked,
        done=came_to.done,
        not_yet=came_to.not_yet,
        could_not=came_to.could_not,
    )


def _people(n: int) -> Phrase:
    return say_count("{n} person", "{n} people", n=n)


def _recall(found: Recall) -> Phrase:
    return say_count(
        "{right} of {n} answer was right, of {people}.",
        "{right} of {n} answers were right, of {people}.",
        n=found.answers,
        right=found.right,
        people=_people(found.people),
    )


def _gain(found: Pairs) -> Phrase:
    return say_count(
        "Before the course {before} of {n} answer was right, after it {after} of {n}: {difference}, of {people}.",
        "Before the course {before} of {n} answers were right, after it {after} of {n}: {difference}, of {people}.",
        n=found.pairs,
        before=found.before,
        after=found.after,
        difference=_in_100(difference(found)),
        people=_people(found.people),
    )


def _in_100(found: Difference) -> Phrase:
    """Return a difference and its interval in plain words; one that may be none is called chance."""
    low, high = round(100 * found.low), round(100 * found.high)
    if low > 0:
        return say("{n} in 100 more (between {low} and {high})", n=round(100 * found.estimate), low=low, high=high)
    if high < 0:
        n = round(-100 * found.estimate)
        return say("{n} in 100 fewer (between {low} and {high})", n=n, low=-high, high=-low)
    return say("this may be chance (between {low} in 100 fewer and {high} in 100 more)", low=-low, high=high)


_QUARTERS = {
    Quarter.QUIET: say("It is quiet so far."),
    Quarter.FIRST: say("Less than a quarter is done."),
    Quarter.SECOND: say("Between a quarter and half is done."),
    Quarter.THIRD: say("Between half and three quarters is done."),
    Quarter.LAST: say("More than three quarters is done."),
    Quarter.ALL: say("All of it is done."),
}


def owner_blocks(view: OwnerView) -> Sequence[Block]:
    """Return what an owner reads of the team."""
    if not view.is_team:
        begun = say("Your team has begun.") if view.has_begun else say("Your team can begin at any time.")
        return (Block(begun), Block(say("Numbers of the team are shown from the Monday after 3 people have joined.")))
    if view.lessons == 0:
        week = say("Last week was quiet.")
    else:
        lessons = say_count("{n} lesson", "{n} lessons", n=view.lessons)
        actions = say_count("{n} action", "{n} actions", n=view.actions)
        week = say("Last week: {lessons} and {actions}.", lessons=lessons, actions=actions)
    return (Block(week), Block(_QUARTERS[view.quarter]))
