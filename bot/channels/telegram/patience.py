"""Repeat what must succeed in the end, with growing pauses, and say in one line what is waited for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter

from bot.channels.telegram.failures import WEBHOOK_ACTIVE, AnswerLost, NotReached, pause_asked
from bot.core.errors import StoreProblem
from bot.ports import Clock

T = TypeVar("T")
_log = structlog.get_logger()

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=60)
# A refused token does not mend itself, and asking often with one looks like guessing.
_LOCKED_PAUSE = timedelta(minutes=5)

_AWAY = "Telegram cannot be reached; trying again."
_WEBHOOK_SET = (
    "A webhook is set for this bot, so it cannot be polled: set TELEGRAM_WEBHOOK_SECRET and PUBLIC_URL,"
    " or remove the webhook (deleteWebhook)."
)
_NOT_UNDERSTOOD = "Telegram answered in a way that was not understood."
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (StoreProblem, "The database takes no events just now."),
    (NotReached, _AWAY),
    (AnswerLost, _AWAY),
    (Conflict, "Another process polls with the same token: stop one of the two."),
    (InvalidToken, "Telegram refuses the token: set TELEGRAM_BOT_TOKEN to the one BotFather shows, and start again."),
)


class Patience:
    """Stands between a channel and a provider that may be away."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.waiting_for: str | None = "Telegram has not answered yet."

    async def until_done(self, step: Callable[[], Awaitable[T]]) -> T:
        """Return what the step returns, as soon as it succeeds."""
        pause = _FIRST_PAUSE
        while True:
            try:
                result = await step()
            except Exception as error:
                reason, wait = _reason(error), _wait(error, pause)
                self.waiting_for = reason
                _log.warning("telegram_waits", reason=reason, kind=type(error).__name__, seconds=wait.total_seconds())
            else:
                self.waiting_for = None
                return result
            await self._clock.sleep(wait.total_seconds())
            pause = min(pause * 2, _LONGEST_PAUSE)


def _reason(error: Exception) -> str:
    if isinstance(error, RetryAfter):
        return f"Telegram asks to wait for {pause_asked(error).total_seconds():.0f} s."
    if isinstance(error, BadRequest):
        return f"Telegram refuses the set-up ({error.message}): check PUBLIC_URL."
    if isinstance(error, Conflict) and error.message == WEBHOOK_ACTIVE:
        return _WEBHOOK_SET
    return next((words for kind, words in _REASONS if isinstance(error, kind)), _NOT_UNDERSTOOD)


def _wait(error: Exception, pause: timedelta) -> timedelta:
    if isinstance(error, RetryAfter):
        return pause_asked(error)
    if isinstance(error, BadRequest):
        return _LONGEST_PAUSE
    return _LOCKED_PAUSE if isinstance(error, InvalidToken) else pause
