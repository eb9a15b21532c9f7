"""Who somebody is to us, and what a turn may know and change about them.

A turn changes nothing itself: it answers with facts, each a plain record, and the store keeps them.
"""

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


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What is kept about an address. `wrong_codes` are the times of wrong join codes of the last hour."""

    address: Address
    reach: Reach = Reach.REACHABLE
    wrong_codes: tuple[datetime, ...] = ()
    stop_told_on: date | None = None
    language_hint: str | None = None


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
class Company:
    """A small firm. `headcount` is a band such as `10-49`."""

    id: str
    name: str
    country: str
    time_zone: str
    headcount: str
    languages: tuple[str, ...]
    joined: int = 0


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
    """A learner in a course."""

    course_id: str
    begun_at: datetime
    is_active: bool = True
    finished_at: datetime | None = None


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
    """All that a turn may know. `fresh` are random codes, drawn outside, for what the turn makes new."""

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
    invitation: Invitation | None = None

    @property
    def membership(self) -> Membership | None:
        """Return the active membership, worker or owner."""
        return next((membership for membership in self.memberships if membership.is_active), None)

    @property
    def company(self) -> Company | None:
        """Return the company of the active membership."""
        return self.membership.company if self.membership else None


# --- facts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddressKept:
    """The address as it stands after the turn."""

    address: KnownAddress


@dataclass(frozen=True, slots=True)
class PersonKept:
    """The person as they stand after the turn; new when the id is."""

    person: Person


@dataclass(frozen=True, slots=True)
class PersonForgotten:
    """Everything about the person is to be erased, on every address."""

    person_id: str


@dataclass(frozen=True, slots=True)
class Consented:
    """The notice was accepted; `wording` is its version."""

    person_id: str
    wording: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The person became a member of a company and that membership the active one."""

    person_id: str
    company_id: str
    role: Role
    pseudonym: str


@dataclass(frozen=True, slots=True)
class LeftCompany:
    """The person is no longer a member of a company; progress stays with the person."""

    person_id: str
    company_id: str


@dataclass(frozen=True, slots=True)
class InvitationUsed:
    """A code for one use was used."""

    code: str


@dataclass(frozen=True, slots=True)
class InvitationMade:
    """A new code."""

    code: str
    role: Role
    company_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CompanyMade:
    """A trainer made a company, and it is assigned to them."""

    company: Company
    trainer_id: str


@dataclass(frozen=True, slots=True)
class CourseAssigned:
    """A company takes a course."""

    company_id: str
    course_id: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The person begins or goes back to a course, and it becomes the active one."""

    person_id: str
    course_id: str


@dataclass(frozen=True, slots=True)
class LessonBegun:
    """A lesson was opened in a version that must stay readable until it is finished."""

    course_id: str
    lesson_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Attempted:
    """One graded answer, never rewritten. Never made for sensitive lessons, nor when the employer runs this."""

    person_id: str
    course_id: str
    lesson_id: str
    question_id: str
    version: str
    chosen: str
    verdict: str
    language: str


@dataclass(frozen=True, slots=True)
class LessonCompleted:
    """An ordinary lesson was finished, with what was said to its action."""

    person_id: str
    course_id: str
    lesson_id: str
    action: ActionChoice
    language: str


@dataclass(frozen=True, slots=True)
class CourseFinished:
    """All ordinary lessons of a course are done."""

    person_id: str
    course_id: str


@dataclass(frozen=True, slots=True)
class LessonRated:
    """Somebody said whether a lesson was useful. It is counted, not kept with the person."""

    course_id: str
    lesson_id: str
    rating: str


@dataclass(frozen=True, slots=True)
class MistakeReported:
    """Somebody tapped "report a mistake" on a card. The card is named, the person is not."""

    course_id: str
    lesson_id: str
    card: int
    language: str


@dataclass(frozen=True, slots=True)
class Audited:
    """Something that must be traceable: who did what to what, without any message."""

    actor_id: str
    action: str
    subject: str


Fact = (
    AddressKept
    | PersonKept
    | PersonForgotten
    | Consented
    | Joined
    | LeftCompany
    | InvitationUsed
    | InvitationMade
    | CompanyMade
    | CourseAssigned
    | Enrolled
    | LessonBegun
    | Attempted
    | LessonCompleted
    | CourseFinished
    | LessonRated
    | MistakeReported
    | Audited
)
