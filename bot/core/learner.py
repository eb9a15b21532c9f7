"""Who somebody is to us, and what a turn may know about them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from bot.core.messages import Address, Features


class Role(StrEnum):
    """What a person is to one company, or to the programme."""

    WORKER = "worker"
    OWNER = "owner"
    TRAINER = "trainer"
    OPERATOR = "operator"


class Reach(StrEnum):
    """Whether an address may be written to. Blocking us and opting out are different things."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"


class ActionChoice(StrEnum):
    """What somebody said to the action at the end of a lesson."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    NOT_FOR_ME = "not_for_me"


class FollowUpAnswer(StrEnum):
    """What somebody said some days after choosing an action."""

    DONE = "done"
    NOT_YET = "not_yet"
    COULD_NOT = "could_not"


class NudgeKind(StrEnum):
    """What an owner or a trainer may have said to a team, in the fixed words of the programme."""

    REMIND = "remind"
    THANK = "thank"


class Occasion(StrEnum):
    """When a question was answered: in its lesson, again later, or before and after the course."""

    LESSON = "lesson"
    REVIEW = "review"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What is kept about an address. `wrong_codes` are the times of wrong join codes of the last hour.

    `contacted_at` is when the bot last began to speak there, `heard_at` the last sign of life, to ten minutes; the
    latter is kept by the store itself.
    """

    address: Address
    reach: Reach = Reach.REACHABLE
    wrong_codes: tuple[datetime, ...] = ()
    stop_told_on: date | None = None
    language_hint: str | None = None
    contacted_at: datetime | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A learner, owner, trainer or operator: a random id and a few settings, no name and no number.

    `hour` is local time in `time_zone`, or in the company's when that is unset; None while it was not asked,
    and `wants_reminders` False for who chose none.
    """

    id: str
    language: str
    hour: time | None = None
    time_zone: str | None = None
    wants_reminders: bool = True
    works_nights: bool = False
    is_trainer: bool = False
    is_operator: bool = False
    consented: bool = False


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a person is written to by the bot itself. Moments are UTC.

    `days` are weekdays as digits, Monday is 0. `next_at` is when to look again what is owed; None is never.
    `unanswered` counts the messages since the last sign of life, `text` is the number of the one said last.
    `reviewed_at` is when questions last came back, `nudged_at` when the company's last nudge was dealt with.
    `wants_nudges` and `wants_letters` are False for who refused them for good; letters are an owner's and a
    trainer's of Monday.
    """

    days: str = "024"
    next_at: datetime | None = None
    paused_until: datetime | None = None
    unanswered: int = 0
    contacted_at: datetime | None = None
    text: int = 0
    reviewed_at: datetime | None = None
    nudged_at: datetime | None = None
    wants_nudges: bool = True
    wants_letters: bool = True


@dataclass(frozen=True, slots=True)
class Company:
    """A small firm. `headcount` is a band such as `10-49`.

    `nudge` is what the team was told last, and `nudged_at` when; `asks_gain` says that questions before and after a
    course are asked even where messages cost.
    """

    id: str
    name: str
    country: str
    time_zone: str
    headcount: str
    languages: tuple[str, ...]
    joined: int = 0
    nudge: NudgeKind | None = None
    nudged_at: datetime | None = None
    asks_gain: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's part in one company. `pseudonym` is what a trainer sees, another one in each company."""

    company: Company
    role: Role
    pseudonym: str
    is_active: bool = True
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code on a poster or in a link. A worker's code is for many, any other for one use within its days."""

    code: str
    role: Role
    company: Company | None
    expires_at: datetime | None = None
    used_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Say whether it can still be used."""
        return self.used_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A learner in a course. `answered_before` says that questions were answered before it, to be asked after it."""

    course_id: str
    begun_at: datetime
    is_active: bool = True
    finished_at: datetime | None = None
    answered_before: bool = False


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """A question that comes back. `stability` are days, `difficulty` is 1 to 10; both are of `fsrs`."""

    lesson_id: str
    question_id: str
    course_id: str
    stability: float
    difficulty: float
    due_at: datetime
    reviewed_at: datetime


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An action that was chosen at the end of a lesson, two days ago or more, and not yet asked after."""

    course_id: str
    lesson_id: str
    chosen_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """The memory of one chat with one person. `key` is random and stands in our buttons; `step` makes old ones stale.

    `state` is small JSON with a version, read and written by `dialogue/states.py` alone. `offered` are the choices
    shown last and their labels in the person's language, so that typing a label counts like tapping it.
    """

    key: str
    step: int = 0
    state: str = ""
    offered: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """All that a turn may know. `fresh` are random codes, drawn outside, for what the turn makes new.

    `reviews` are the cards whose time has come, `follow_ups` the actions that may be asked after now, the oldest first;
    `due_on` are the days by which the company wants its courses done.
    """

    address: KnownAddress
    features: Features
    fresh: tuple[str, ...]
    person: Person | None = None
    conversation: Conversation | None = None
    memberships: tuple[Membership, ...] = ()
    assigned_courses: tuple[str, ...] = ()
    trained_companies: tuple[Company, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()
    completed: frozenset[str] = frozenset()
    reviews: tuple[ReviewCard, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    due_on: tuple[tuple[str, date], ...] = ()
    invitation: Invitation | None = None
    rhythm: Rhythm = Rhythm()

    @property
    def membership(self) -> Membership | None:
        """Return the active membership, worker or owner."""
        return next((membership for membership in self.memberships if membership.is_active), None)

    @property
    def company(self) -> Company | None:
        """Return the company of the active membership."""
        return self.membership.company if self.membership else None
