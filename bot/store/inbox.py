"""The keys of events, so that none takes effect twice. It holds no payload and no address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy import literal_column as sql

from bot.rows import InboxRow, Outcome
from bot.store.bulk import bulk_insert, bulk_update
from bot.store.columns import among, json_list
from bot.store.tables import inbox

_FIND = select(inbox.c.key, inbox.c.outcome).where(among(inbox.c.key, "keys"))
_ADD = bulk_insert(inbox)
_END = bulk_update(update(inbox).where(inbox.c.key == bindparam("row")).values(outcome=bindparam("ended")))
_TRY_AGAIN = (
    update(inbox).where(inbox.c.key == bindparam("row")).values(tries=inbox.c.tries + sql("1")).returning(inbox.c.tries)
)


class Inbox:
    """The repository of events' keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._trying: set[str] = set()

    def seen(self, keys: Sequence[str]) -> set[str]:
        """Return those that have ended already; a key that is only being tried does not count."""
        found = self._connection.execute(_FIND, {"keys": json_list(keys)}).all()
        self._trying |= {key for key, outcome in found if outcome == Outcome.TRYING}
        return {key for key, outcome in found if outcome != Outcome.TRYING}

    def add(self, rows: Sequence[InboxRow]) -> None:
        """Keep the keys of events that end with this transaction.

        Where another process took one of them since `seen`, the key is there already and the transaction fails:
        taken again, it will see it.
        """
        once = {row.key: row for row in rows}
        ending = [row for row in once.values() if row.key in self._trying]
        if ending:
            _END(self._connection, [{"row": row.key, "ended": row.outcome.value} for row in ending])
        if new := [_values(row) for row in once.values() if row.key not in self._trying]:
            _ADD(self._connection, new)

    def try_once(self, row: InboxRow) -> int:
        """Count one more try of an event and return how many there have been."""
        tries = self._connection.execute(_TRY_AGAIN, {"row": row.key}).scalar()
        if tries is None:
            tries = 1
            self._connection.execute(insert(inbox), {**_values(row), "outcome": Outcome.TRYING.value, "tries": tries})
        self._trying.add(row.key)
        return int(tries)

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
