"""The two questions before and after a course: who is asked, what is kept of it, and who is not asked."""

from dataclasses import replace

import pytest

from bot.core.course import Audience, QuestionCard
from bot.core.dialogue.cards import order_of
from bot.core.dialogue.states import Asking, from_json
from bot.core.facts import AnsweredBefore, Attempted, Audited, GainSwitched
from bot.core.learner import Occasion
from bot.core.question import QuestionSource
from bot.core.question_types import QUESTION_TYPES
from tests.core.stage import BUNDLING, CODE, COMPANY, COURSE, LESSONS, OWNER_CODE, TRAINER_CODE, Stage

NUMBER = QuestionSource("q-say", 1, "How many?", tip="Twelve.", directives={"type": "number", "answer": "12"})


class Tuned(Stage):
    """A stage with another course."""

    course = COURSE

    def _lent(self, wants):
        return replace(super()._lent(wants), courses=(replace(self.course, gain=("osh-02/q-say", "osh-03/q-which")),))


def offered(stage: Stage) -> list[str]:
    """Go to where the questions are offered, or not."""
    stage.joined(CODE).lesson()
    stage.tap("Yes")
    return stage.tap("No reminders")


def asking(stage: Stage) -> Asking:
    return from_json(stage.memory.conversation.state).asking


def go_through(stage: Stage) -> list[str]:
    """Take one more lesson."""
    stage.say("/next")
    said = stage.lesson("Not for me")
    return stage.tap("Yes") if "useful" in said[-1] else said


def attempts(stage: Stage, *occasions: Occasion) -> list[tuple[str, str, str]]:
    found = [fact for fact in stage.facts if isinstance(fact, Attempted) and fact.occasion in occasions]
    return [(fact.lesson_id, fact.question_id, fact.verdict) for fact in found]


def test_answers_before_and_after_are_kept_by_their_occasion_and_tell_nothing() -> None:
    stage = Stage(gain=True)
    assert "Two questions before you go on?" in offered(stage)[-1]
    said = [*stage.tap("Yes"), *stage.say("What, where"), *stage.say("A box falls. It misses Sipho.")]
    assert not any(word in " ".join(said) for word in ("Yes, ", "Nobody was hurt", "The answer is", "You found"))
    assert stage.facts[-1] == AnsweredBefore(stage.memory.person.id, "safety")
    assert attempts(stage, Occasion.BEFORE)[1] == ("osh-03", "q-which", "right")
    go_through(stage)
    assert "The same two questions" in go_through(stage)[-1]
    stage.tap("Yes")
    stage.say("?")
    stage.say("Sipho cuts his hand.")
    assert attempts(stage, Occasion.AFTER) == [("osh-02", "q-say", "not_sure"), ("osh-03", "q-which", "wrong")]
    assert len(attempts(stage, Occasion.LESSON)) == 6
    assert "AnsweredBefore" not in stage.kinds()[-3:]


def test_who_took_only_one_answer_is_not_asked_after_the_course() -> None:
    stage = Stage(gain=True)
    offered(stage)
    stage.tap("Yes")
    stage.say("1")
    stage.tap("Skip")
    assert not any(isinstance(fact, AnsweredBefore) for fact in stage.facts)
    go_through(stage)
    assert "The same two questions" not in go_through(stage)[-1]


def test_nobody_is_asked_where_the_employer_runs_it_since_no_answer_is_kept() -> None:
    class Employer(Stage):
        def _lent(self, wants):
            return replace(super()._lent(wants), run_by_employer=True)

    assert "[Next lesson]" in offered(Employer(gain=True))[-1]


@pytest.mark.parametrize(("asks", "is_asked"), [(False, False), (True, True)])
def test_where_messages_cost_the_company_must_want_it(asks, is_asked) -> None:
    stage = Stage(features=BUNDLING, gain=True, company=replace(COMPANY, asks_gain=asks)).joined(CODE)
    for answer in ("2", "1 3", "today", "yes"):
        stage.say(answer)
    assert ("Two questions" in stage.say("no reminders")[-1]) is is_asked


