"""Events that could not be taken, with what they held, for the operator and for at most seven days."""

import builtins
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.rows import Quarantined
from bot.store.bulk import bulk_upsert
from bot.store.tables import inbox, quarantine

_ADD = bulk_upsert(quarantine, update=["channel", "kind", "payload", "error", "at"])


class Quarantine:
    """The repository of events set aside."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: Quarantined) -> None:
        """Set an event aside."""
        _ADD(
            self._connection,
            [
                {
                    "key": row.key,
                    "channel": row.channel,
                    "kind": row.kind,
                    "payload": row.payload,
                    "error": row.error,
                    "at": row.at,
                }
            ],
        )

    def list(self) -> builtins.list[Quarantined]:
        """Return what is set aside, oldest first."""
        rows = self._connection.execute(select(quarantine).order_by(quarantine.c.at, quarantine.c.key))
        return [Quarantined(*row) for row in rows]

    def drop(self, key: str) -> bool:
        """Forget one; return whether it was there."""
        return self._connection.execute(delete(quarantine).where(quarantine.c.key == key)).rowcount > 0

    def release(self, key: str) -> Quarantined | None:
        """Take one out so that it can be tried again: its key counts as never seen."""
        row = self._connection.execute(
            delete(quarantine).where(quarantine.c.key == key).returning(*quarantine.c)
        ).one_or_none()
        if row is None:
            return None
        self._connection.execute(delete(inbox).where(inbox.c.key == key))
        return Quarantined(*row)

    def prune(self, before: datetime) -> int:
        """Forget what was set aside earlier; return how many."""
        return self._connection.execute(delete(quarantine).where(quarantine.c.at < before)).rowcount
