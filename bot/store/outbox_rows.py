"""A row of the outbox on its way into the table and out of it."""

from typing import Any

from sqlalchemy import Row

from bot.core.messages import Address
from bot.rows import Finished, Lane, OutboxRow, Sending
from bot.store.addresses import AddressBook

_UNFINISHED = frozenset({Sending.PENDING, Sending.LEASED})
_SENT_AGAIN = frozenset({Sending.FAILED, Sending.EXPIRED})


def added_values(row: OutboxRow, book: AddressBook) -> dict[str, Any]:
    """Return a new row as the table takes it."""
    is_leased = row.state is Sending.LEASED
    return {
        "id": row.id,
        "address_id": book[row.address],
        "conversation": row.conversation,
        # The last words to somebody who was just forgotten bear no name.
        "person_id": None if row.person_id in book.erased else row.person_id,
        "payload": row.payload,
        "lane": row.lane.value,
        "state": row.state.value,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "not_before": row.not_before,
        "lease_owner": row.lease_owner,
        "lease_until": row.lease_until,
        "due_at": row.lease_until if is_leased else row.not_before or row.created_at,
        "fence": row.fence,
        "tries": row.tries,
        "copies": row.copies,
        "has_buttons": row.has_buttons,
        "edits": row.edits,
        "answers": row.answers,
        "required": row.required,
        "reason": row.reason,
    }


def ended_values(result: Finished) -> dict[str, Any]:
    """Return what became of a call as the table takes it."""
    is_over = result.state not in _UNFINISHED
    return {
        "row": result.id,
        "lease": result.fence,
        "keeps_text": result.state in _UNFINISHED or result.state in _SENT_AGAIN,
        "was_sent": result.state is Sending.SENT,
        "new_state": result.state.value,
        "new_reason": result.reason,
        "new_message_id": result.message_id,
        "new_tries": result.tries,
        "new_copies": result.copies,
        "new_not_before": result.not_before,
        "new_due_at": None if is_over else result.not_before or result.at,
        "new_ended_at": result.at if is_over else None,
    }


def outbox_row(row: Row[Any]) -> OutboxRow:
    """Return a row that was read, with its address."""
    return OutboxRow(
        address=Address(row.channel, row.chat),
        conversation=row.conversation,
        person_id=row.person_id,
        payload=row.payload or "",
        created_at=row.created_at,
        expires_at=row.expires_at,
        lane=Lane(row.lane),
        state=Sending(row.state),
        not_before=row.not_before,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        fence=row.fence,
        tries=row.tries,
        copies=row.copies,
        has_buttons=row.has_buttons,
        edits=row.edits,
        answers=row.answers,
        required=row.required,
        message_id=row.message_id,
        reason=row.reason,
        id=row.id,
    )