def test_who_learns_alone_where_messages_cost_is_not_asked() -> None:
    stage = Stage(features=BUNDLING, gain=True).joined()
    for answer in ("2", "1 3", "today", "yes"):
        stage.say(answer)
    assert "Two questions" not in stage.say("no reminders")[-1]


def test_a_lesson_that_is_read_again_offers_nothing() -> None:
    stage = Stage(gain=True)
    offered(stage)
    stage.tap("Skip")
    stage.shown.append([("Again", f"{stage.memory.conversation.key}:0:/lesson osh-01")])
    stage.tap("Again")
    stage.lesson()
    assert "[Next lesson]" in stage.tap("Yes")[-1]


def test_who_begins_with_a_lesson_that_is_asked_about_is_not_asked_before() -> None:
    stage = Stage(gain=True).joined(CODE)
    stage.shown.append([("Second", f"{stage.memory.conversation.key}:0:/lesson osh-02")])
    stage.tap("Second")
    stage.lesson()
    stage.tap("Yes")
    assert "[Next lesson]" in stage.tap("No reminders")[-1]


def test_an_owner_whose_lessons_do_not_have_both_questions_is_not_asked() -> None:
    class ForWorkers(Tuned):
        course = replace(COURSE, lessons=(*LESSONS[:2], replace(LESSONS[2], audience=Audience.WORKER)))

    assert "Two questions" in offered(ForWorkers())[-1]
    stage = ForWorkers().joined(OWNER_CODE)
    stage.say("/next")
    stage.lesson()
    stage.tap("Yes")
    assert "Two questions" not in stage.tap("No reminders")[-1]


def test_a_number_is_typed_and_is_no_button() -> None:
    class Numbered(Tuned):
        kind = next(found for found in QUESTION_TYPES if found.claims(NUMBER))
        cards = (*LESSONS[1].cards[:3], QuestionCard(kind.from_source(NUMBER, "en")), LESSONS[1].cards[4])
        course = replace(COURSE, lessons=(LESSONS[0], replace(LESSONS[1], cards=cards), *LESSONS[2:]))

    stage = Numbered()
    offered(stage)
    assert "Send a number." in stage.tap("Yes")[-1]
    assert "Question 2 of 2" in stage.say("1")[-1]
    assert attempts(stage, Occasion.BEFORE) == [("osh-02", "q-say", "wrong")]


def test_a_course_that_no_longer_asks_lets_people_go_on() -> None:
    stage = Stage(gain=True)
    offered(stage)
    stage.tap("Yes")
    stage.gain = False
    assert "I could not read" in stage.say("hm")[-1]
    assert "[Next lesson]" in stage.tap("1")[-1]
    assert asking(stage) is Asking.NOTHING


def test_each_occasion_has_an_order_of_its_own() -> None:
    question = LESSONS[0].cards[2].question
    people = [f"P{number}" for number in range(200)]
    orders = [{order_of(question, person, count) for count in (0, -1, -2)} for person in people]
    assert sum(len(found) > 1 for found in orders) > 150


def test_the_hour_may_be_settled_in_between_and_the_offer_comes_again() -> None:
    stage = Stage(gain=True)
    offered(stage)
    stage.say("/hour 9")
    assert "Two questions before you go on?" in stage.tap("Yes")[-1]


def test_a_second_tap_on_a_company_changes_nothing_and_is_written_down_once() -> None:
    stage = Stage()
    stage.open(TRAINER_CODE)
    stage.tap("English")
    stage.tap("Start")
    stage.memory = replace(stage.memory, trained_companies=(COMPANY,))
    stage.say("/gain")
    for _ in range(3):
        stage.tap(COMPANY.name)
    kept = [fact for fact in stage.facts if isinstance(fact, GainSwitched | Audited)]
    assert kept[1:] == [
        GainSwitched(COMPANY.id, True),
        Audited(stage.memory.person.id, "switched gain on", COMPANY.id),
    ]


def test_after_hiding_at_a_question_a_number_that_is_typed_is_no_answer() -> None:
    stage = Stage(gain=True)
    offered(stage)
    stage.tap("Yes")
    stage.say("/hide")
    assert asking(stage) is Asking.GAIN
    stage.say("2")
    assert attempts(stage, Occasion.BEFORE) == []
