"""What comes back before the lesson: in another order, never a trap, never twice a day, and the lesson keeps its place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.course import InfoCard, QuestionCard
from bot.core.dialogue.cards import order_of
from bot.core.dialogue.states import Asking, State, from_json, to_json
from bot.core.facts import Attempted, FollowUpAnswered, FollowUpAsked, ReviewKept
from bot.core.learner import Occasion, ReviewCard
from bot.core.messages import Reply
from bot.core.question import QuestionSource
from bot.core.question_types.number import Number
from bot.core.question_types.reflection import Reflection
from bot.core.reminder import SILENT_FOR
from tests.core.stage import BUNDLING, CODE, COURSES, EDITING, LIBRARY, NOW, Stage

DAY = timedelta(days=1)
MINUTES = timedelta(minutes=4)


def learnt(features=EDITING, action: str = "Not for me") -> Stage:
    """Return somebody who took the first lesson and learns at ten."""
    stage = Stage(features=features).joined(CODE)
    stage.take_lesson() if action == "Today" else refuse(stage)
    for words in ("yes", "10:00", "yes"):
        stage.say(words)
    return stage


def refuse(stage: Stage) -> None:
    while state(stage).lesson:
        asking = state(stage).asking
        stage.say({Asking.QUESTION: "2", Asking.ACTION: "not for me"}.get(asking, "next"))


def state(stage: Stage) -> State:
    return from_json(stage.memory.conversation.state)


def kept(stage: Stage, kind):
    return [fact for fact in stage.facts if isinstance(fact, kind)]


def again(stage: Stage) -> list[Attempted]:
    return [fact for fact in kept(stage, Attempted) if fact.occasion is Occasion.REVIEW]


def options(bubble: str) -> list[str]:
    return [line.split("  ", 1)[1] for line in bubble.split("\n") if line[:3] in {"1  ", "2  ", "3  "}]


def test_a_lesson_leaves_a_card_for_each_graded_question_and_none_twice() -> None:
    stage = learnt()
    assert [(fact.card.question_id, fact.is_new) for fact in kept(stage, ReviewKept)] == [
        ("q-which", True),
        ("q-say", True),
    ]
    before = dict(stage.cards)
    stage.now += DAY / 2
    stage.say("courses")
    stage.memory = replace(stage.memory, completed=frozenset())
    stage.tap("Safe and healthy at work")
    refuse(stage)
    assert stage.cards == before


def test_a_serious_subject_leaves_no_card_and_its_action_is_never_asked_after() -> None:
    stage = Stage().joined(CODE)
    for words in ("/hour 10", "yes", "courses"):
        stage.say(words)
    stage.tap("One more lesson")
    stage.tap("Start")
    said = []
    while state(stage).lesson:
        said += stage.say({Asking.QUESTION: "2", Asking.ACTION: "today"}.get(state(stage).asking, "next"))
    assert any("Good. That is your plan." in text for text in said)
    assert kept(stage, ReviewKept) == kept(stage, Attempted) == []
    assert (stage.cards, stage.plans) == ({}, {})


def test_where_the_employer_runs_the_bot_no_question_comes_back_and_none_is_promised() -> None:
    stage = Stage(library=replace(LIBRARY, run_by_employer=True)).joined(CODE)
    stage.take_lesson()
    assert kept(stage, ReviewKept) == kept(stage, Attempted) == []
    card = ReviewCard("osh-01", "q-which", "safety", 1.0, 5.0, NOW, NOW)
    stage.cards = {("osh-01", "q-which"): card}
    stage.say("/next")
    assert state(stage).review is None


def test_each_review_shows_the_options_in_another_order_and_keeps_it_while_it_is_open() -> None:
    stage = learnt()
    stage.now += 3 * DAY
    shown = options(stage.say("/next")[-1])
    stage.now += DAY
    assert options(stage.say("/next")[-1]) == shown
    place = state(stage).review
    card = next(
        found.question
        for found in COURSES["en"].lessons[0].cards
        if isinstance(found, QuestionCard) and found.question.id == place.question_id
    )
    met = [card.options[number].text for number in order_of(card, stage.memory.person.id)]
    assert sorted(shown) == sorted(met)
    assert shown != met


def test_an_answer_is_kept_as_a_review_and_moves_the_card() -> None:
    stage = learnt()
    stage.now += 3 * DAY
    stage.say("/next")
    place = state(stage).review
    stage.say("?")
    (attempt,) = again(stage)
    assert (attempt.lesson_id, attempt.question_id, attempt.verdict) == ("osh-01", place.question_id, "not_sure")
    assert stage.cards["osh-01", place.question_id].due_at >= stage.now + DAY
    assert stage.cards["osh-01", place.question_id].reviewed_at == stage.now


@pytest.mark.parametrize("features", [EDITING, BUNDLING])
def test_the_lesson_goes_on_where_it_was_even_after_its_feedback(features) -> None:
    stage = learnt(features)
    stage.say("/next")
    while state(stage).asking is Asking.CARD:
        stage.say("next")
    stage.say("2")
    before = state(stage)
    stage.now += 3 * DAY
    stage.wait()
    stage.say("/next")
    assert state(stage).lesson == before.lesson
    for _ in range(9):
        if state(stage).review:
            stage.say("2" if state(stage).asking is Asking.REVIEW else "next")
    there = [fact for fact in kept(stage, Attempted) if fact.lesson_id == "osh-02"]
    attempts = [fact.question_id for fact in there if fact.occasion is Occasion.LESSON]
    assert state(stage).lesson.card == before.lesson.card + (features is EDITING)
    assert len(attempts) == len(set(attempts)) == 1
    assert len(again(stage)) == 3


def test_one_session_a_day_and_never_more_than_three() -> None:
    stage = learnt()
    stage.cards |= {
        (f"osh-0{n}", name): ReviewCard(f"osh-0{n}", name, "safety", 1.0, 5.0, NOW, NOW)
        for n in (1, 2, 3)
        for name in ("q-which", "q-say")
    }
    stage.now += 3 * DAY
    for _ in range(30):
        answers = {Asking.QUESTION: "2", Asking.REVIEW: "2", Asking.ACTION: "not for me", Asking.NOTHING: "/next"}
        stage.say(answers.get(state(stage).asking, "next"))
    assert len(again(stage)) == 3
    stage.now += DAY
    stage.say("/next")
    assert state(stage).review.total == 3


def test_a_question_that_stands_nowhere_any_more_is_passed_over_and_put_off() -> None:
    stage = learnt()
    gone = ReviewCard("osh-01", "q-gone", "safety", 1.0, 5.0, NOW, NOW)
    serious = ReviewCard("osh-07", "q-which", "safety", 1.0, 5.0, NOW, NOW)
    stage.cards |= {("osh-01", "q-gone"): gone, ("osh-07", "q-which"): serious}
    stage.now += 3 * DAY
    stage.say("/next")
    assert state(stage).review.lesson_id == "osh-01"
    assert stage.cards["osh-01", "q-gone"].due_at == stage.cards["osh-07", "q-which"].due_at == stage.now + 90 * DAY


def test_only_cards_that_are_gone_open_nothing_and_remind_of_nothing() -> None:
    stage = learnt()
    stage.cards = {("osh-01", "q-gone"): ReviewCard("osh-01", "q-gone", "safety", 1.0, 5.0, NOW, NOW)}
    stage.memory = replace(stage.memory, completed=frozenset({"osh-01", "osh-02", "osh-03"}))
    stage.wait()
    assert not any(isinstance(answer, Reply) and answer.rings for answer in stage.turn.replies)
    stage.say("/next")
    assert state(stage).review is None


def test_a_question_that_goes_while_it_is_open_gives_way_to_what_follows() -> None:
    stage = learnt()
    stage.now += 3 * DAY
    stage.say("/next")
    place = state(stage).review
    conversation = stage.memory.conversation
    lost = to_json(replace(state(stage), review=replace(place, question_id="q-gone", number=2)))
    stage.memory = replace(stage.memory, conversation=replace(conversation, state=lost))
    stage.tap("2")
    assert state(stage).review is None
    assert state(stage).lesson.lesson_id == "osh-02"
    assert again(stage) == []


def test_who_finished_everything_is_reminded_when_questions_are_due_and_otherwise_not() -> None:
    stage = learnt()
    stage.memory = replace(stage.memory, completed=frozenset({"osh-01", "osh-02", "osh-03"}))
    stage.say("/days every day")
    said = [stage.wait() for _ in range(3)]
    texts = [text[1].split("\n\n")[0] for text in said if len(text) > 1]
    assert texts[0] != texts[1]
    assert all("question" in text.lower() for text in texts)
    stage.tap("Start")
    for _ in range(6):
        if state(stage).review:
            stage.say("?" if state(stage).asking is Asking.REVIEW else "next")
    assert state(stage).asking is Asking.NOTHING


def test_an_action_is_asked_after_once_from_the_third_day_on() -> None:
    stage = learnt(action="Today")
    stage.now += 2 * DAY
    stage.say("/next")
    assert kept(stage, FollowUpAsked) == []
    stage.now += 2 * DAY
    stage.tap("Later")
    stage.now += DAY
    stage.say("menu")
    stage.tap("Go on learning")
    assert [fact.lesson_id for fact in kept(stage, FollowUpAsked)] == ["osh-01"]
    stage.say("/hour 10")
    stage.now += DAY
    stage.say("menu")
    stage.tap("Go on learning")
    assert state(stage).asking is not Asking.FOLLOW_UP
    assert kept(stage, FollowUpAnswered) == []


def test_after_weeks_an_action_that_stayed_open_is_not_asked_after_again() -> None:
    stage = learnt(action="Today")
    stage.now += 4 * DAY
    stage.say("/next")
    assert state(stage).asking is Asking.FOLLOW_UP
    stage.now += SILENT_FOR
    stage.say("menu")
    stage.tap("Go on learning")
    assert (state(stage).asking, state(stage).review.total) == (Asking.REVIEW, 1)


def test_a_session_that_stayed_open_for_weeks_ends_with_its_one_question() -> None:
    stage = learnt()
    stage.now += 3 * DAY
    stage.say("/next")
    assert state(stage).review.total == 2
    stage.now += SILENT_FOR
    stage.say("?")
    stage.say("next")
    assert state(stage).review is None
    assert state(stage).lesson.lesson_id == "osh-02"


def test_a_number_comes_back_too_and_a_reflection_never(monkeypatch: pytest.MonkeyPatch) -> None:
    course = COURSES["en"]
    number = QuestionSource("q-number", 1, "How many?", directives={"answer": "20", "from": "15", "to": "25"})
    thought = QuestionSource("q-think", 1, "What do you think?", tip="Well.")
    cards = (
        InfoCard("Story", ()),
        QuestionCard(Number.from_source(number, "en")),
        QuestionCard(Reflection.from_source(thought, "en")),
    )
    monkeypatch.setitem(
        COURSES,
        "en",
        replace(
            course,
            lessons=(replace(course.lessons[0], cards=(*cards, *course.lessons[0].cards[-1:])), *course.lessons[1:]),
        ),
    )
    stage = learnt()
    stage.cards = {
        ("osh-01", name): ReviewCard("osh-01", name, "safety", 1.0, 5.0, NOW, NOW) for name in ("q-number", "q-think")
    }
    stage.now += 3 * DAY
    assert "Send a number." in stage.say("/next")[-1]
    stage.say("soon")
    stage.say("22")
    assert [(fact.question_id, fact.verdict) for fact in again(stage)] == [("q-number", "right")]


def test_another_language_in_the_middle_asks_the_same_question_in_it() -> None:
    stage = learnt()
    stage.now += 3 * DAY
    stage.say("/next")
    before = state(stage).review
    stage.say("language")
    stage.say("français")
    said = stage.tap("Continue")[-1]
    assert "Que dites-vous ?" in said or "Lequel est" in said
    assert state(stage).review == before


def test_a_state_without_what_comes_back_can_still_be_read() -> None:
    assert from_json('{"v":1,"a":"card"}') == State(asking=Asking.CARD)


@pytest.mark.parametrize(("after", "is_asked"), [(2 * DAY + timedelta(hours=10), False), (3 * DAY - MINUTES, True)])
def test_an_action_is_asked_after_on_the_third_local_day_whatever_the_minute(after: timedelta, is_asked: bool) -> None:
    """Who learns at a fixed hour chooses an action some minutes after it."""
    stage = learnt(action="Today")
    stage.now += after
    assert ("How is it now" in stage.say("/next")[0]) is is_asked


def test_after_a_reminder_a_serious_lesson_asks_first_and_nothing_else_is_promised() -> None:
    stage = Stage().joined(CODE)
    stage.take_lesson()
    for words in ("yes", "10:00", "yes"):
        stage.say(words)
    stage.say("/courses")
    for label in ("One more lesson", "Start", "Next ▶"):
        stage.tap(label)
    stage.now += timedelta(days=6)
    (reminder,) = [text for text in stage.wait() if "(rings)" in text]
    assert "question" not in reminder
    assert "plan" not in reminder
    assert "Not here, not now" in stage.tap("Start")[-1]
    assert not any(isinstance(fact, FollowUpAsked) for fact in stage.facts)
