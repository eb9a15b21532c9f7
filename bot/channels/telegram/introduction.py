"""Ask Telegram once whose token this is: for `setup`, and before a start, so that a wrong one stops it at once."""

import json
from http import HTTPStatus

import aiohttp

from bot.core.errors import SettingsProblem

_WRONG = "Telegram does not know this token."
_HINT = "Copy TELEGRAM_BOT_TOKEN again from @BotFather, and look at TELEGRAM_API_URL if you set it."
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})


async def username_of(token: str, api_url: str, *, patience: float) -> str | None:
    """Return the bot's name; None when Telegram cannot be reached in time; SettingsProblem when it refuses.

    Whoever answers 401 or 404 here refuses the token, whatever the body says: a proxy or an emulator need not speak
    as Telegram does.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience)) as session,
            session.post(f"{api_url}/bot{token}/getMe") as answer,
        ):
            status, body = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    if status in _REFUSED:
        raise SettingsProblem(_WRONG, _HINT)
    return _username(body)


def _username(body: bytes) -> str | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    result = answer.get("result") if isinstance(answer, dict) and answer.get("ok") is True else None
    username = result.get("username") if isinstance(result, dict) else None
    return username if isinstance(username, str) else None
