"""Which row stands for which address, remembered for the length of one transaction.

Other tables name an address by its row, so that chat ids lie in one table. Loading memories has read the rows
already; whoever needs one later in the same transaction asks here and costs no further statement.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from bot.core.learner import Reach
from bot.core.messages import Address
from bot.store.columns import Upsert, among, json_list
from bot.store.tables import addresses

# The key that may clash here is (chat, channel), not the row's number.
_FIND = select(addresses.c.id, addresses.c.channel, addresses.c.chat).where(among(addresses.c.chat, "chats"))
_MAKE = Upsert(addresses)


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

    def known(self, wanted: Iterable[Address]) -> dict[Address, int]:
        """Return the rows of those addresses that have one."""
        wanted = set(wanted)
        missing = [address for address in wanted if address not in self._rows]
        if missing:
            chats = json_list(address.id for address in missing)
            for row_id, channel, chat in self._connection.execute(_FIND, {"chats": chats}):
                self.note(Address(channel, chat), row_id)
        return {address: self._rows[address] for address in wanted if address in self._rows}

    def rows(self, wanted: Iterable[Address]) -> dict[Address, int]:
        """Return the rows of addresses, making those that are not there yet."""
        wanted = set(wanted)
        missing = sorted(wanted - self.known(wanted).keys())
        if missing:
            _MAKE(
                self._connection,
                [
                    {"channel": a.channel, "chat": a.id, "reach": Reach.REACHABLE.value, "wrong_codes": []}
                    for a in missing
                ],
            )
        return self.known(wanted)
