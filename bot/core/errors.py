"""Errors that any room may meet, in one tree. They carry data, so that each edge can say them its own way.

TeabreakError
├── SettingsProblem        a setting is missing, wrong or unknown
├── StoreProblem           the database cannot be used as it stands
│   └── NotCommitted       a turn could not be committed in time: ask the provider to send it again
├── ContentProblem         a lesson or a translation cannot be served
├── NotNeeded              what was to be said is not so any more: nothing is wrong
├── RequestRefused         a provider's request does not hold (carries the HTTP status)
└── DeliveryFailed         a message did not go out
    ├── ChannelBusy        wait as long as the provider says; nothing was sent
    ├── NotSent            the provider was not reached; sending again is safe
    ├── MaybeSent          the answer was lost; the message may have arrived
    ├── AddressGone        the person blocked us or the account is closed
    ├── MessageRefused     the provider will never take this message
    └── ChannelLocked      our token is refused: all sending stops until it is mended
"""

from datetime import timedelta


class TeabreakError(Exception):
    """A fault with a sentence for people and a remedy."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsProblem(TeabreakError):
    """A setting is missing, wrong or unknown."""


class StoreProblem(TeabreakError):
    """The database cannot be used as it stands."""


class NotCommitted(StoreProblem):
    """A turn could not be committed in time."""


class ContentProblem(TeabreakError):
    """A lesson or a translation cannot be served."""


class NotNeeded(TeabreakError):
    """What a message was to say is not so any more when it is made; nothing is wrong."""


class RequestRefused(TeabreakError):
    """A provider's request does not hold: `status` is the HTTP answer it gets."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class DeliveryFailed(TeabreakError):
    """A message did not go out. The message of the error is safe to keep and to show: it holds no text and no token."""


class ChannelBusy(DeliveryFailed):
    """The provider asks us to wait; nothing was sent."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotSent(DeliveryFailed):
    """The provider was not reached; sending again cannot make a second copy."""


class MaybeSent(DeliveryFailed):
    """The provider's answer was lost; sending again may make a second copy."""


class AddressGone(DeliveryFailed):
    """The person blocked us, or the account is closed."""


class MessageRefused(DeliveryFailed):
    """The provider will never take this message. `as_plain_text` says whether it may take it without formatting."""

    def __init__(self, message: str, *, as_plain_text: bool = False) -> None:
        super().__init__(message)
        self.as_plain_text = as_plain_text


class ChannelLocked(DeliveryFailed):
    """Our token is refused: all sending on this channel stops until it is mended."""
