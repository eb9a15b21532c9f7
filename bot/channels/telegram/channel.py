"""Telegram as a channel: what comes in by webhook or polling, what goes out, and the set-up at the start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from telegram import Bot
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram.failures import WEBHOOK_ACTIVE, AnswerLost, NotReached
from bot.channels.telegram.inbound import CHANNEL, read_body, read_update
from bot.channels.telegram.outbound import MediaFiles, Outbound
from bot.channels.telegram.patience import Patience
from bot.channels.telegram.polling import LONG_POLL, Polling
from bot.channels.telegram.profile import TelegramTexts, show_profile
from bot.channels.telegram.transport import HttpTransport
from bot.channels.telegram.webhook import WebhookSetup, point_webhook
from bot.core.errors import RequestRefused, SettingsProblem
from bot.core.events import MessageReceived
from bot.core.messages import Features, OutboundMessage, Receipt
from bot.ports import Accept, ChannelMemory, Clock, Parsed

OFFICIAL_API = "https://api.telegram.org"
_FEATURES = Features(buttons=100, editing=True, taking_back=100, taking_back_for=timedelta(hours=48))


@dataclass(kw_only=True, eq=False)
class Telegram:
    """One bot on Telegram. It polls unless a webhook is given; the first of `commands` serve all other languages."""

    token: str = field(repr=False)
    clock: Clock
    memory: ChannelMemory
    media: MediaFiles
    api_url: str = OFFICIAL_API
    webhook: WebhookSetup | None = None
    commands: tuple[TelegramTexts, ...] = ()
    transport: HttpTransport | None = None
    name: str = field(default=CHANNEL, init=False)
    features: Features = field(default=_FEATURES, init=False)
    body_limit: int = field(default=256 * 1024, init=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,256}", self.token):
            raise SettingsProblem("TELEGRAM_BOT_TOKEN does not look like a token.", "Copy it again from BotFather.")
        self._bot_id = self.token.split(":")[0]
        self._calls = self.transport or HttpTransport()
        # A long poll holds its connection, so it has a pool of its own.
        self._polls = self.transport or HttpTransport()
        base = (self.api_url or OFFICIAL_API).rstrip("/")
        self._bot = Bot(
            self.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._outbound = Outbound(self._bot, self.media)
        self._patience = Patience(self.clock)

    def parse(self, headers: Mapping[str, str], body: bytes) -> Parsed:
        """Verify a webhook request and return its event; RequestRefused if it does not hold."""
        if self.webhook is None:
            raise RequestRefused("No webhook is set up here.", 403)
        self.webhook.verify(headers)
        if len(body) > self.body_limit:
            raise RequestRefused("The request is too large.", 413)
        return read_update(read_body(body), self._bot_id)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Make one provider call; DeliveryFailed says what is known when it did not succeed."""
        return await self._outbound.send(message)

    async def noticed(self, event: MessageReceived) -> None:
        """Answer a tap at once, so that the button stops spinning. Failing is harmless."""
        if event.notice is None:
            return
        try:
            await self._bot.answer_callback_query(event.notice)
        except TelegramError:
            # Too late, or out of reach: the person sees the reply all the same.
            return

    async def listen(self, accept: Accept) -> None:
        """Set the bot up as soon as Telegram can be reached, then poll until cancelled if there is no webhook."""
        await self._introduce()
        webhook = self.webhook
        if webhook is not None:
            await self._patience.until_done(lambda: point_webhook(self._bot, webhook, self.memory))
            await show_profile(self._bot, self.commands, self.memory)
            return
        await self._patience.until_done(self._refuse_webhook)
        await show_profile(self._bot, self.commands, self.memory)
        polling = Polling(
            self._fetch, bot_id=self._bot_id, clock=self.clock, memory=self.memory, patience=self._patience
        )
        await polling.run(accept)

    def waiting_for(self) -> str | None:
        """Return in one line what the channel waits for before it can work, or None when it works."""
        return self._patience.waiting_for

    async def close(self) -> None:
        """Let go of connections."""
        await self._calls.shutdown()
        await self._polls.shutdown()

    async def _introduce(self) -> None:
        """Learn the bot's name, which stands in every link; the kept one serves until Telegram answers."""
        self._link_to(await self.memory.get("username"))
        me = await self._patience.until_done(self._bot.get_me)
        if me.username:
            self._link_to(me.username)
            await self.memory.put("username", me.username)

    def _link_to(self, username: str | None) -> None:
        if username:
            self.features = replace(self.features, invite_link=f"https://t.me/{username}?start={{code}}")

    async def _refuse_webhook(self) -> None:
        """Raise Conflict while a webhook is set: it may be another server's, so it is not ours to remove.

        A Bot API that cannot say is polled all the same: it answers a conflict itself while a webhook is set.
        """
        try:
            url = (await self._bot.get_webhook_info()).url
        except (NotReached, AnswerLost, RetryAfter):
            raise
        except (TelegramError, TypeError, AttributeError, KeyError):
            return
        if url:
            raise Conflict(WEBHOOK_ACTIVE)

    async def _fetch(self, asked: dict[str, object]) -> Any:
        return await self._polls.ask(f"{self._bot.base_url}/getUpdates", asked, longer=LONG_POLL)
