"""The channel of a simulation: it takes every message, says what it saw, and misbehaves as often as it is told to.

What goes wrong with a call is drawn from the seed, the phone and how many calls it had, so that it does not hang on
which of two phones was served first.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

from bot.core.errors import AddressGone, ChannelBusy, MaybeSent, NotSent, RequestRefused
from bot.core.events import MessageReceived
from bot.core.messages import Address, Features, OutboundMessage, Receipt
from bot.ports import Accept, Parsed

Saw = Callable[[OutboundMessage, str, str], None]
_MISHAPS = ("not sent", "busy", "unsure", "vanished")
_LONGEST_PAUSE = 30


class Recording:
    """The channel `simulated`. `saw` is told of each call: the message, its id, and what became of it."""

    name = "simulated"
    features = Features(buttons=100, editing=True, invite_link="https://chat.example/?start={code}")
    body_limit = 0

    def __init__(self, *, seed: int) -> None:
        self._seed, self._fault_rate = seed, 0.0
        self._calls: Counter[Address] = Counter()
        self._blocked: set[Address] = set()
        self.saw: Saw = _nobody

    def parse(self, headers: Mapping[str, str], body: bytes) -> Parsed:  # noqa: ARG002 - names of the port
        """Refuse: nothing comes in this way."""
        raise RequestRefused("Nothing comes in this way.", 404)

    def misbehave(self, fault_rate: float) -> None:
        """Let so many of all calls go wrong from now on."""
        self._fault_rate = fault_rate

    def block(self, address: Address, is_blocked: bool) -> None:
        """Let somebody shut us out, or in again."""
        (self._blocked.add if is_blocked else self._blocked.discard)(address)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take the message, or do to it what a provider may do."""
        self._calls[message.address] += 1
        calls = self._calls[message.address]
        message_id = message.replaces or f"{calls}"
        mishap, pause = self._mishap(message.address, calls)
        self.saw(message, message_id, mishap or "delivered")
        if mishap == "gone":
            raise AddressGone("The person blocked us.")
        if mishap == "busy":
            raise ChannelBusy("The provider asks to wait.", timedelta(seconds=pause))
        if mishap == "not sent":
            raise NotSent("The provider was not reached.")
        if mishap:
            raise MaybeSent("The answer was lost.")
        return Receipt(message_id)

    def _mishap(self, address: Address, calls: int) -> tuple[str, int]:
        if address in self._blocked:
            return "gone", 0
        if not self._fault_rate:
            return "", 0
        dice = Random(f"{self._seed}/{address.id}/{calls}")  # noqa: S311 - a script, not a secret
        if dice.random() >= self._fault_rate:
            return "", 0
        return dice.choice(_MISHAPS), dice.randint(1, _LONGEST_PAUSE)

    async def noticed(self, event: MessageReceived) -> None:
        """Do nothing: no button spins."""

    async def listen(self, accept: Accept) -> None:
        """Return at once: people are played."""

    def waiting_for(self) -> str | None:
        """Return None: it always works."""
        return None

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def _nobody(_message: OutboundMessage, _message_id: str, _outcome: str) -> None:
    """Look away."""
