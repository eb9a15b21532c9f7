"""Whatever people do, in whatever order: no crash, one attempt a question, nothing after STOP, nothing after FORGET."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.dialogue.states import LessonPlace, from_json, to_json
from bot.core.events import Blocked, Due, Opened, Said, Tapped, Unblocked, Unreadable
from bot.core.facts import AddressKept, Attempted, FollowUpAsked, LessonCompleted, ReviewKept, RhythmKept
from bot.core.learner import Occasion, Reach
from bot.core.messages import Features, Recipe
from bot.core.reminder import local
from bot.core.review import MOST_A_DAY
from tests.core.stage import BUNDLING, CODE, EDITING, OWNER_CODE, TRAINER_CODE, Stage, written

WORDS = st.sampled_from(
    [
        "1",
        "2",
        "3",
        "next",
        "menu",
        "language",
        "français",
        "English",
        "hour",
        "9:30",
        "25:00",
        "yes",
        "no",
        "start",
        "done",
        "help",
        "/mydata",
        "/progress",
        "courses",
        "company",
        "/team",
        "/summary x",
        "newcompany",
        "Acme",
        "kenya",
        "10-49",
        "today",
        "0",
        "?",
        CODE,
        "AAAAAAAAAA",
        "leave",
        "export",
        "invite",
        "/lesson osh-07",
        "/course safety",
        "/language",
        "/forget",
        "keep",
        "congo",
        "days",
        "mon wed",
        "fewer",
        "not yet",
        "later",
        "/next",
        "/snooze",
        "/snooze 60",
        "/pause",
        "/resume",
        "/gain",
        "skip",
    ]
)
STOPPING = st.sampled_from(["stop", "STOP.", " Stop! ", "unsubscribe"])


class Chat(RuleBasedStateMachine):
    """One person at one chat."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.attempts: Counter[tuple[str, str, int]] = Counter()
        self.begun = 0
        self.replies: list[str] = []
        self.reviewed: list[datetime] = []

    def _take(self, content) -> None:
        stopped = self.stage.memory.address.reach is Reach.STOPPED
        before, lesson = len(self.stage.facts), _lesson_of(self.stage)
        self.replies = self.stage.take(content)
        self.new = self.stage.facts[before:]
        answered = [fact for fact in self.new if isinstance(fact, Attempted) and fact.occasion is Occasion.REVIEW]
        self.reviewed += [self.stage.now] * len(answered)
        if answered and lesson and self.stage.memory.conversation:
            after = _lesson_of(self.stage)
            assert after, "what comes back leaves the lesson where it was"
            assert after.lesson_id == lesson.lesson_id
        if stopped and self.stage.memory.address.reach is Reach.STOPPED and self.stage.memory.person:
            allowed = {"forget", "mydata", "help"}
            is_asked = isinstance(content, Said) and any(word in content.text for word in allowed)
            if not is_asked and not isinstance(content, Tapped):
                assert len([said for said in self.replies if said != "(tidies)"]) <= 1, (
                    "after STOP at most one line is said"
                )

    @rule(words=WORDS)
    def says(self, words: str) -> None:
        self._take(Said(words))

    @rule(text=st.text(max_size=30))
    def says_anything(self, text: str) -> None:
        self._take(Said(text))

    @rule(data=st.data())
    def taps_what_is_or_was_shown(self, data) -> None:
        tokens = [token for buttons in self.stage.shown for _, token in buttons]
        if tokens:
            self._take(Tapped(data.draw(st.sampled_from(tokens)), "1"))

    @rule(token=st.text(max_size=40))
    def taps_what_was_never_shown(self, token: str) -> None:
        facts = len(self.stage.facts)
        known = {shown for buttons in self.stage.shown for _, shown in buttons}
        person = self.stage.memory.person
        self._take(Tapped(token, None))
        if token not in known and person is not None:
            assert all(isinstance(fact, AddressKept | RhythmKept) for fact in self.stage.facts[facts:])

    @rule(code=st.sampled_from(["", CODE, OWNER_CODE, TRAINER_CODE, "AAAAAAAAAA", "x" * 64]))
    def opens_a_link(self, code: str) -> None:
        self._take(Opened(code))

    @rule(content=st.sampled_from([Unreadable("sticker"), Blocked(), Unblocked()]))
    def does_something_else(self, content) -> None:
        self._take(content)

    @rule(words=STOPPING)
    def stops(self, words: str) -> None:
        known = self.stage.memory.person is not None
        self._take(Said(words))
        if known:
            assert self.stage.memory.address.reach is Reach.STOPPED

    @rule(hours=st.integers(1, 60))
    def is_reminded(self, hours: int) -> None:
        before = self.stage.memory
        self.stage.now += timedelta(hours=hours)
        self._take(Due())
        after = self.stage.memory.conversation
        if before.conversation and after:
            assert (after.step, after.state) == (before.conversation.step, before.conversation.state)
        assert before.address.reach is Reach.REACHABLE or not self.replies

    @rule()
    def forgets(self) -> None:
        if self.stage.memory.person and self.stage.memory.person.consented:
            self._take(Said("/forget"))
            self._take(Said("Erase all"))
            assert self.stage.memory.person is None
            assert self.stage.memory.conversation is None

    @invariant()
    def a_conversation_can_be_kept_and_read_again(self) -> None:
        conversation = self.stage.memory.conversation
        if conversation:
            assert to_json(from_json(conversation.state)) == conversation.state
            assert len(conversation.state) < 700

    @invariant()
    def tokens_fit_a_button(self) -> None:
        for buttons in self.stage.shown[-2:]:
            assert all(0 < len(token.encode()) <= 64 for _, token in buttons)

    @invariant()
    def a_sensitive_lesson_leaves_no_trace(self) -> None:
        kinds = Attempted | LessonCompleted | FollowUpAsked
        assert all(fact.lesson_id != "osh-07" for fact in self.stage.facts if isinstance(fact, kinds))
        assert all(fact.card.lesson_id != "osh-07" for fact in self.stage.facts if isinstance(fact, ReviewKept))

    @invariant()
    def at_most_three_questions_come_back_on_a_local_day(self) -> None:
        person, company = self.stage.memory.person, self.stage.memory.company
        zone = (person and person.time_zone) or (company.time_zone if company else None)
        today = local(self.stage.now, zone).date()
        assert sum(local(at, zone).date() == today for at in self.reviewed) <= MOST_A_DAY

    @invariant()
    def an_action_is_asked_after_once(self) -> None:
        asked = [(fact.person_id, fact.lesson_id) for fact in self.stage.facts if isinstance(fact, FollowUpAsked)]
        assert len(asked) == len(set(asked))

    @invariant()
    def every_bubble_says_something_or_tidies_up(self) -> None:
        if hasattr(self.stage, "turn"):
            for answer in self.stage.turn.replies:
                assert isinstance(answer, Recipe) or answer.blocks or answer.picture or answer.closes, written(answer)


