"""How fast we may send: a bucket for the whole bot and one for each chat, and pauses that the provider asks for."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

BOT_RATE, BOT_BURST = 25.0, 25.0
CHAT_RATE, CHAT_BURST = 1.0, 5.0
_MOST_CHATS = 10_000


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at a steady rate; taking one more than there are means waiting for it."""

    rate: float
    burst: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take a token and return how many seconds to wait until it is ours."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)


class Pace:
    """The limits of one channel's sender. Providers limit the bot as a whole and each private chat."""

    def __init__(self, monotonic: Callable[[], float], *, per_second: float = BOT_RATE) -> None:
        self._monotonic = monotonic
        self._bot = Bucket(per_second, per_second, per_second, monotonic())
        self._chats: OrderedDict[str, Bucket] = OrderedDict()

    def wait_for(self, chat: str) -> float:
        """Take a token of the bot and one of the chat; return how many seconds to wait."""
        now = self._monotonic()
        bucket = self._chats.pop(chat, None) or Bucket(CHAT_RATE, CHAT_BURST, CHAT_BURST, now)
        self._chats[chat] = bucket
        if len(self._chats) > _MOST_CHATS:
            self._chats.popitem(last=False)
        return max(self._bot.take(now), bucket.take(now))
