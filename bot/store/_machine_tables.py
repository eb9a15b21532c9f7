"""The tables of the machine itself: what came in, what goes out, and what the instance keeps of itself.

In `outbox`, `due_at` is set exactly while a row is unfinished: for a waiting row the moment it may be sent, for a
leased one the moment its lease lapses. The small partial indexes below rest on that, so that they hold only what
is under way, however long the history grows.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from bot.store.columns import UtcDateTime

# Constraints need names, or a later migration could not change them on SQLite.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

_UNFINISHED = text("due_at IS NOT NULL")
_ENDED = text("ended_at IS NOT NULL AND payload IS NOT NULL")
_GIVEN_UP = text("state IN ('failed', 'expired')")
row_id = BigInteger().with_variant(Integer, "sqlite")

inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("ix_inbox_received", "received_at"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    # Never given twice: a late word about an erased row must not reach another one.
    Column("id", row_id, primary_key=True, autoincrement=True),
    Column("address_id", ForeignKey("addresses.id", ondelete="CASCADE"), nullable=False),
    Column("conversation", Text, nullable=False),
    Column("person_id", Text),
    Column("payload", Text),
    Column("lane", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("fence", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("has_buttons", Boolean, nullable=False),
    Column("edits", Text),
    Column("answers", Text),
    Column("required", Boolean, nullable=False),
    Column("message_id", Text),
    Column("reason", Text, nullable=False),
    Index("ix_outbox_address", "address_id"),
    Index("ix_outbox_due", "lane", "due_at", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    Index("ix_outbox_line", "conversation", "id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    Index(
        "ix_outbox_bubble",
        "conversation",
        "id",
        sqlite_where=text("has_buttons = 1 AND message_id IS NOT NULL"),
        postgresql_where=text("has_buttons = true AND message_id IS NOT NULL"),
    ),
    Index("ix_outbox_ended", "ended_at", sqlite_where=_ENDED, postgresql_where=_ENDED),
    Index("ix_outbox_given_up", "id", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
    sqlite_autoincrement=True,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

lesson_versions = Table(
    "lesson_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("course_id", Text, nullable=False),
    Column("lesson_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("messages", JSON, nullable=False),
    Column("draft", Boolean, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

channel_state = Table(
    "channel_state",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

media_files = Table(
    "media_files",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("file_id", Text, nullable=False),
)

instance = Table(
    "instance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", row_id, primary_key=True, autoincrement=True),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_audit_actor", "actor_id"),
    Index("ix_audit_subject", "subject"),
)

phone_bubbles = Table(
    "phone_bubbles",
    metadata,
    # These are ids of server-sent events too: they grow for ever, though old bubbles go.
    Column("id", row_id, primary_key=True, autoincrement=True),
    Column("phone", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Index("ix_phone_bubbles_phone", "phone", "id"),
    sqlite_autoincrement=True,
)
