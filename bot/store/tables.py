"""What is remembered of people, companies and learning, and by `_machine_tables` what the machine needs to run.

Everything of a person hangs on `people` with ON DELETE CASCADE, so that who is forgotten is forgotten everywhere.
Chat ids stand in `addresses` alone. The unique keys make repeats harmless.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Time,
    UniqueConstraint,
    false,
    true,
)

from bot.core.learner import Occasion
from bot.store._machine_tables import (
    audit,
    channel_state,
    counters,
    inbox,
    instance,
    lesson_versions,
    media_files,
    metadata,
    outbox,
    phone_bubbles,
    quarantine,
    row_id,
)
from bot.store.columns import UtcDateTime

__all__ = [
    "address_people",
    "addresses",
    "attempts",
    "audit",
    "channel_state",
    "companies",
    "company_courses",
    "completion",
    "consents",
    "conversations",
    "counters",
    "enrollments",
    "inbox",
    "instance",
    "invitations",
    "lesson_completions",
    "lesson_versions",
    "media_files",
    "memberships",
    "metadata",
    "outbox",
    "people",
    "phone_bubbles",
    "quarantine",
    "review_cards",
    "rhythms",
    "snapshots",
]

companies = Table(
    "companies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("headcount", Text, nullable=False),
    Column("languages", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("nudge", Text),
    Column("nudged_at", UtcDateTime),
    Column("asks_gain", Boolean, nullable=False, server_default=false()),
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("hour", Time),
    Column("time_zone", Text),
    Column("wants_reminders", Boolean, nullable=False),
    Column("works_nights", Boolean, nullable=False),
    Column("is_trainer", Boolean, nullable=False),
    Column("is_operator", Boolean, nullable=False),
    Column("consented", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", row_id, primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("reach", Text, nullable=False),
    Column("wrong_codes", Text, nullable=False),
    Column("stop_told_on", Date),
    Column("language_hint", Text),
    # To ten minutes: a turn inside a lesson does not write this row again.
    Column("last_inbound_at", UtcDateTime),
    # When the bot last began to speak here: at most once a day, whoever of several people it was for.
    Column("contacted_at", UtcDateTime),
    Column("active_person_id", ForeignKey("people.id", ondelete="SET NULL")),
    # The chat comes first: lookups are by a list of chats, and two channels seldom share one.
    UniqueConstraint("chat", "channel", name="uq_addresses_chat"),
    Index("ix_addresses_active_person", "active_person_id"),
    sqlite_autoincrement=True,
)

rhythms = Table(
    "rhythms",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("days", Text, nullable=False),
    Column("next_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("unanswered", Integer, nullable=False),
    Column("contacted_at", UtcDateTime),
    Column("text", Integer, nullable=False),
    Column("reviewed_at", UtcDateTime),
    Column("nudged_at", UtcDateTime),
    Column("wants_nudges", Boolean, nullable=False, server_default=true()),
    Column("wants_letters", Boolean, nullable=False, server_default=true()),
    # Until then a tick has taken this person.
    Column("claimed_until", UtcDateTime),
    Index("ix_rhythms_next", "next_at"),
    sqlite_with_rowid=False,
)

address_people = Table(
    "address_people",
    metadata,
    Column("address_id", ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_address_people_person", "person_id"),
    sqlite_with_rowid=False,
)

conversations = Table(
    "conversations",
    metadata,
    Column("address_id", ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("offered", Text, nullable=False),
    # Counts the turns, which shows that none was lost to another one.
    Column("version", Integer, nullable=False),
    UniqueConstraint("key", name="uq_conversations_key"),
    Index("ix_conversations_person", "person_id"),
    sqlite_with_rowid=False,
)

consents = Table(
    "consents",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("wording", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

memberships = Table(
    "memberships",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("pseudonym", Text),
    Column("is_active", Boolean, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    UniqueConstraint("company_id", "pseudonym", name="uq_memberships_pseudonym"),
    Index("ix_memberships_company", "company_id", "role", "left_at"),
    sqlite_with_rowid=False,
)

invitations = Table(
    "invitations",
    metadata,
    Column("code", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    Index("ix_invitations_company", "company_id"),
)

company_courses = Table(
    "company_courses",
    metadata,
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Column("course_id", Text, primary_key=True),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("position", Integer, nullable=False),
    Column("due_on", Date),
    sqlite_with_rowid=False,
)

enrollments = Table(
    "enrollments",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("course_id", Text, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("answered_before", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)

lesson_completions = Table(
    "lesson_completions",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("lesson_id", Text, primary_key=True),
    Column("course_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("completed_at", UtcDateTime, nullable=False),
    # An action is asked after once.
    Column("asked_at", UtcDateTime),
    Column("outcome", Text),
    sqlite_with_rowid=False,
)

review_cards = Table(
    "review_cards",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("lesson_id", Text, primary_key=True),
    Column("question_id", Text, primary_key=True),
    Column("course_id", Text, nullable=False),
    Column("stability", Double, nullable=False),
    Column("difficulty", Double, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("reviewed_at", UtcDateTime, nullable=False),
    Index("ix_review_cards_due", "person_id", "due_at"),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", row_id, primary_key=True, autoincrement=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("course_id", Text, nullable=False),
    Column("lesson_id", Text, nullable=False),
    Column("question_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("chosen", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("occasion", Text, nullable=False, server_default=Occasion.LESSON.value),
    Index("ix_attempts_person", "person_id"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Column("week", Date, primary_key=True),
    Column("numbers", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# The view is made in the migration, where its meaning is written down; this is only what is read from it.
completion = Table(
    "completion",
    MetaData(),
    Column("company_id", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("learner", Text, nullable=False),
    Column("course_id", Text, nullable=False),
    Column("lessons", Integer, nullable=False),
    Column("actions", Integer, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("last_lesson_at", UtcDateTime),
)