def _lesson_of(stage: Stage) -> LessonPlace | None:
    conversation = stage.memory.conversation
    return from_json(conversation.state).lesson if conversation else None


class BundledChat(Chat):
    """The same where every message costs."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(features=BUNDLING)


class LearningChat(Chat):
    """Somebody who took two lessons and comes back days later, so that questions and an action wait."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = learner_who_is_back(EDITING)


class BundledLearningChat(Chat):
    """The same where every message costs."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = learner_who_is_back(BUNDLING)


def learner_who_is_back(features: Features) -> Stage:
    stage = Stage(features=features).joined(CODE)
    stage.take_lesson()
    for words in ("yes", "10:00", "yes", "/next"):
        stage.say(words)
    stage.take_lesson()
    stage.now += timedelta(days=4)
    stage.say("/next")
    return stage


class MeasuredChat(Chat):
    """The same in a course that asks two questions before and after it."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(gain=True)


MeasuredChat.TestCase.settings = Chat.TestCase.settings = BundledChat.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
LearningChat.TestCase.settings = BundledLearningChat.TestCase.settings = settings(
    max_examples=30, stateful_step_count=40, deadline=None
)
TestChat = Chat.TestCase
TestBundledChat = BundledChat.TestCase
TestLearningChat = LearningChat.TestCase
TestBundledLearningChat = BundledLearningChat.TestCase
TestMeasuredChat = MeasuredChat.TestCase


def test_one_answer_makes_one_attempt_however_often_it_is_tapped() -> None:
    stage = Stage(features=EDITING).joined()
    stage.tap("Next ▶")
    stage.tap("Next ▶")
    token = next(token for buttons in reversed(stage.shown) for label, token in buttons if label == "2")
    for _ in range(5):
        stage.take(Tapped(token, "1"))
    assert stage.kinds().count("Attempted") == 1


def test_the_same_event_on_the_same_memory_gives_the_same_turn() -> None:
    one, other = Stage().joined(), Stage().joined()
    assert one.turn == other.turn
