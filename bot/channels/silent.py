"""A channel that takes every message and shows it to nobody: for people of a sample, who have no phone."""

from collections.abc import Mapping

from bot.core.errors import RequestRefused
from bot.core.events import MessageReceived
from bot.core.messages import Features, OutboundMessage, Receipt
from bot.ports import Accept, ChannelParts, Parsed
from bot.settings import Settings


class Silent:
    """The channel `sample`."""

    name = "sample"
    features = Features(buttons=12, editing=True)
    body_limit = 0

    def parse(self, headers: Mapping[str, str], body: bytes) -> Parsed:
        """Refuse: nothing comes in this way."""
        raise RequestRefused("Nothing comes in this way.", 404)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take the message."""
        return Receipt(message.reference or None)

    async def noticed(self, event: MessageReceived) -> None:
        """Do nothing: nobody waits."""

    async def listen(self, accept: Accept) -> None:
        """Return at once."""

    def waiting_for(self) -> str | None:
        """Return None: it always works."""
        return None

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def make(settings: Settings, parts: ChannelParts) -> Silent | None:
    """Return the channel in a demo, which alone has a sample."""
    return Silent() if settings.is_demo else None
