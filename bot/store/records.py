"""Small things: the instance's own settings, what channels keep, uploaded files, the audit, the webphones' bubbles."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from bot.rows import Bubble
from bot.store.bulk import bulk_upsert
from bot.store.runs import RUNNING
from bot.store.tables import audit, channel_state, instance, media_files, metadata, phone_bubbles

_BUBBLES_KEPT = 200

_PUT = bulk_upsert(instance, update=["value"])
_CHANNEL_PUT = bulk_upsert(channel_state, update=["value"])
_KEEP_FILE = bulk_upsert(media_files, update=["file_id"])
_ADD_BUBBLE = insert(phone_bubbles).returning(phone_bubbles.c.id)
_OLD_BUBBLES = delete(phone_bubbles).where(
    phone_bubbles.c.phone == bindparam("of_phone"),
    phone_bubbles.c.id
    <= select(phone_bubbles.c.id)
    .where(phone_bubbles.c.phone == bindparam("of_phone"))
    .order_by(phone_bubbles.c.id.desc())
    .offset(_BUBBLES_KEPT)
    .limit(1)
    .scalar_subquery(),
)


class Records:
    """The repository of small things."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return a value of the instance."""
        return self._connection.execute(select(instance.c.value).where(instance.c.name == name)).scalar()

    def put(self, name: str, value: str) -> None:
        """Keep a value of the instance."""
        _PUT(self._connection, [{"name": name, "value": value}])

    def named(self, prefix: str) -> Mapping[str, str]:
        """Return the values of the instance whose names begin so."""
        rows = self._connection.execute(
            select(instance.c.name, instance.c.value).where(instance.c.name.startswith(prefix, autoescape=True))
        )
        return dict(rows.all())

    def drop(self, names: Sequence[str]) -> None:
        """Forget values of the instance."""
        self._connection.execute(delete(instance).where(instance.c.name.in_(list(names))))

    def channel_get(self, channel: str, name: str) -> str | None:
        """Return a value a channel kept."""
        return self._connection.execute(
            select(channel_state.c.value).where(channel_state.c.channel == channel, channel_state.c.name == name)
        ).scalar()

    def channel_put(self, channel: str, name: str, value: str) -> None:
        """Keep a value for a channel."""
        _CHANNEL_PUT(self._connection, [{"channel": channel, "name": name, "value": value}])

    def files(self, channel: str) -> Mapping[str, str]:
        """Return the provider's ids of uploaded files by their digest."""
        rows = self._connection.execute(
            select(media_files.c.digest, media_files.c.file_id).where(media_files.c.channel == channel)
        )
        return dict(rows.all())

    def keep_file(self, channel: str, digest: str, file_id: str) -> None:
        """Keep the provider's id of an uploaded file."""
        _KEEP_FILE(self._connection, [{"channel": channel, "digest": digest, "file_id": file_id}])

    def audit(self, actor_id: str, action: str, subject: str, at: datetime) -> None:
        """Write down who did what to what."""
        self._connection.execute(insert(audit).values(actor_id=actor_id, action=action, subject=subject, at=at))

    def add_bubble(self, phone: str, content: str, at: datetime) -> Bubble:
        """Keep a bubble of a webphone, and the last 200 of that phone."""
        row = {"phone": phone, "content": content, "sent_at": at}
        bubble_id = self._connection.execute(_ADD_BUBBLE, row).scalar_one()
        self._connection.execute(_OLD_BUBBLES, {"of_phone": phone})
        return Bubble(bubble_id, phone, content, at)

    def empty_phone(self, phone: str) -> None:
        """Erase all bubbles of a webphone."""
        self._connection.execute(delete(phone_bubbles).where(phone_bubbles.c.phone == phone))

    def bubbles(self, phone: str, after: int) -> list[Bubble]:
        """Return the bubbles of a phone with a greater id, oldest first."""
        rows = self._connection.execute(
            select(phone_bubbles)
            .where(phone_bubbles.c.phone == phone, phone_bubbles.c.id > after)
            .order_by(phone_bubbles.c.id)
        )
        return [Bubble(*row) for row in rows]

    def clear(self) -> None:
        """Empty every table of a demo database, for `run --fresh` and *Start again*.

        Only the mark of the running process stays, so that a crash after this is still noticed.
        """
        for table in reversed(metadata.sorted_tables):
            everything = delete(table)
            if table is instance:
                everything = everything.where(~instance.c.name.startswith(RUNNING))
            self._connection.execute(everything)
