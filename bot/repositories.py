"""How the service asks the store, inside one transaction: one repository for each kind of thing that is kept."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.core.evidence import Evidence
from bot.core.learner import Invitation, Memory
from bot.core.messages import Address
from bot.core.summary import CompanyCount, CompletionRow
from bot.rows import (
    Bubble,
    DueRow,
    Finished,
    InboxRow,
    KeptAbout,
    KeptLesson,
    Keys,
    Lane,
    OutboxRow,
    Quarantined,
    Sending,
    Standing,
    TurnRow,
)


class Inbox(Protocol):
    """The keys of events, so that none takes effect twice."""

    def seen(self, keys: Sequence[str]) -> set[str]:
        """Return those that have ended already; a key that is only being tried does not count."""

    def add(self, rows: Sequence[InboxRow]) -> None:
        """Keep the keys of events that end with this transaction."""

    def try_once(self, row: InboxRow) -> int:
        """Count one more try of an event and return how many there have been."""

    def prune(self, before: datetime) -> int:
        """Forget keys received earlier; return how many."""


class Memories(Protocol):
    """What turns load and leave behind, in bulk."""

    def load(self, wanted: Sequence[Keys], *, now: datetime | None = None) -> list[Memory]:
        """Return one memory per wanted address, in the same order, locking their conversations in id order.

        Reviews and follow-ups are those of the moment `now`, and none without it.

        `features` and `fresh` are left at their defaults for the service to fill. An address never seen gives a
        memory without person.
        """

    def invitations(self, codes: Sequence[str]) -> Mapping[str, Invitation]:
        """Return the invitations of these codes that there are."""

    def save(self, turns: Sequence[TurnRow], now: datetime) -> None:
        """Keep conversations and facts of all turns, each kind of fact in one statement."""

    def erase_cohort(self, mark: str) -> None:
        """Erase a sample of a demo, people and companies, by the mark in its chats."""

    def kept_lessons(self, versions: Sequence[str]) -> list[KeptLesson]:
        """Return the lesson versions that were kept."""

    def keep_lessons(self, lessons: Sequence[KeptLesson], now: datetime) -> None:
        """Keep lesson versions; one that is there already stays."""


class Outbox(Protocol):
    """Messages kept before they are sent."""

    def add(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Keep rows and return them with their ids, in the same order."""

    def claim(self, *, now: datetime, owner: str, until: datetime, lane: Lane, limit: int) -> list[OutboxRow]:
        """Lease up to `limit` rows that are due or whose lease has lapsed, oldest first.

        A row with an earlier unfinished row of its conversation is left alone.
        """

    def is_due(self, now: datetime, lane: Lane) -> bool:
        """Say whether there is anything to claim, without writing."""

    def is_in_flight(self) -> bool:
        """Say whether any process holds a row whose end is not written yet."""

    def first_due(self, after: datetime, until: datetime) -> datetime | None:
        """Return the first moment after one and at most another at which a row is due."""

    def take_back(self, *, owner: str, now: datetime) -> int:
        """Make all rows leased by anyone but `owner` due again; for a start that knows it is alone."""

    def renew(self, ids: Sequence[int], *, owner: str, until: datetime) -> None:
        """Prolong leases while rows wait for their turn."""

    def finish(self, results: Sequence[Finished]) -> None:
        """Write what became of calls, where the fence still holds."""

    def cancel(self, addresses: Sequence[Address], reason: str, now: datetime) -> None:
        """Cancel what waits for addresses that must not be written to, except required rows."""

    def sendable(self, ids: Sequence[int]) -> Mapping[int, str | None]:
        """Return for each row the reason why it must not be sent now (stopped, unreachable, left), or None."""

    def last_bubble(self, conversation: str) -> tuple[int, str] | None:
        """Return the newest sent bubble with buttons: its row and its provider id."""

    def standing(self, row: int, limit: int) -> list[Standing] | None:
        """Return what stands in a row's chat, newest first, as far as it was said before the row.

        None while it is not known yet what became of an earlier row of the conversation.
        """

    def taken_back(self, row: int, message_ids: Sequence[str]) -> None:
        """Forget messages that are gone from a row's chat, and whatever of it could be sent again."""

    def by_state(self) -> Mapping[str, int]:
        """Return how many rows stand in each state."""

    def backlog(self) -> Mapping[str, int]:
        """Return how many rows wait in each lane, and how many were given up; quick, however long the history."""

    def states(self, ids: Sequence[int]) -> Mapping[int, Sending]:
        """Return where rows stand; one that was erased is left out."""

    def oldest_waiting(self) -> datetime | None:
        """Return when the oldest unfinished row was made."""

    def unsent(self, limit: int) -> list[OutboxRow]:
        """Return rows that failed or wait, newest first, for the operator."""

    def resend(self, ids: Sequence[int], now: datetime, expires_at: datetime) -> int:
        """Make failed or expired rows due again; return how many."""

    def prune(self, before: datetime) -> int:
        """Erase the payload of rows that ended earlier; return how many."""


