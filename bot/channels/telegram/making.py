"""Make the Telegram channel from the settings, with what people see of the bot in each language."""

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.profile import TelegramTexts
from bot.channels.telegram.webhook import WebhookSetup
from bot.core.messages import say_in
from bot.ports import ChannelParts
from bot.settings import Settings

NAME = say_in("bot name", "Teabreak")
DESCRIPTION = say_in(
    "bot description",
    "Short lessons for your work, about four minutes each. Taking part is free. Your boss never sees an answer of "
    "yours. Tap START to begin.",
)
SHORT_DESCRIPTION = say_in("bot description", "Short lessons for your work, about four minutes each.")


def make(settings: Settings, parts: ChannelParts) -> Telegram | None:
    """Return the channel, or None without a token."""
    if settings.telegram_bot_token is None:
        return None
    webhook = None
    if settings.uses_webhook and settings.telegram_webhook_secret:
        url = f"{settings.public_url}/webhooks/telegram"
        webhook = WebhookSetup(url, settings.telegram_webhook_secret.get_secret_value())
    return Telegram(
        token=settings.telegram_bot_token.get_secret_value(),
        clock=parts.clock,
        memory=parts.memory("telegram"),
        media=parts.media,
        api_url=settings.telegram_api_url or "",
        webhook=webhook,
        commands=tuple(_texts(parts, language.code) for language in parts.languages),
    )


def _texts(parts: ChannelParts, language: str) -> TelegramTexts:
    return TelegramTexts(
        language=language,
        name=parts.say(NAME, language),
        description=parts.say(DESCRIPTION, language),
        short_description=parts.say(SHORT_DESCRIPTION, language),
        commands=tuple((name, parts.say(phrase, language)) for name, phrase in parts.command_menu.items()),
    )
