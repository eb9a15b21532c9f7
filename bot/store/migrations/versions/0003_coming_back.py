"""What comes back: questions, actions, letters and nudges.

Revision: 0003
Follows: 0002
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcDateTime

revision = "0003"
down_revision = "0002"

COMPLETION_MEANS = """
One row for each worker of a company and each course they began. Summaries, pages and exports read this and nothing
else, so that they cannot differ. It holds no name, no answer and no sensitive lesson.

company_id      the company
company         its name
learner         the worker's pseudonym in this company, another one in each company
course_id       the course
lessons         ordinary lessons of the course that the worker has finished
actions         of these, the lessons whose action the worker said to have done, when asked some days later
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
    count(CASE WHEN done.outcome = 'done' THEN 1 END) AS actions,
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
    op.execute("DROP VIEW completion")
    add_columns()
    op.create_table(
        "review_cards",
        sa.Column("person_id", sa.Text, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("lesson_id", sa.Text, primary_key=True),
        sa.Column("question_id", sa.Text, primary_key=True),
        sa.Column("course_id", sa.Text, nullable=False),
        sa.Column("stability", sa.Double, nullable=False),
        sa.Column("difficulty", sa.Double, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("reviewed_at", UtcDateTime, nullable=False),
        sa.Index("ix_review_cards_due", "person_id", "due_at"),
        sqlite_with_rowid=False,
    )
    make_completion()
    wake_owners_and_trainers()


def add_columns() -> None:
    op.add_column("companies", sa.Column("nudge", sa.Text))
    op.add_column("companies", sa.Column("nudged_at", UtcDateTime))
    op.add_column("companies", sa.Column("asks_gain", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("rhythms", sa.Column("reviewed_at", UtcDateTime))
    op.add_column("rhythms", sa.Column("nudged_at", UtcDateTime))
    op.add_column("rhythms", sa.Column("wants_nudges", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("rhythms", sa.Column("wants_letters", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("company_courses", sa.Column("due_on", sa.Date))
    op.add_column("enrollments", sa.Column("answered_before", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("lesson_completions", sa.Column("asked_at", UtcDateTime))
    op.add_column("lesson_completions", sa.Column("outcome", sa.Text))
    op.add_column("attempts", sa.Column("occasion", sa.Text, nullable=False, server_default="lesson"))


def wake_owners_and_trainers() -> None:
    """Let the tick look at everybody who may get letters now: before this, most of them waited for nothing.

    Any moment that has passed will do. So long ago, they are looked at as late, and their letters go out spread.
    """
    past = sa.bindparam("past", datetime(2000, 1, 1, tzinfo=UTC), type_=UtcDateTime)
    readers = """
        SELECT id FROM people WHERE is_trainer
        UNION
        SELECT person_id FROM memberships WHERE role IN ('owner', 'trainer') AND left_at IS NULL
    """
    connection = op.get_bind()
    connection.execute(
        sa.text(
            f"UPDATE rhythms SET next_at = :past WHERE next_at IS NULL AND person_id IN ({readers})"  # noqa: S608
        ).bindparams(past)
    )
    connection.execute(
        sa.text(
            "INSERT INTO rhythms (person_id, days, next_at, unanswered, text) "  # noqa: S608
            "SELECT reader.id, '024', :past, 0, 0 "
            f"FROM ({readers}) AS reader WHERE reader.id NOT IN (SELECT person_id FROM rhythms)"
        ).bindparams(past)
    )


def make_completion() -> None:
    if op.get_bind().dialect.name == "postgresql":
        meaning = COMPLETION_MEANS.replace("'", "''")
        op.execute(f"CREATE VIEW completion AS {COMPLETION}")
        op.execute(f"COMMENT ON VIEW completion IS '{meaning}'")
    else:
        # SQLite keeps a view's text as it was written, comments too: `.schema completion` shows what it means.
        meaning = "".join(f"-- {line}\n" for line in COMPLETION_MEANS.splitlines())
        op.execute(f"CREATE VIEW completion AS\n{meaning}{COMPLETION}")
