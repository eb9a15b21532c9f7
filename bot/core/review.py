"""When a question comes back: just before it would be forgotten. The only place that knows `fsrs`.

The parameters are the library's own and the same for everybody; they are never fitted to a person.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fsrs import Card, Rating, Scheduler, State

from bot.core.learner import ReviewCard

MOST_A_DAY = 3
# As many as every database gives back unchanged.
_DIGITS = 6
# Without learning steps nothing comes back within minutes: right at each time is 2, 11, 46 and then 90 days.
_LONGEST = timedelta(days=90)
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=_LONGEST.days, enable_fuzzing=False)


def first_met(lesson_id: str, course_id: str, question_id: str, now: datetime, *, right: bool) -> ReviewCard:
    """Return the card of a question that was answered for the first time, in its lesson."""
    return _kept(ReviewCard(lesson_id, question_id, course_id, 0.0, 0.0, now, now), Card(card_id=0), now, right=right)


def reviewed(card: ReviewCard, now: datetime, *, right: bool) -> ReviewCard:
    """Return the card after its question was answered again: right is *Good*, all else is *Again*."""
    known = Card(
        card_id=0,
        state=State.Review,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due_at,
        last_review=card.reviewed_at,
    )
    return _kept(card, known, now, right=right)


def put_off(card: ReviewCard, now: datetime) -> ReviewCard:
    """Return the card of a question that is in no lesson now, so that it is looked for again only much later."""
    return replace(card, due_at=now + _LONGEST)


def due(cards: Sequence[ReviewCard], now: datetime, most: int = MOST_A_DAY) -> tuple[ReviewCard, ...]:
    """Return the cards whose time has come, the longest waiting first, at most so many."""
    waiting = sorted((card for card in cards if card.due_at <= now), key=lambda card: (card.due_at, card.question_id))
    return tuple(waiting[:most])


def _kept(card: ReviewCard, known: Card, now: datetime, *, right: bool) -> ReviewCard:
    # A clock that stepped back would make a time before the last answer; nothing was forgotten meanwhile.
    moment = max(now, card.reviewed_at)
    after, _ = _SCHEDULER.review_card(known, Rating.Good if right else Rating.Again, moment)
    return replace(
        card,
        stability=round(after.stability or 0.0, _DIGITS),
        difficulty=round(after.difficulty or 0.0, _DIGITS),
        due_at=after.due,
        reviewed_at=moment,
    )
