"""Show the bot's name, descriptions and commands in every language. Nothing depends on it: a failure is logged."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.core.errors import StoreProblem
from bot.ports import ChannelMemory

_log = structlog.get_logger()
_MEMORY_NAME = "profile"
_CODE_LENGTH = 2


@dataclass(frozen=True, slots=True)
class TelegramTexts:
    """What people see of the bot in one language before they write to it. Commands are pairs of name and text."""

    language: str
    name: str
    description: str
    short_description: str
    commands: tuple[tuple[str, str], ...]


async def show_profile(bot: Bot, texts: Sequence[TelegramTexts], memory: ChannelMemory) -> None:
    """Set what differs. The calls have tight limits of their own: what was set once is not even looked up again."""
    digest = hashlib.sha256(json.dumps([bot.token, *map(astuple, texts)]).encode()).hexdigest()
    try:
        if not texts or await memory.get(_MEMORY_NAME) == digest:
            return
        shown = [await _show(bot, code, part) for code, part in _by_code(texts)]
        if all(shown):
            await memory.put(_MEMORY_NAME, digest)
    except (TelegramError, StoreProblem, AttributeError, KeyError, TypeError, ValueError) as error:
        _log.warning("telegram_profile_not_set", kind=type(error).__name__)


def _by_code(texts: Sequence[TelegramTexts]) -> list[tuple[str | None, TelegramTexts]]:
    """Return the texts with Telegram's code of their language; the first are also for everybody else."""
    by_code: dict[str | None, TelegramTexts] = {None: texts[0]}
    for text in texts:
        code = text.language.replace("_", "-").split("-")[0].lower()
        if len(code) == _CODE_LENGTH:
            by_code.setdefault(code, text)
    return list(by_code.items())


async def _show(bot: Bot, code: str | None, texts: TelegramTexts) -> bool:
    """Say whether Telegram took all texts of one language."""
    taken = True
    for step in (_show_commands, _show_name, _show_description, _show_short_description):
        try:
            await step(bot, code, texts)
        except BadRequest as error:
            taken = False
            _log.warning("telegram_profile_refused", part=step.__name__, language=code, reason=error.message)
    return taken


async def _show_commands(bot: Bot, code: str | None, texts: TelegramTexts) -> None:
    shown = await bot.get_my_commands(language_code=code)
    if tuple((command.command, command.description) for command in shown) != texts.commands:
        await bot.set_my_commands(texts.commands, language_code=code)


async def _show_name(bot: Bot, code: str | None, texts: TelegramTexts) -> None:
    if (await bot.get_my_name(language_code=code)).name != texts.name:
        await bot.set_my_name(texts.name, language_code=code)


async def _show_description(bot: Bot, code: str | None, texts: TelegramTexts) -> None:
    if (await bot.get_my_description(language_code=code)).description != texts.description:
        await bot.set_my_description(texts.description, language_code=code)


async def _show_short_description(bot: Bot, code: str | None, texts: TelegramTexts) -> None:
    if (await bot.get_my_short_description(language_code=code)).short_description != texts.short_description:
        await bot.set_my_short_description(texts.short_description, language_code=code)
