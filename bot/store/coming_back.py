"""What each kind of fact writes about what comes back: questions, actions, and what a team is told."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, null, or_, select, update

from bot.core.facts import (
    AnsweredBefore,
    FollowUpAnswered,
    FollowUpAsked,
    GainSwitched,
    NudgeAsked,
    ReviewKept,
    RhythmKept,
)
from bot.core.learner import Rhythm, Role
from bot.store.bulk import bulk_update, bulk_upsert
from bot.store.tables import companies, enrollments, lesson_completions, memberships, people, review_cards, rhythms

Keeper = Callable[[Connection, Sequence[Any], datetime], None]

NUDGES_APART = timedelta(days=7)

_CARD_COLUMNS = ("stability", "difficulty", "due_at", "reviewed_at")
_MEET = bulk_upsert(review_cards)
_KEEP_CARDS = bulk_upsert(review_cards, update=_CARD_COLUMNS)
_THIS_COMPLETION = update(lesson_completions).where(
    lesson_completions.c.person_id == bindparam("person"), lesson_completions.c.lesson_id == bindparam("lesson")
)
_ASKED = bulk_update(_THIS_COMPLETION.values(asked_at=bindparam("now")))
_ANSWERED = bulk_update(_THIS_COMPLETION.values(outcome=bindparam("answer")))
_ANSWERED_BEFORE = bulk_update(
    update(enrollments)
    .where(enrollments.c.person_id == bindparam("person"), enrollments.c.course_id == bindparam("course"))
    .values(answered_before=bindparam("did"))
)
_SWITCH = bulk_update(
    update(companies).where(companies.c.id == bindparam("company")).values(asks_gain=bindparam("asks"))
)
# Two who ask in one moment are one.
_NUDGE = bulk_update(
    update(companies)
    .where(
        companies.c.id == bindparam("company"),
        or_(companies.c.nudged_at.is_(None), companies.c.nudged_at <= bindparam("week_ago")),
    )
    .values(nudge=bindparam("kind"), nudged_at=bindparam("now"))
)
_TEAM = (
    select(memberships.c.person_id)
    .join(companies, companies.c.id == memberships.c.company_id)
    .join(people, people.c.id == memberships.c.person_id)
    .outerjoin(rhythms, rhythms.c.person_id == memberships.c.person_id)
    .where(
        companies.c.nudged_at == bindparam("now", type_=companies.c.nudged_at.type),
        companies.c.id == bindparam("company"),
        and_(memberships.c.role == Role.WORKER.value, memberships.c.left_at.is_(None), memberships.c.is_active),
        people.c.consented,
        # The others are looked at when their time comes; a moment that somebody asked for must not be moved.
        rhythms.c.next_at.is_(None),
    )
)
_RHYTHM_COLUMNS = tuple(one.name for one in fields(Rhythm))
_KEEP_RHYTHMS = bulk_upsert(rhythms, update=_RHYTHM_COLUMNS, changes=lambda _: {"claimed_until": null()})
_WAKE = bulk_upsert(rhythms, update=["next_at"])


def _reviews_kept(connection: Connection, facts: Sequence[ReviewKept], _now: datetime) -> None:
    for statement, is_new in ((_MEET, True), (_KEEP_CARDS, False)):
        rows = {
            (fact.person_id, fact.card.lesson_id, fact.card.question_id): {
                "person_id": fact.person_id,
                **asdict(fact.card),
            }
            for fact in facts
            if fact.is_new is is_new
        }
        if rows:
            statement(connection, list(rows.values()))


def _follow_ups_asked(connection: Connection, facts: Sequence[FollowUpAsked], now: datetime) -> None:
    _ASKED(connection, [{"person": fact.person_id, "lesson": fact.lesson_id, "now": now} for fact in facts])


def _follow_ups_answered(connection: Connection, facts: Sequence[FollowUpAnswered], _now: datetime) -> None:
    _ANSWERED(
        connection,
        [{"person": fact.person_id, "lesson": fact.lesson_id, "answer": fact.answer.value} for fact in facts],
    )


def _answered_before(connection: Connection, facts: Sequence[AnsweredBefore], _now: datetime) -> None:
    _ANSWERED_BEFORE(connection, [{"person": fact.person_id, "course": fact.course_id, "did": True} for fact in facts])


def _gain_switched(connection: Connection, facts: Sequence[GainSwitched], _now: datetime) -> None:
    _SWITCH(connection, [{"company": fact.company_id, "asks": fact.asks} for fact in facts])


def _rhythms_kept(connection: Connection, facts: Sequence[RhythmKept], _now: datetime) -> None:
    last = {fact.person_id: fact.rhythm for fact in facts}
    columns = {person: {name: getattr(rhythm, name) for name in _RHYTHM_COLUMNS} for person, rhythm in last.items()}
    _KEEP_RHYTHMS(connection, [{"person_id": person, **values} for person, values in columns.items()])


def _nudges_asked(connection: Connection, facts: Sequence[NudgeAsked], now: datetime) -> None:
    week_ago = now - NUDGES_APART
    _NUDGE(
        connection,
        [{"company": fact.company_id, "kind": fact.kind.value, "week_ago": week_ago, "now": now} for fact in facts],
    )
    # Whoever waits for nothing is looked at now; each turn decides whether and when somebody is told.
    named = {fact.company_id for fact in facts}
    team = {
        person
        for company in sorted(named)
        for person in connection.execute(_TEAM, {"company": company, "now": now}).scalars()
    }
    if team:
        _WAKE(connection, [{"person_id": person, **asdict(Rhythm(next_at=now))} for person in sorted(team)])


COMING_BACK: tuple[tuple[tuple[type, ...], Keeper], ...] = (
    ((ReviewKept,), _reviews_kept),
    ((FollowUpAsked,), _follow_ups_asked),
    ((FollowUpAnswered,), _follow_ups_answered),
    ((AnsweredBefore,), _answered_before),
    ((RhythmKept,), _rhythms_kept),
    ((GainSwitched,), _gain_switched),
    ((NudgeAsked,), _nudges_asked),
)
