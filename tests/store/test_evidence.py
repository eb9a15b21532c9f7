"""What learning came to, counted on both databases: members only, somebody in two companies once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.evidence import Evidence, Outcomes, Pairs, Recall
from bot.core.facts import FollowUpAsked, Joined, LeftCompany, LessonCompleted, PersonForgotten
from bot.core.learner import ActionChoice, FollowUpAnswer, Occasion, Role
from tests.databases import NOW
from tests.store.people import acted, attempt, company, make_company, person_id, save, turn, worker

DAY = timedelta(days=1)
FIRMS = [company(1).id, company(2).id]
NOTHING = Evidence(Recall(0, 0, 0), Recall(0, 0, 0), Outcomes(0, 0, 0, 0, 0), Pairs(0, 0, 0, 0, 0))


def answered(number, occasion, question="q1", *, right=True):
    verdict = "right" if right else "wrong"
    return replace(attempt(number), occasion=occasion, question_id=question, verdict=verdict)


async def said(store, number, at, *answers):
    await save(store, turn(number, *answers), now=at)


async def evidence(store, *firms):
    return await store.read(lambda unit: unit.evidence.of(firms or FIRMS))


@pytest.fixture
async def people(store):
    """Two firms: 1 in both, 2 and 3 in the first, 4 has left it, 5 owns it, 6 learns alone."""
    await make_company(store, company(1), company(2, "Duka"))
    await save(store, *(worker(number) for number in (1, 2, 3, 4)), worker(5, firm=None), worker(6, firm=None))
    await save(store, turn(1, Joined(person_id(1), company(2).id, Role.WORKER, "L-BOTH")))
    await save(store, turn(4, LeftCompany(person_id(4), company(1).id)))
    await save(store, turn(5, Joined(person_id(5), company(1).id, Role.OWNER, "L-OWNR")))
    return store


async def test_without_answers_there_is_nothing(people):
    assert await evidence(people) == NOTHING
    assert await people.read(lambda unit: unit.evidence.of([])) == NOTHING


async def test_recall_is_counted_by_the_days_since_the_first_answer_in_the_lesson(people):
    for number in (1, 2, 4, 5, 6):
        await said(people, number, NOW, answered(number, Occasion.LESSON, right=False))
    # The lesson read again later does not make the first answer young.
    await said(people, 1, NOW + 20 * DAY, answered(1, Occasion.LESSON))
    moments = [
        (1, 7 * DAY - timedelta(seconds=1), True),
        (1, 7 * DAY, True),
        (1, 30 * DAY - timedelta(seconds=1), False),
        (1, 30 * DAY, True),
        (2, 29 * DAY, True),
        (2, 90 * DAY, False),
        (4, 10 * DAY, True),
        (5, 10 * DAY, True),
        (6, 40 * DAY, True),
    ]
    for number, later, right in moments:
        await said(people, number, NOW + later, answered(number, Occasion.REVIEW, right=right))
    # Never answered in its lesson, and another occasion.
    await said(people, 3, NOW + 10 * DAY, answered(3, Occasion.REVIEW))
    await said(people, 1, NOW + 40 * DAY, answered(1, Occasion.AFTER))
    found = await evidence(people)
    assert (found.week, found.month) == (Recall(2, 3, 2), Recall(1, 2, 2))
    assert (await evidence(people, company(2).id)).week == Recall(1, 2, 1)


async def test_gain_is_of_questions_that_one_person_answered_both_times(people):
    for number, question, before, after in (
        (1, "q1", False, True),
        (1, "q2", True, True),
        (2, "q1", True, False),
        (2, "q2", False, False),
        (3, "q1", False, True),
        (4, "q1", False, True),
        (6, "q1", False, True),
    ):
        await said(people, number, NOW, answered(number, Occasion.BEFORE, question, right=before))
        await said(people, number, NOW + 30 * DAY, answered(number, Occasion.AFTER, question, right=after))
    # Only before, only after, and a second answer: it comes from somebody who has seen the question.
    await said(people, 3, NOW, answered(3, Occasion.BEFORE, "q2"))
    await said(people, 3, NOW, answered(3, Occasion.AFTER, "q3"))
    await said(people, 3, NOW + DAY, answered(3, Occasion.BEFORE, "q1"))
    assert (await evidence(people)).gain == Pairs(pairs=5, both=1, only_before=1, only_after=2, people=3)
    assert (await evidence(people, company(2).id)).gain == Pairs(2, 1, 0, 1, 1)


async def test_actions_are_counted_by_what_was_said_and_who_said_nothing_is_among_those_asked(people):
    for number in (1, 2, 3, 4, 6):
        await said(people, number, NOW, LessonCompleted(person_id(number), "C5", "C5-01", ActionChoice.TODAY, "en"))
    await said(people, 3, NOW, LessonCompleted(person_id(3), "C5", "C5-02", ActionChoice.TODAY, "en"))
    await said(people, 1, NOW, *acted(1, "C5-01"))
    await said(people, 2, NOW, *acted(2, "C5-01", FollowUpAnswer.NOT_YET))
    await said(people, 3, NOW, *acted(3, "C5-01", FollowUpAnswer.COULD_NOT), FollowUpAsked(person_id(3), "C5-02"))
    await said(people, 4, NOW, *acted(4, "C5-01"))
    await said(people, 6, NOW, *acted(6, "C5-01"))
    assert (await evidence(people)).outcomes == Outcomes(asked=4, done=1, not_yet=1, could_not=1, people=3)


async def test_of_who_is_forgotten_nothing_is_left(people):
    for occasion, later in ((Occasion.LESSON, 0), (Occasion.BEFORE, 0), (Occasion.AFTER, 9), (Occasion.REVIEW, 9)):
        await said(people, 1, NOW + later * DAY, answered(1, occasion))
    await said(people, 1, NOW, LessonCompleted(person_id(1), "C5", "C5-01", ActionChoice.TODAY, "en"))
    await said(people, 1, NOW, *acted(1, "C5-01"))
    found = await evidence(people)
    assert (found.week, found.outcomes.people, found.gain.people) == (Recall(1, 1, 1), 1, 1)
    await save(people, replace(turn(1, PersonForgotten(person_id(1))), person_id=None))
    assert await evidence(people) == NOTHING
