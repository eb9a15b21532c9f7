"""Tell what went wrong with a call, in the words of python-telegram-bot first and of the core afterwards.

No error made here holds anything that came back from outside: a description may quote the message, so it is only
compared with reasons known beforehand.
"""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.core.errors import (
    AddressGone,
    ChannelBusy,
    ChannelLocked,
    DeliveryFailed,
    MaybeSent,
    MessageRefused,
    NotSent,
)

NOT_PARSED = "can't parse entities"
NOT_MODIFIED = "message is not modified"
WEBHOOK_ACTIVE = "webhook is active"
NO_TEXT = "there is no text in the message to edit"
NOT_EDITABLE = frozenset(
    {
        "message to edit not found",
        "message can't be edited",
        NO_TEXT,
        "message_id_invalid",
        "message identifier is not specified",
    }
)
NOTHING_TO_DELETE = frozenset({"message to delete not found", "message identifiers are not specified"})
FILE_UNKNOWN = frozenset(
    {
        "wrong file identifier",
        "wrong remote file identifier",
        "file_reference_",
        "wrong file_id",
        "temporarily unavailable",
    }
)
GONE = frozenset({"chat not found", "user not found", "user is deactivated", "peer_id_invalid", "bot was blocked"})
_OTHERS = frozenset(
    {
        "message can't be deleted",
        "message text is empty",
        "message is too long",
        "text is too long",
        "caption is too long",
        "button_data_invalid",
        "reply markup is too long",
        "photo_invalid_dimensions",
        "image_process_failed",
        "file must be non-empty",
        "file is too big",
        "request entity too large",
        "query is too old",
        "bad webhook",
        "make sure that only one bot instance is running",
    }
)
_KNOWN = (
    NOT_PARSED,
    NOT_MODIFIED,
    WEBHOOK_ACTIVE,
    *sorted(NOT_EDITABLE | NOTHING_TO_DELETE | FILE_UNKNOWN | GONE | _OTHERS),
)
UNNAMED = "a reason we do not know"

_SHORTEST_PAUSE, _USUAL_PAUSE, _LONGEST_PAUSE = 1, 5, 24 * 3600
# Their statuses mean the same whoever answers, Telegram or a gateway in front of it.
_SAID_BY_ANYBODY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}


class NotReached(NetworkError):
    """The call had no effect: it was not written, or the server said that it failed."""

    __slots__ = ()


class AnswerLost(NetworkError):
    """The call was written and its outcome is not known."""

    __slots__ = ()


def refusal(status: int, body: bytes) -> TelegramError | None:
    """Return the error that an HTTP answer stands for, or None if Telegram took the call and its result is there."""
    answer = _object(body)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        if answer is None or not isinstance(answer.get("ok"), bool) or (answer["ok"] and "result" not in answer):
            return AnswerLost("Telegram's answer was cut off.")
        if answer["ok"]:
            return None
        code = answer.get("error_code")
        status = code if isinstance(code, int) else HTTPStatus.INTERNAL_SERVER_ERROR
    elif (answer is None or answer.get("ok") is not False) and status not in _SAID_BY_ANYBODY:
        return NotReached("The answer did not come from Telegram.")
    return _by_status(status, answer or {})


def _by_status(status: int, answer: dict[str, Any]) -> TelegramError:
    reason = _reason(answer.get("description"))
    match status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RetryAfter(_pause(answer.get("parameters")))
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            return InvalidToken("The token is refused.")
        case HTTPStatus.FORBIDDEN:
            return Forbidden(reason)
        case HTTPStatus.CONFLICT:
            return Conflict(reason)
        case _ if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return BadRequest(reason)
        case _:
            return NotReached("Telegram failed.")


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _reason(description: object) -> str:
    said = description.casefold() if isinstance(description, str) else ""
    return next((known for known in _KNOWN if known in said), UNNAMED)


def _pause(parameters: object) -> timedelta:
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    seconds = asked if isinstance(asked, int) else _USUAL_PAUSE
    return timedelta(seconds=min(max(seconds, _SHORTEST_PAUSE), _LONGEST_PAUSE))


def pause_asked(error: RetryAfter) -> timedelta:
    """Return how long Telegram asks us to wait, whatever type the library gives it."""
    asked = error.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


def delivery_failed(error: TelegramError) -> DeliveryFailed:
    """Return what a failed call means for the message that was to be delivered."""
    if isinstance(error, BadRequest):
        return _refused(error.message)
    match error:
        case RetryAfter():
            return ChannelBusy("Telegram asks us to wait.", pause_asked(error))
        case Forbidden():
            return AddressGone("The person blocked the bot, or the account is closed.")
        case InvalidToken():
            return ChannelLocked("Telegram refuses the token.", "Set TELEGRAM_BOT_TOKEN to the one BotFather shows.")
        case NotReached() | Conflict():
            return NotSent("Telegram was not reached, or failed.")
        case _:
            return MaybeSent("Telegram's answer was lost.")


def _refused(reason: str) -> DeliveryFailed:
    if reason in GONE:
        return AddressGone("Telegram does not know the chat, or the account is closed.")
    return MessageRefused(f"Telegram refused the message: {reason}.", as_plain_text=reason == NOT_PARSED)
