"""The first schema.

Revision: 0001
Follows: nothing
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcDateTime

revision = "0001"
down_revision = None

row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

COMPLETION_MEANS = """
One row for each worker of a company and each course they began. Summaries, pages and exports read this and nothing
else, so that they cannot differ. It holds no name, no answer and no sensitive lesson.

company_id      the company
company         its name
learner         the worker's pseudonym in this company, another one in each company
course_id       the course
lessons         ordinary lessons of the course that the worker has finished
actions         of these, the lessons at whose end the worker chose to do the action today or tomorrow
begun_at        when the worker began the course
finished_at     when all its ordinary lessons were done, or NULL
last_lesson_at  when the last lesson was finished, or NULL

Who left the company is not in it any more. Who is in two companies stands in both.
""".strip()

COMPLETION = """
SELECT
    member.company_id,
    company.name AS company,
    member.pseudonym AS learner,
    begun.course_id,
    count(done.lesson_id) AS lessons,
    count(CASE WHEN done.action <> 'not_for_me' THEN 1 END) AS actions,
    begun.begun_at,
    begun.finished_at,
    max(done.completed_at) AS last_lesson_at
FROM memberships AS member
JOIN companies AS company ON company.id = member.company_id
JOIN enrollments AS begun ON begun.person_id = member.person_id
LEFT JOIN lesson_completions AS done ON done.person_id = begun.person_id AND done.course_id = begun.course_id
WHERE member.role = 'worker' AND member.left_at IS NULL
GROUP BY
    member.company_id, company.name, member.person_id, member.pseudonym,
    begun.course_id, begun.begun_at, begun.finished_at
