"""When questions come back: the intervals that were agreed, and what never happens whatever is answered."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.learner import ReviewCard
from bot.core.review import MOST_A_DAY, due, first_met, put_off, reviewed

NOW = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENTS = st.integers(-40, 400).map(lambda hours: NOW + timedelta(hours=6 * hours))


def met(*, right: bool, now: datetime = NOW) -> ReviewCard:
    return first_met("osh-01", "safety", "q-which", now, right=right)


def days(card: ReviewCard) -> int:
    return (card.due_at - card.reviewed_at).days


def test_right_each_time_comes_back_after_2_11_46_and_then_90_days() -> None:
    card = met(right=True)
    gaps = [days(card)]
    for _ in range(4):
        card = reviewed(card, card.due_at, right=True)
        gaps.append(days(card))
    assert gaps == [2, 11, 46, 90, 90]


def test_not_right_comes_back_after_a_day_and_what_was_known_within_two() -> None:
    card = met(right=False)
    assert days(card) == 1
    known = reviewed(met(right=True), NOW + 2 * DAY, right=True)
    assert days(known) > 2
    assert days(reviewed(known, known.due_at, right=False)) <= 2


@given(st.lists(st.tuples(st.booleans(), MOMENTS), max_size=20), st.booleans())
def test_whatever_is_answered_whenever_the_next_time_is_1_to_90_days_away(answers, first) -> None:
    card = met(right=first)
    for right, moment in answers:
        before = card
        card = reviewed(card, moment, right=right)
        assert card.reviewed_at == max(moment, before.reviewed_at)
        assert DAY <= card.due_at - card.reviewed_at <= 90 * DAY
        assert (card.lesson_id, card.question_id, card.course_id) == ("osh-01", "q-which", "safety")
        assert 1 <= card.difficulty <= 10


def test_a_clock_that_stepped_back_takes_nothing_away() -> None:
    card = met(right=True)
    again = reviewed(card, NOW - 10 * DAY, right=True)
    assert again.reviewed_at == NOW
    assert again.due_at >= card.due_at


@given(st.lists(MOMENTS, max_size=12), MOMENTS)
def test_at_most_three_are_due_and_those_that_wait_longest(moments, now) -> None:
    cards = [ReviewCard("osh-01", f"q-{n}", "safety", 1.0, 5.0, at, NOW) for n, at in enumerate(moments)]
    found = due(cards, now)
    waiting = sorted(at for at in moments if at <= now)
    assert [card.due_at for card in found] == waiting[:MOST_A_DAY]
    assert all(one.due_at <= other.due_at for one, other in pairwise(found))
    assert due(cards[::-1], now) == found


def test_what_is_gone_waits_for_a_quarter_of_a_year_and_keeps_what_was_known() -> None:
    card = met(right=True)
    later = put_off(card, NOW)
    assert later.due_at == NOW + 90 * DAY
    assert (later.stability, later.reviewed_at) == (card.stability, card.reviewed_at)
