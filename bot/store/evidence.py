"""What learning came to, counted over the workers of some companies; somebody in two of them counts once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, distinct, func, select
from sqlalchemy.sql.selectable import Subquery

from bot.core.evidence import Evidence, Outcomes, Pairs, Recall
from bot.core.learner import FollowUpAnswer, Occasion, Role
from bot.core.question import Verdict
from bot.store.columns import among, json_list, seconds
from bot.store.tables import attempts, lesson_completions, memberships

_DAY = int(timedelta(days=1).total_seconds())
_WEEK, _MONTH = 7 * _DAY, 30 * _DAY
_QUESTION = ("person_id", "course_id", "lesson_id", "question_id")

# Who left is no member; who was forgotten has left nothing.
_MEMBERS = select(memberships.c.person_id).where(
    memberships.c.role == Role.WORKER.value, memberships.c.left_at.is_(None), among(memberships.c.company_id, "firms")
)


def _of(*occasions: Occasion) -> ColumnElement[bool]:
    wanted = [occasion.value for occasion in occasions]
    return and_(attempts.c.person_id.in_(_MEMBERS), attempts.c.occasion.in_(wanted))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _recall() -> Select[*tuple[Any, ...]]:
    """Count answers of reviews by how long ago the question was first answered in its lesson."""
    keys = [attempts.c[name] for name in _QUESTION]
    met = select(*keys, func.min(attempts.c.at).label("at")).where(_of(Occasion.LESSON)).group_by(*keys).subquery("met")
    again = select(*keys, attempts.c.at, attempts.c.verdict).where(_of(Occasion.REVIEW)).subquery("again")
    age = seconds(again.c.at) - seconds(met.c.at)
    right = again.c.verdict == Verdict.RIGHT.value
    spans = (age.between(_WEEK, _MONTH - 1), age >= _MONTH)
    numbers = [
        number
        for span in spans
        for number in (_count(and_(span, right)), _count(span), func.count(distinct(case((span, again.c.person_id)))))
    ]
    return select(*numbers).select_from(again).join(met, _same(again, met))


def _same(one: Subquery, other: Subquery) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in _QUESTION))


def _first(occasion: Occasion) -> Subquery:
    """Return the first answer to each question on an occasion: who is asked twice has seen the question."""
    keys = [attempts.c[name] for name in _QUESTION]
    firsts = select(func.min(attempts.c.id)).where(_of(occasion)).group_by(*keys)
    right = (attempts.c.verdict == Verdict.RIGHT.value).label("is_right")
    return select(*keys, right).where(attempts.c.id.in_(firsts)).subquery(occasion.value)


def _gain() -> Select[*tuple[Any, ...]]:
    """Count the questions that somebody answered both before and after a course."""
    before, after = _first(Occasion.BEFORE), _first(Occasion.AFTER)
    was, is_now = before.c.is_right, after.c.is_right
    return (
        select(
            func.count(),
            _count(and_(was, is_now)),
            _count(and_(was, ~is_now)),
            _count(and_(~was, is_now)),
            func.count(distinct(before.c.person_id)),
        )
        .select_from(before)
        .join(after, _same(before, after))
    )


def _outcomes() -> Select[*tuple[Any, ...]]:
    """Count what was said of actions that were asked after."""
    done = lesson_completions
    said = (FollowUpAnswer.DONE, FollowUpAnswer.NOT_YET, FollowUpAnswer.COULD_NOT)
    return select(
        func.count(),
        *(_count(done.c.outcome == answer.value) for answer in said),
        func.count(distinct(done.c.person_id)),
    ).where(done.c.asked_at.is_not(None), done.c.person_id.in_(_MEMBERS))


_RECALL, _GAIN, _OUTCOMES = _recall(), _gain(), _outcomes()


class EvidenceNumbers:
    """The repository of evidence. It knows no rule of privacy: that is applied by who asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, company_ids: Sequence[str]) -> Evidence:
        """Return what learning came to among the workers of these companies."""
        named = {"firms": json_list(company_ids)}
        recall = tuple(self._connection.execute(_RECALL, named).one())
        outcomes = tuple(self._connection.execute(_OUTCOMES, named).one())
        gain = tuple(self._connection.execute(_GAIN, named).one())
        return Evidence(Recall(*recall[:3]), Recall(*recall[3:]), Outcomes(*outcomes), Pairs(*gain))
