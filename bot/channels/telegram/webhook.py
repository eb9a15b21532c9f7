"""Point Telegram at our address, only when it points elsewhere, and recognise its requests."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from telegram import Bot, WebhookInfo

from bot.channels.telegram.inbound import ALLOWED_UPDATES
from bot.core.errors import RequestRefused, SettingsProblem
from bot.ports import ChannelMemory

_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
_MOST_CONNECTIONS = 40
_MEMORY_NAME = "webhook"


@dataclass(frozen=True, slots=True)
class WebhookSetup:
    """The public address updates are to come to, and the secret that Telegram shall send along."""

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self.secret):
            raise SettingsProblem(
                "TELEGRAM_WEBHOOK_SECRET does not suit Telegram.",
                "Use 1 to 256 letters, digits, hyphens and underscores without accents.",
            )

    def verify(self, headers: Mapping[str, str]) -> None:
        """Raise RequestRefused unless the request carries the secret; it takes as long for a wrong one."""
        given = next((value for name, value in headers.items() if name.lower() == _SECRET_HEADER), "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.secret.encode()):
            raise RequestRefused("The request does not come from Telegram.", 403)


async def point_webhook(bot: Bot, setup: WebhookSetup, memory: ChannelMemory) -> None:
    """Set the webhook if it is not set just so."""
    mark = _mark(bot, setup)
    info = await bot.get_webhook_info()
    if not (_is_set(info, setup) and await memory.get(_MEMORY_NAME) == mark):
        await bot.set_webhook(
            url=setup.url,
            secret_token=setup.secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=_MOST_CONNECTIONS,
        )
        await memory.put(_MEMORY_NAME, mark)


def _is_set(info: WebhookInfo, setup: WebhookSetup) -> bool:
    return (
        info.url == setup.url
        and set(info.allowed_updates) == set(ALLOWED_UPDATES)
        and info.max_connections == _MOST_CONNECTIONS
    )


def _mark(bot: Bot, setup: WebhookSetup) -> str:
    """Return what shows that the secret changed, which Telegram does not tell, without telling the secret."""
    return hmac.new(bot.token.encode(), f"{setup.url} {setup.secret}".encode(), hashlib.sha256).hexdigest()
