"""Where a conversation stands, as small JSON with a version. Nothing a person typed is in it, but a company's draft."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

VERSION = 1
# `json.dumps` makes an encoder anew for each text when it is not asked for the usual form.
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Asking(StrEnum):
    """What the next message of the person answers."""

    NOTHING = "nothing"
    LANGUAGE = "language"
    NOTICE = "notice"
    CARD = "card"
    QUESTION = "question"
    FEEDBACK = "feedback"
    ACTION = "action"
    FOLLOW_UP = "follow_up"
    REVIEW = "review"
    REVIEWED = "reviewed"
    USEFUL = "useful"
    HOUR = "hour"
    HOUR_TYPED = "hour_typed"
    NIGHTS = "nights"
    ZONE = "zone"
    ZONE_TYPED = "zone_typed"
    DAYS = "days"
    SENSITIVE = "sensitive"
    FORGET = "forget"
    CODE = "code"
    LEAVE = "leave"
    TEAM_COURSE = "team_course"
    DUE_DATE = "due_date"
    DUE_DATE_MEANT = "due_date_meant"
    GAIN = "gain"
    GAIN_QUESTION = "gain_question"
    COMPANY_NAME = "company_name"
    COMPANY_COUNTRY = "company_country"
    COMPANY_ZONE = "company_zone"
    COMPANY_SIZE = "company_size"
    COMPANY_LANGUAGES = "company_languages"


# What comes back before a lesson goes on.
COMES_BACK = frozenset({Asking.FOLLOW_UP, Asking.REVIEW, Asking.REVIEWED})
# What is open inside a lesson or before it; everything else is about a setting.
LEARNING = COMES_BACK | {Asking.CARD, Asking.QUESTION, Asking.FEEDBACK, Asking.ACTION, Asking.SENSITIVE}
# Questions that may come in between at any time; what they interrupt is open again after them.
_INTERRUPTS = frozenset({Asking.LANGUAGE, Asking.FORGET})


@dataclass(frozen=True, slots=True)
class LessonPlace:
    """How far somebody is in a lesson: the version begun, the card, and what is ticked on it."""

    course_id: str
    lesson_id: str
    version: str
    language: str
    card: int = 0
    picked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewPlace:
    """How far somebody is in what comes back: the question that is open, or the lesson whose action is asked after.

    `count` shuffles the options. `after_feedback` says that the lesson which waits had its own question answered, and
    `alone` that somebody came for this one question and is asked afterwards whether to go on.
    """

    course_id: str = ""
    lesson_id: str = ""
    question_id: str = ""
    number: int = 0
    total: int = 0
    count: int = 0
    picked: tuple[int, ...] = ()
    after_feedback: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The whole state. `before` is what was interrupted, the newest last; `code` an invitation not yet used.

    `was_away` says that somebody is back after weeks of silence and did not go on learning yet.
    """

    asking: Asking = Asking.NOTHING
    lesson: LessonPlace | None = None
    before: tuple[Asking, ...] = ()
    code: str | None = None
    draft: Mapping[str, str] = field(default_factory=dict)
    asked_hour: bool = False
    review: ReviewPlace | None = None
    was_away: bool = False

    def at(self, asking: Asking) -> "State":
        """Return the state with another question open, and with what that one interrupts."""
        before: tuple[Asking, ...] = ()
        if asking in _INTERRUPTS:
            before = self.before if self.asking in {asking, Asking.NOTHING} else (*self.before, self.asking)
            before = before[: before.index(asking)] if asking in before else before
        # Whoever goes on with something else is not asked the rest any more: it comes back another day.
        review = self.review if asking in COMES_BACK | _INTERRUPTS else None
        return replace(self, asking=asking, before=before, review=review)

    def back(self) -> "State":
        """Return the state with the question open that was interrupted, if there was one."""
        return replace(self, asking=self.before[-1] if self.before else Asking.NOTHING, before=self.before[:-1])


def to_json(state: State) -> str:
    """Return the state as it is kept."""
    kept: dict[str, Any] = {"v": VERSION, "a": state.asking.value}
    if state.lesson:
        place = state.lesson
        kept["l"] = [place.course_id, place.lesson_id, place.version, place.language, place.card, list(place.picked)]
    if state.before:
        kept["b"] = [asking.value for asking in state.before]
    if state.code:
        kept["c"] = state.code
    if state.draft:
        kept["d"] = dict(state.draft)
    if state.asked_hour:
        kept["h"] = 1
    if state.review:
        kept["r"] = _review_to_json(state.review)
    if state.was_away:
        kept["w"] = 1
    return _to_json(kept)


def _review_to_json(place: ReviewPlace) -> list[Any]:
    where = [place.course_id, place.lesson_id, place.question_id, place.number, place.total, place.count]
    return [*where, list(place.picked), int(place.after_feedback), int(place.alone)]


def _review_from_json(kept: list[Any]) -> ReviewPlace:
    course_id, lesson_id, question_id, number, total, count, picked, after_feedback, alone = kept
    place = ReviewPlace(course_id, lesson_id, question_id, number, total, count, tuple(picked))
    return replace(place, after_feedback=bool(after_feedback), alone=bool(alone))


# All who are at the same card of a lesson have the same text.
@lru_cache(maxsize=500)
def from_json(text: str) -> State:
    """Return a state that was kept; an empty text is a conversation that has not begun."""
    if not text:
        return State()
    kept = json.loads(text)
    lesson = None
    if "l" in kept:
        course_id, lesson_id, version, language, card, picked = kept["l"]
        lesson = LessonPlace(course_id, lesson_id, version, language, card, tuple(picked))
    return State(
        asking=Asking(kept["a"]),
        lesson=lesson,
        before=_interrupted(kept.get("b", [])),
        code=kept.get("c"),
        draft=kept.get("d", {}),
        asked_hour="h" in kept,
        review=_review_from_json(kept["r"]) if "r" in kept else None,
        was_away="w" in kept,
    )


def _interrupted(kept: list[str] | str) -> tuple[Asking, ...]:
    """Return what was interrupted; earlier it was one word."""
    return tuple(Asking(value) for value in ([kept] if isinstance(kept, str) else kept))
