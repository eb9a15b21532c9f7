"""What a turn may change. It answers with facts, each a plain record, and the store keeps them."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.core.learner import (
    ActionChoice,
    Company,
    FollowUpAnswer,
    KnownAddress,
    NudgeKind,
    Occasion,
    Person,
    ReviewCard,
    Rhythm,
    Role,
)


@dataclass(frozen=True, slots=True)
class AddressKept:
    """The address as it stands after the turn."""

    address: KnownAddress


@dataclass(frozen=True, slots=True)
class PersonKept:
    """The person as they stand after the turn; new when the id is."""

    person: Person


@dataclass(frozen=True, slots=True)
class RhythmKept:
    """When the person is written to next, and what came before, as it stands after the turn."""

    person_id: str
    rhythm: Rhythm


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
    """A company takes a course, to be done by a day or at everybody's own pace."""

    company_id: str
    course_id: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class NudgeAsked:
    """An owner or a trainer asks the programme to tell a team something; at most once a week for a company."""

    company_id: str
    kind: NudgeKind


@dataclass(frozen=True, slots=True)
class GainSwitched:
    """A trainer says whether a company's people are asked before and after a course where messages cost."""

    company_id: str
    asks: bool


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
    occasion: Occasion = Occasion.LESSON


@dataclass(frozen=True, slots=True)
class ReviewKept:
    """When a question comes back. `is_new` is of a first answer, and leaves a card that is there as it is."""

    person_id: str
    card: ReviewCard
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpAsked:
    """An action was asked after; that happens once, whether it is answered or not."""

    person_id: str
    lesson_id: str


@dataclass(frozen=True, slots=True)
class FollowUpAnswered:
    """What became of an action."""

    person_id: str
    lesson_id: str
    answer: FollowUpAnswer


@dataclass(frozen=True, slots=True)
class AnsweredBefore:
    """The questions before a course were answered, so they are asked again after it."""

    person_id: str
    course_id: str


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
    | RhythmKept
    | PersonForgotten
    | Consented
    | Joined
    | LeftCompany
    | InvitationUsed
    | InvitationMade
    | CompanyMade
    | CourseAssigned
    | NudgeAsked
    | GainSwitched
    | Enrolled
    | LessonBegun
    | Attempted
    | ReviewKept
    | FollowUpAsked
    | FollowUpAnswered
    | AnsweredBefore
    | LessonCompleted
    | CourseFinished
    | LessonRated
    | MistakeReported
    | Audited
)
