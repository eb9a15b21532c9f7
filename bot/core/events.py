"""What comes in: what people do in a chat, and what the bot itself begins. No vendor, no language, no clock."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.messages import Address


@dataclass(frozen=True, slots=True)
class Said:
    """Words the person typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button of ours. The token is as the provider gave it back: it may be old, foreign or forged."""

    token: str
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The chat was opened by a link or a QR picture, with what the link carried."""

    payload: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is no text: a sticker, a voice note, a photo."""

    kind: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The person blocked us. It says nothing about opting out."""


@dataclass(frozen=True, slots=True)
class Unblocked:
    """The person let us in again."""


class Alert(StrEnum):
    """What an operator is told without having asked."""

    WRONG_CODES = "wrong_codes"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Alerted:
    """Something happened that the operator must know. It comes from the bot itself, never from a channel."""

    alert: Alert
    count: int


@dataclass(frozen=True, slots=True)
class Due:
    """The time has come to write to somebody. What is owed, if anything, is decided in the turn.

    `delay` are seconds by which the message is to go later, so that what waited through a downtime goes out spread.
    """

    delay: int = 0


InboundContent = Said | Tapped | Opened | Unreadable | Blocked | Unblocked | Alerted | Due
# What the bot itself begins: nobody was heard.
BEGUN_BY_US = (Alerted, Due)


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """An event: a person did something in a chat, or the bot begins to speak.

    `key` is unique for all time and all channels; the second arrival of a key changes nothing. `notice` is what
    the channel needs to answer a tap at once, and is never stored. `message_id` is the provider's id of what the person
    sent, where that stands in the chat and can be taken back.
    """

    key: str
    address: Address
    content: InboundContent
    language_hint: str | None = None
    notice: str | None = field(default=None, compare=False)
    message_id: str | None = field(default=None, compare=False)


Event = MessageReceived
