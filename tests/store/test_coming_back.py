"""Questions and actions that come back: kept once, loaded when their time has come, erased with the person."""

from datetime import timedelta

from sqlalchemy import select

from bot.core.facts import FollowUpAnswered, FollowUpAsked, LessonCompleted, PersonForgotten, ReviewKept
from bot.core.learner import ActionChoice, FollowUp, FollowUpAnswer, ReviewCard
from bot.core.review import first_met, reviewed
from bot.rows import Keys
from bot.store.tables import lesson_completions, review_cards
from tests.databases import NOW
from tests.store.people import address, do, person_id, save, turn, worker

DAY = timedelta(days=1)


def met(question: str = "q-1", *, right: bool = True, now=NOW) -> ReviewCard:
    return first_met("C5-01", "C5", question, now, right=right)


def kept(card: ReviewCard, number: int = 1, *, is_new: bool = False) -> ReviewKept:
    return ReviewKept(person_id(number), card, is_new=is_new)


async def known(store, now, number: int = 1):
    return await do(store, lambda unit: unit.memories.load([Keys(address(number))], now=now)[0])


async def outcome(store, lesson: str):
    asked = select(lesson_completions.c.asked_at, lesson_completions.c.outcome).where(
        lesson_completions.c.lesson_id == lesson
    )
    return tuple(await do(store, lambda unit: unit.memories._connection.execute(asked).one()))


async def test_a_card_is_loaded_as_it_was_kept_once_it_is_due(store):
    await save(store, worker(1, firm=None), worker(2, firm=None))
    card, later = met("q-1", right=False), met("q-2")
    await save(store, turn(1, kept(card, is_new=True), kept(later, is_new=True)))
    assert (await known(store, NOW + DAY - timedelta(seconds=1))).reviews == ()
    assert (await known(store, NOW + DAY)).reviews == (card,)
    assert set((await known(store, NOW + 2 * DAY)).reviews) == {card, later}
    assert (await known(store, NOW + 2 * DAY, 2)).reviews == ()


async def test_a_first_answer_leaves_a_card_that_is_there_and_a_review_moves_it(store):
    await save(store, worker(1, firm=None))
    card = met(right=False)
    await save(store, turn(1, kept(card, is_new=True)))
    await save(store, turn(1, kept(met(right=True, now=NOW + 9 * DAY), is_new=True)))
    assert (await known(store, NOW + 99 * DAY)).reviews == (card,)
    moved = reviewed(card, NOW + DAY, right=True)
    await save(store, turn(1, kept(moved)))
    assert (await known(store, NOW + 99 * DAY)).reviews == (moved,)


async def test_both_kinds_of_card_of_one_turn_are_kept(store):
    await save(store, worker(1, firm=None), worker(2, firm=None))
    again = reviewed(met("q-1"), NOW + 2 * DAY, right=True)
    await save(store, turn(1, kept(again), kept(met("q-2"), is_new=True)), turn(2, kept(met("q-1"), 2, is_new=True)))
    assert set((await known(store, NOW + 99 * DAY)).reviews) == {again, met("q-2")}
    assert (await known(store, NOW + 99 * DAY, 2)).reviews == (met("q-1"),)


async def test_an_action_may_be_asked_after_when_two_to_fourteen_days_have_passed(store):
    await save(store, worker(1, firm=None))
    done = (
        LessonCompleted(person_id(), "C5", "C5-01", ActionChoice.TODAY, "en"),
        LessonCompleted(person_id(), "C5", "C5-03", ActionChoice.NOT_FOR_ME, "en"),
    )
    await save(store, turn(1, *done))
    second = LessonCompleted(person_id(), "C5", "C5-02", ActionChoice.TOMORROW, "en")
    await save(store, turn(1, second), now=NOW - DAY)
    first, other = FollowUp("C5", "C5-01", NOW), FollowUp("C5", "C5-02", NOW - DAY)
    windows = {timedelta(hours=23): (), DAY: (other,), 2 * DAY: (other, first), 13 * DAY: (other, first)}
    windows |= {14 * DAY: (first,), 15 * DAY: ()}
    for after, plans in windows.items():
        assert (await known(store, NOW + after)).follow_ups == plans


async def test_an_action_is_asked_after_once_and_its_answer_is_kept(store):
    await save(store, worker(1, firm=None, done=0))
    await save(store, turn(1, LessonCompleted(person_id(), "C5", "C5-01", ActionChoice.TODAY, "en")))
    then = NOW + 3 * DAY
    await save(store, turn(1, FollowUpAsked(person_id(), "C5-01")), now=then)
    assert (await known(store, then)).follow_ups == ()
    assert await outcome(store, "C5-01") == (then, None)
    await save(store, turn(1, FollowUpAnswered(person_id(), "C5-01", FollowUpAnswer.NOT_YET)), now=then + DAY)
    assert await outcome(store, "C5-01") == (then, "not_yet")


async def test_who_is_forgotten_leaves_no_card_and_the_others_keep_theirs(store):
    await save(store, worker(1, firm=None), worker(2, firm=None))
    await save(store, turn(1, kept(met(), is_new=True)), turn(2, kept(met(), 2, is_new=True)))
    assert (await store.read(lambda unit: unit.numbers.kept_about(person_id(1)))).reviews == 1
    await save(store, turn(1, PersonForgotten(person_id(1))))
    left = select(review_cards.c.person_id)
    assert await do(store, lambda unit: unit.memories._connection.execute(left).scalars().all()) == [person_id(2)]