"""


def upgrade() -> None:
    make_people_and_companies()
    make_learning()
    make_inbox_and_outbox()
    make_the_rest()
    make_completion()


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def numbered() -> list[sa.Column[int]]:
    return [sa.Column("id", row_id, primary_key=True, autoincrement=True)]


def keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]


def moments(*names: str, nullable: bool = False) -> list[sa.Column[datetime]]:
    return [sa.Column(name, UtcDateTime, nullable=nullable) for name in names]


def flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names]


def counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def refers(name: str, table: str, **options: Any) -> sa.Column[Any]:
    """Return a column whose row goes with the row it refers to."""
    kind = row_id if table == "addresses" else sa.Text
    return sa.Column(name, kind, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **options)


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def make_people_and_companies() -> None:
    op.create_table(
        "companies",
        *keys("id"),
        *texts("name", "country", "time_zone", "headcount", "languages"),
        *moments("made_at"),
    )
    op.create_table(
        "people",
        *keys("id"),
        *texts("language"),
        sa.Column("hour", sa.Time),
        sa.Column("time_zone", sa.Text),
        *flags("wants_reminders", "works_nights", "is_trainer", "is_operator", "consented"),
        *moments("made_at"),
    )
    op.create_table(
        "addresses",
        *numbered(),
        *texts("channel", "chat", "reach", "wrong_codes"),
        sa.Column("stop_told_on", sa.Date),
        sa.Column("language_hint", sa.Text),
        sa.Column("last_inbound_at", UtcDateTime),
        sa.Column("active_person_id", sa.Text, sa.ForeignKey("people.id", ondelete="SET NULL")),
        sa.UniqueConstraint("chat", "channel", name="uq_addresses_chat"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_addresses_active_person", "addresses", ["active_person_id"])
    op.create_table(
        "address_people",
        refers("address_id", "addresses", primary_key=True),
        refers("person_id", "people", primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_address_people_person", "address_people", ["person_id"])
    op.create_table(
        "consents",
        refers("person_id", "people", primary_key=True),
        *keys("wording"),
        *moments("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "memberships",
        refers("person_id", "people", primary_key=True),
        refers("company_id", "companies", primary_key=True),
        *keys("role"),
        sa.Column("pseudonym", sa.Text),
        *flags("is_active"),
        *moments("joined_at"),
        sa.Column("left_at", UtcDateTime),
        sa.UniqueConstraint("company_id", "pseudonym", name="uq_memberships_pseudonym"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_memberships_company", "memberships", ["company_id", "role", "left_at"])
    op.create_table(
        "invitations",
        *keys("code"),
        *texts("role"),
        refers("company_id", "companies"),
        *moments("made_at"),
        *moments("expires_at", "used_at", nullable=True),
    )
    op.create_index("ix_invitations_company", "invitations", ["company_id"])
    op.create_table(
        "company_courses",
        refers("company_id", "companies", primary_key=True),
        *keys("course_id"),
        *moments("assigned_at"),
        *counts("position"),
        sqlite_with_rowid=False,
    )


def make_learning() -> None:
    op.create_table(
        "conversations",
        refers("address_id", "addresses", primary_key=True),
        refers("person_id", "people", primary_key=True),
        *texts("key"),
        *counts("step"),
        *texts("state", "offered"),
        *counts("version"),
        sa.UniqueConstraint("key", name="uq_conversations_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversations_person", "conversations", ["person_id"])
    op.create_table(
        "enrollments",
        refers("person_id", "people", primary_key=True),
        *keys("course_id"),
        *moments("begun_at"),
        *flags("is_active"),
        sa.Column("finished_at", UtcDateTime),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lesson_completions",
        refers("person_id", "people", primary_key=True),
        *keys("lesson_id"),
        *texts("course_id", "action", "language"),
        *moments("completed_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attempts",
        *numbered(),
        refers("person_id", "people", nullable=False),
        *texts("course_id", "lesson_id", "question_id", "version", "chosen", "verdict", "language"),
        *moments("at"),
    )
    op.create_index("ix_attempts_person", "attempts", ["person_id"])
    op.create_table(
        "lesson_versions",
        *keys("version"),
        *texts("course_id", "lesson_id", "language", "source"),
        sa.Column("messages", sa.JSON, nullable=False),
        *flags("draft"),
        *moments("kept_at"),
    )
    op.create_table("counters", *keys("name", "key"), *counts("count"), sqlite_with_rowid=False)
    op.create_table(
        "snapshots",
        refers("company_id", "companies", primary_key=True),
        sa.Column("week", sa.Date, primary_key=True),
        *texts("numbers"),
        *moments("at"),
        sqlite_with_rowid=False,
    )


def make_inbox_and_outbox() -> None:
    op.create_table(
        "inbox",
        *keys("key"),
        *texts("channel", "kind"),
        *moments("received_at"),
        *texts("outcome"),
        *counts("tries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inbox_received", "inbox", ["received_at"])
    op.create_table(
        "outbox",
        *numbered(),
        refers("address_id", "addresses", nullable=False),
        *texts("conversation"),
        sa.Column("person_id", sa.Text),
        sa.Column("payload", sa.Text),
        *texts("lane", "state"),
        *moments("created_at", "expires_at"),
        sa.Column("not_before", UtcDateTime),
        sa.Column("lease_owner", sa.Text),
        *moments("lease_until", "due_at", "ended_at", nullable=True),
        *counts("fence", "tries", "copies"),
        *flags("has_buttons"),
        sa.Column("edits", sa.Text),
        *flags("required"),
        sa.Column("message_id", sa.Text),
        *texts("reason"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_address", "outbox", ["address_id"])
    op.create_index(
        "ix_outbox_bubble",
        "outbox",
        ["conversation", "id"],
        sqlite_where=sa.text("has_buttons = 1 AND message_id IS NOT NULL"),
        postgresql_where=sa.text("has_buttons = true AND message_id IS NOT NULL"),
    )
    op.create_index("ix_outbox_due", "outbox", ["lane", "due_at"], **where("due_at IS NOT NULL"))
    op.create_index("ix_outbox_ended", "outbox", ["ended_at"], **where("ended_at IS NOT NULL AND payload IS NOT NULL"))
    op.create_index("ix_outbox_given_up", "outbox", ["id"], **where("state IN ('failed', 'expired')"))
    op.create_index("ix_outbox_line", "outbox", ["conversation", "id"], **where("due_at IS NOT NULL"))
    op.create_table("quarantine", *keys("key"), *texts("channel", "kind", "payload", "error"), *moments("at"))


def make_the_rest() -> None:
    op.create_table("channel_state", *keys("channel", "name"), *texts("value"))
    op.create_table("media_files", *keys("channel", "digest"), *texts("file_id"))
    op.create_table("instance", *keys("name"), *texts("value"))
    op.create_table("audit", *numbered(), *texts("actor_id", "action", "subject"), *moments("at"))
    op.create_index("ix_audit_actor", "audit", ["actor_id"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "phone_bubbles", *numbered(), *texts("phone", "content"), *moments("sent_at"), sqlite_autoincrement=True
    )
    op.create_index("ix_phone_bubbles_phone", "phone_bubbles", ["phone", "id"])


def make_completion() -> None:
    if op.get_bind().dialect.name == "postgresql":
        meaning = COMPLETION_MEANS.replace("'", "''")
        op.execute(f"CREATE VIEW completion AS {COMPLETION}")
        op.execute(f"COMMENT ON VIEW completion IS '{meaning}'")
    else:
        # SQLite keeps a view's text as it was written, comments too: `.schema completion` shows what it means.
        meaning = "".join(f"-- {line}\n" for line in COMPLETION_MEANS.splitlines())
        op.execute(f"CREATE VIEW completion AS\n{meaning}{COMPLETION}")
