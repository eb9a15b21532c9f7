"""Which row stands for which address, remembered for the length of one transaction.

Other tables name an address by its row, so that chat ids lie in one table. Loading memories has read the rows
already; whoever needs one later in the same transaction asks here and costs no further statement.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from bot.core.learner import Reach
from bot.core.messages import Address
from bot.store.bulk import bulk_upsert
from bot.store.columns import among, json_list
from bot.store.tables import addresses

# The key that may clash here is (chat, channel), not the row's number.
_FIND = select(addresses.c.id, addresses.c.channel, addresses.c.chat).where(among(addresses.c.chat, "chats"))
_MAKE = bulk_upsert(addresses)


class AddressBook:
    """The rows of the addresses that one transaction deals with, and when each was last heard."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[Address, int] = {}
        self._heard: dict[int, datetime | None] = {}
        self.erased: set[str] = set()

    def note(self, address: Address, row_id: int, heard_at: datetime | None = None) -> None:
        """Remember a row that was read."""
        self._rows[address] = row_id
        self._heard[row_id] = heard_at

    def forget(self, row_ids: Iterable[int]) -> None:
        """Drop rows that were erased."""
        gone = set(row_ids)
        self._rows = {address: row_id for address, row_id in self._rows.items() if row_id not in gone}

    def heard_at(self, row_id: int) -> datetime | None:
        """Return when the address was last heard, as far as it is known."""
        return self._heard.get(row_id)

    def __contains__(self, address: Address) -> bool:
        return address in self._rows

    def __getitem__(self, address: Address) -> int:
        return self._rows[address]

    def find(self, wanted: Iterable[Address]) -> list[Address]:
        """Look up the rows of addresses, and return those that have none."""
        missing = {address for address in wanted if address not in self._rows}
        if missing:
            chats = json_list(address.id for address in missing)
            for row_id, channel, chat in self._connection.execute(_FIND, {"chats": chats}):
                self.note(Address(channel, chat), row_id)
        return sorted(missing - self._rows.keys())

    def make(self, wanted: Iterable[Address]) -> None:
        """Look up the rows of addresses, and make those that are not there yet."""
        if missing := self.find(wanted):
            new = {"reach": Reach.REACHABLE.value, "wrong_codes": ""}
            _MAKE(self._connection, [{"channel": one.channel, "chat": one.id, **new} for one in missing])
            self.find(missing)
