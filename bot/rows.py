"""What is kept and handed on, row by row: plain records that the service and the store share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.core.facts import Fact
from bot.core.learner import Conversation
from bot.core.messages import Address


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble on a webphone; `id` is also the id of its server-sent event and grows with every change."""

    id: int
    phone: str
    content: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class KeptLesson:
    """A lesson in the version that somebody began: its source file and the translation that was used."""

    version: str
    course_id: str
    lesson_id: str
    language: str
    source: str
    messages: Mapping[str, str]
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """What an event needs loaded: its address, and the invitation it names."""

    address: Address
    code: str | None = None


class Outcome(StrEnum):
    """How an event ended; kept with its key for seven days."""

    DONE = "done"
    TRYING = "trying"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """The key of an event, never its payload."""

    key: str
    channel: str
    kind: str
    received_at: datetime
    outcome: Outcome = Outcome.DONE


@dataclass(frozen=True, slots=True)
class TurnRow:
    """What a turn leaves behind, apart from its replies. No person means that nothing is to be remembered.

    `heard` is False for what the bot itself began: it is no sign of life.
    """

    address: Address
    person_id: str | None
    conversation: Conversation | None
    facts: tuple[Fact, ...]
    heard: bool = True


class Lane(StrEnum):
    """Replies go before what nobody waits for."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class Sending(StrEnum):
    """Where an outgoing message stands; the last six are final."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    CANCELLED = "cancelled"


# Why a row is not sent, where nothing is wrong: somebody came before it could go.
SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One provider call to be made.

    `payload` is JSON: a message ready to go, or a recipe. `has_buttons` marks a bubble that a later reply may
    edit; `edits` is that bubble's provider id, or `last` for the newest one. `required` rows go out after STOP.
    `answers` is the provider's id of what the person sent, so that it can disappear together with the reply.
    `id` is given by the store and grows within a conversation.
    """

    address: Address
    conversation: str
    person_id: str | None
    payload: str
    created_at: datetime
    expires_at: datetime
    lane: Lane = Lane.INTERACTIVE
    state: Sending = Sending.PENDING
    not_before: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    fence: int = 0
    tries: int = 0
    copies: int = 0
    has_buttons: bool = False
    edits: str | None = None
    answers: str | None = None
    required: bool = False
    message_id: str | None = None
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A message that stands in a chat: the provider's id, since when, and whether it is one of ours."""

    message_id: str
    since: datetime
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a call. `fence` is the lease's number: a late word of an old lease is not written."""

    id: int
    fence: int
    state: Sending
    at: datetime
    reason: str = ""
    message_id: str | None = None
    tries: int = 0
    copies: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that could not be taken, with what it held; kept for seven days, for the operator only."""

    key: str
    channel: str
    kind: str
    payload: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DueRow:
    """Somebody whose time has come, where they are reached, and since when."""

    person_id: str
    address: Address
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptAbout:
    """What is kept about one person, for `/mydata`."""

    language: str
    hour: str | None
    wants_reminders: bool
    companies: tuple[str, ...]
    joined_on: date | None
    lessons: int
    answers: int
    oldest_answer: date | None
    courses_finished: int
    roles: tuple[str, ...]
    reviews: int = 0
