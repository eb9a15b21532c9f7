"""What was kept of the last events, for the demo page: who did what kind of thing and when, never what they said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.messages import Phrase, say, say_count
from bot.ports import Store
from bot.service.turns import Happened, Turns

_KINDS: Mapping[str, Phrase] = {
    "said": say("wrote a message"),
    "tapped": say("tapped a button"),
    "opened": say("opened the link"),
    "due": say("was due for a message"),
}
_OTHER = say("did something else")
_HANDED = frozenset({"pending", "leased"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Counts, and the last events as time, name, kind and outcome."""

    counts: Mapping[str, int]
    last: Sequence[tuple[datetime, str, Phrase, Phrase]]


async def what_was_kept(store: Store, turns: Turns, names: Mapping[str, str]) -> Kept:
    """Return what the page tells; `names` are those of the phones on it, and events of all others are left out."""
    totals, states, aside = await store.read(
        lambda uow: (uow.numbers.totals(), uow.outbox.by_state(), len(uow.quarantine.list()))
    )
    counts = {
        "events": totals["events"],
        "answers": totals["answers"],
        "waiting": sum(count for state, count in states.items() if state in _HANDED),
        "sent": totals["messages"],
        "set_aside": aside,
    }
    shown = [happened for happened in turns.happened if happened.address.id in names]
    return Kept(counts, [_line(names[happened.address.id], happened) for happened in shown])


def _line(name: str, happened: Happened) -> tuple[datetime, str, Phrase, Phrase]:
    sent = say_count("kept, {n} message sent", "kept, {n} messages sent", n=happened.messages)
    return happened.at, name, _KINDS.get(happened.kind, _OTHER), sent
