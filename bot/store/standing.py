"""What stands in a chat, by the provider's ids in the outbox, and forgetting it once it was taken back."""

from collections.abc import Sequence

from sqlalchemy import Connection, Integer, and_, bindparam, case, exists, null, or_, select, update

from bot.rows import Standing
from bot.store.columns import among, json_list
from bot.store.tables import outbox

_this, _before = outbox.alias("this"), outbox.alias("before")
_HERE = select(_this.c.address_id).where(_this.c.id == bindparam("row")).scalar_subquery()
_LINE = select(_this.c.conversation).where(_this.c.id == bindparam("row")).scalar_subquery()
_IS_OPEN = select(
    exists().where(_before.c.conversation == _LINE, _before.c.id < bindparam("row"), _before.c.due_at.is_not(None))
)
# The whole chat, whoever holds the phone: a reminder has a conversation of its own, and so has another person here.
_OF_CHAT = and_(outbox.c.address_id == _HERE, outbox.c.id <= bindparam("row"))
_STANDING = (
    select(outbox.c.message_id, outbox.c.answers, outbox.c.created_at)
    .where(_OF_CHAT, or_(outbox.c.message_id.is_not(None), outbox.c.answers.is_not(None)))
    .order_by(outbox.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_FORGET = (
    update(outbox)
    .where(
        _OF_CHAT,
        or_(among(outbox.c.message_id, "ids"), among(outbox.c.answers, "ids"), outbox.c.payload.is_not(None)),
    )
    .values(
        message_id=case((among(outbox.c.message_id, "ids"), null()), else_=outbox.c.message_id),
        answers=case((among(outbox.c.answers, "ids"), null()), else_=outbox.c.answers),
        # What could not be sent must not be sent again by an operator, below the harmless line.
        payload=case((outbox.c.due_at.is_(None), null()), else_=outbox.c.payload),
    )
)


def standing(connection: Connection, row: int, limit: int) -> list[Standing] | None:
    """Return what stands in a row's chat, newest first; None while an earlier row of its conversation is open."""
    if connection.execute(_IS_OPEN, {"row": row}).scalar():
        return None
    found: dict[str, Standing] = {}
    for message_id, answers, made_at in connection.execute(_STANDING, {"row": row, "limit": limit}):
        # A bubble that was edited is as old as its first row.
        for one, is_ours in ((message_id, True), (answers, False)):
            if one:
                found[one] = Standing(one, made_at, is_ours)
    return list(found.values())


def forget_standing(connection: Connection, row: int, message_ids: Sequence[str]) -> None:
    """Forget messages that are gone, and whatever of the chat could be sent again."""
    connection.execute(_FORGET, {"row": row, "ids": json_list(message_ids)})
