"""The keys of events, so that none takes effect twice. It holds no payload and no address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.ports import InboxRow, Outcome
from bot.store.columns import Upsert, among, json_list
from bot.store.faults import Overtaken
from bot.store.tables import inbox

_SEEN = select(inbox.c.key).where(among(inbox.c.key, "keys"), inbox.c.outcome != Outcome.TRYING.value)
# A key that ended already is not returned: then another process took the event between our look and now.
_ADD = Upsert(inbox, update=["outcome"], where=inbox.c.outcome == Outcome.TRYING.value, returning=[inbox.c.key])
_TRY = Upsert(inbox, changes=lambda _: {"tries": inbox.c.tries + 1}, returning=[inbox.c.tries])


class Inbox:
    """The repository of events' keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, keys: Sequence[str]) -> set[str]:
        """Return those that have ended already; a key that is only being tried does not count."""
        return set(self._connection.execute(_SEEN, {"keys": json_list(keys)}).scalars())

    def add(self, rows: Sequence[InboxRow]) -> None:
        """Keep the keys of events that end with this transaction."""
        once = {row.key: row for row in rows}
        if once and len(_ADD(self._connection, [_values(row) for row in once.values()]).all()) < len(once):
            raise Overtaken("Another process has taken one of these events.")

    def try_once(self, row: InboxRow) -> int:
        """Count one more try of an event and return how many there have been."""
        trying = {**_values(row), "outcome": Outcome.TRYING.value, "tries": 1}
        return int(_TRY(self._connection, [trying]).scalar_one())

    def prune(self, before: datetime) -> int:
        """Forget keys received earlier; return how many."""
        return self._connection.execute(delete(inbox).where(inbox.c.received_at < before)).rowcount


def _values(row: InboxRow) -> dict[str, object]:
    return {
        "key": row.key,
        "channel": row.channel,
        "kind": row.kind,
        "received_at": row.received_at,
        "outcome": row.outcome.value,
        "tries": 0,
    }
