"""How fast we may send: a bucket for the whole bot and one for each chat, and pauses that the provider asks for."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import Store
from bot.repositories import UnitOfWork

BOT_RATE, BOT_BURST = 25.0, 25.0
CHAT_RATE, CHAT_BURST = 1.0, 5.0
_MOST_CHATS = 10_000
# Who is sent away for longer asks again after this.
LONGEST_PAUSE = timedelta(hours=1)
_PAUSED = "paused_until"


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

    def __init__(
        self, monotonic: Callable[[], float], *, per_second: float = BOT_RATE, per_chat: float = CHAT_RATE
    ) -> None:
        self._monotonic, self._per_chat = monotonic, per_chat
        self._bot = Bucket(per_second, per_second, per_second, monotonic())
        self._chats: OrderedDict[str, Bucket] = OrderedDict()

    def wait_for(self, chat: str) -> float:
        """Take a token of the bot and one of the chat; return how many seconds to wait."""
        now = self._monotonic()
        bucket = self._chats.pop(chat, None) or Bucket(self._per_chat, CHAT_BURST, CHAT_BURST, now)
        self._chats[chat] = bucket
        if len(self._chats) > _MOST_CHATS:
            self._chats.popitem(last=False)
        return max(self._bot.take(now), bucket.take(now))


class Pauses:
    """Until when a provider wants to be left alone, for all processes: the database has it, and each looks there."""

    def __init__(self, store: Store, ride: Callable[[Callable[[UnitOfWork], None]], None]) -> None:
        self._store, self._ride = store, ride
        self._until: dict[str, datetime] = {}

    def until(self, channel: str, now: datetime) -> datetime | None:
        """Return when the channel may be used again, or None if it may now."""
        until = self._until.get(channel)
        # What ends later than any pause does was begun before the clock stepped back.
        return until if until and now < until <= now + LONGEST_PAUSE else None

    def begin(self, channel: str, until: datetime) -> None:
        """Pause a channel: in this process now, in the others with their next look."""
        known = self._until.get(channel)
        if _replaces(until, known):
            self._until[channel] = until
            self._ride(lambda uow: uow.records.channel_put(channel, _PAUSED, until.isoformat()))

    async def learn(self, channels: Iterable[str]) -> None:
        """Learn of pauses that other processes were asked for."""
        names = list(channels)
        kept = await self._store.read(lambda uow: [uow.records.channel_get(name, _PAUSED) for name in names])
        for name, until in zip(names, kept, strict=True):
            if until:
                asked = datetime.fromisoformat(until)
                if _replaces(asked, self._until.get(name)):
                    self._until[name] = asked


def _replaces(until: datetime, known: datetime | None) -> bool:
    """Say whether a pause ends later than the one that is known, or that one is of a clock that stepped back."""
    return known is None or known < until or known - until > LONGEST_PAUSE
