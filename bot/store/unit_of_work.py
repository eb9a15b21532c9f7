"""The repositories inside one transaction: synchronous, over one connection, the same on both databases."""

from sqlalchemy import Connection

from bot import repositories
from bot.store.addresses import AddressBook
from bot.store.evidence import EvidenceNumbers
from bot.store.inbox import Inbox
from bot.store.memories import Memories
from bot.store.numbers import Numbers
from bot.store.outbox import Outbox
from bot.store.quarantine import Quarantine
from bot.store.records import Records
from bot.store.rhythms import Rhythms


class UnitOfWork:
    """One transaction's repositories. They share what is known of addresses, and nothing outlives the transaction."""

    inbox: repositories.Inbox
    memories: repositories.Memories
    outbox: repositories.Outbox
    quarantine: repositories.Quarantine
    rhythms: repositories.Rhythms
    numbers: repositories.Numbers
    evidence: repositories.EvidenceNumbers
    records: repositories.Records

    def __init__(self, connection: Connection, *, is_reading: bool = False) -> None:
        book = AddressBook(connection)
        self.inbox = Inbox(connection)
        self.memories = Memories(connection, book, locks=not is_reading)
        self.outbox = Outbox(connection, book)
        self.quarantine = Quarantine(connection)
        self.rhythms = Rhythms(connection)
        self.numbers = Numbers(connection)
        self.evidence = EvidenceNumbers(connection)
        self.records = Records(connection)