class Quarantine(Protocol):
    """Events set aside."""

    def add(self, row: Quarantined) -> None:
        """Set an event aside."""

    def list(self) -> list[Quarantined]:
        """Return what is set aside, oldest first."""

    def drop(self, key: str) -> bool:
        """Forget one; return whether it was there."""

    def release(self, key: str) -> Quarantined | None:
        """Take one out so that it can be tried again: its key counts as never seen."""

    def prune(self, before: datetime) -> int:
        """Forget what was set aside earlier; return how many."""


class Rhythms(Protocol):
    """When people are written to."""

    def claim(self, *, now: datetime, until: datetime, limit: int) -> list[DueRow]:
        """Take those whose time has come, the longest waiting first; no tick takes them again before `until`.

        Who cannot be reached anywhere is left out, and looked at again a day later.
        """

    def is_due(self, now: datetime) -> bool:
        """Say whether anybody's time has come, without writing."""

    def first_due(self, until: datetime) -> datetime | None:
        """Return the first moment, at most this one, at which a tick will find somebody; it may be past already."""


class Numbers(Protocol):
    """What reports are made of, read from the view `completion`."""

    def companies(self, trainer_id: str | None) -> list[CompanyCount]:
        """Return the companies assigned to a trainer, or all of them, by name."""

    def company(self, company_id: str, *, until: datetime | None = None) -> tuple[CompanyCount, str] | None:
        """Return one company and its time zone, counting only members of now who had joined before `until`."""

    def worker_code(self, company_id: str) -> str | None:
        """Return the open join code of a company's poster."""

    def owner_code(self, company_id: str) -> str | None:
        """Return the newest unused owner's code of a company."""

    def completion(self, company_ids: Sequence[str], *, until: datetime | None = None) -> list[CompletionRow]:
        """Return the rows of the view for these companies, counting only what was done before `until`."""

    def snapshot(self, company_id: str, week: date) -> str | None:
        """Return the kept numbers of a company's week, as JSON."""

    def due_dates(self, company_ids: Sequence[str]) -> Mapping[str, Sequence[tuple[str, date]]]:
        """Return the days by which companies are to have done their courses."""

    def keep_snapshot(self, company_id: str, week: date, numbers: str, at: datetime) -> None:
        """Keep a week's numbers; what is there already stays."""

    def kept_about(self, person_id: str) -> KeptAbout | None:
        """Return what `/mydata` tells."""

    def operators(self) -> list[Address]:
        """Return where the operators can be reached."""

    def totals(self) -> Mapping[str, int]:
        """Return how many people, companies, events, answers and messages there are, for health and the demo page."""


class EvidenceNumbers(Protocol):
    """What learning came to: recall, what became of actions, and the same questions before and after."""

    def of(self, company_ids: Sequence[str]) -> Evidence:
        """Return the counts over all workers of these companies together, somebody in two of them once."""


class Records(Protocol):
    """Small things: the instance's own settings, what channels keep, uploaded files, the audit."""

    def get(self, name: str) -> str | None:
        """Return a value of the instance."""

    def put(self, name: str, value: str) -> None:
        """Keep a value of the instance."""

    def named(self, prefix: str) -> Mapping[str, str]:
        """Return the values of the instance whose names begin so."""

    def drop(self, names: Sequence[str]) -> None:
        """Forget values of the instance."""

    def channel_get(self, channel: str, name: str) -> str | None:
        """Return a value a channel kept."""

    def channel_put(self, channel: str, name: str, value: str) -> None:
        """Keep a value for a channel."""

    def files(self, channel: str) -> Mapping[str, str]:
        """Return the provider's ids of uploaded files by their digest."""

    def keep_file(self, channel: str, digest: str, file_id: str) -> None:
        """Keep the provider's id of an uploaded file."""

    def audit(self, actor_id: str, action: str, subject: str, at: datetime) -> None:
        """Write down who did what to what."""

    def add_bubble(self, phone: str, content: str, at: datetime) -> Bubble:
        """Keep a bubble of a webphone, and the last 200 of that phone."""

    def empty_phone(self, phone: str) -> None:
        """Erase all bubbles of a webphone."""

    def bubbles(self, phone: str, after: int) -> list[Bubble]:
        """Return the bubbles of a phone with a greater id, oldest first."""

    def clear(self) -> None:
        """Empty every table of a demo database, for `run --fresh` and *Start again*."""


class UnitOfWork(Protocol):
    """The repositories inside one transaction."""

    inbox: Inbox
    memories: Memories
    outbox: Outbox
    quarantine: Quarantine
    rhythms: Rhythms
    numbers: Numbers
    evidence: EvidenceNumbers
    records: Records
