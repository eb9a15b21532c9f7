"""Ask Telegram once whose token this is: for `setup`, and before a start, so that a wrong one stops it at once."""

import asyncio

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram.transport import HttpTransport
from bot.core.errors import SettingsProblem

_WRONG = "Telegram does not know this token."
_HINT = "Copy it again from @BotFather, or make a new one there with /token, and set TELEGRAM_BOT_TOKEN."


async def username_of(token: str, api_url: str, *, patience: float) -> str | None:
    """Return the bot's name; None when Telegram cannot be reached in time; SettingsProblem when it refuses."""
    calls = HttpTransport()
    bot = Bot(
        token, base_url=f"{api_url}/bot", base_file_url=f"{api_url}/file/bot", request=calls, get_updates_request=calls
    )
    try:
        async with asyncio.timeout(patience):
            return (await bot.get_me()).username
    except InvalidToken:
        raise SettingsProblem(_WRONG, _HINT) from None
    except (TelegramError, TimeoutError):
        return None
    finally:
        await calls.shutdown()
