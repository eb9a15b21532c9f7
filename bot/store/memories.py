"""What turns know and leave behind, for a whole batch at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from bot.core.learner import Invitation, Memory
from bot.rows import KeptLesson, Keys, TurnRow
from bot.store.addresses import AddressBook
from bot.store.bulk import bulk_upsert
from bot.store.columns import among, json_list
from bot.store.forgetting import erase_cohort
from bot.store.loading import load_invitations, load_memories, lock_conversations
from bot.store.saving import save_turns
from bot.store.tables import lesson_versions

_LESSONS = select(lesson_versions).where(among(lesson_versions.c.version, "versions"))
_KEEP_LESSONS = bulk_upsert(lesson_versions)


class Memories:
    """The repository of turns."""

    def __init__(self, connection: Connection, book: AddressBook, *, locks: bool) -> None:
        self._connection = connection
        self._book = book
        self._locks = locks

    def load(self, wanted: Sequence[Keys], *, now: datetime | None = None) -> list[Memory]:
        """Return one memory per wanted address, in the same order, locking their conversations in one order."""
        if self._locks:
            lock_conversations(self._connection, wanted)
        return load_memories(self._connection, self._book, wanted, now)

    def invitations(self, codes: Sequence[str]) -> Mapping[str, Invitation]:
        """Return the invitations of these codes that there are."""
        return load_invitations(self._connection, codes)

    def save(self, turns: Sequence[TurnRow], now: datetime) -> None:
        """Keep conversations and facts of all turns, each kind of fact in one statement."""
        save_turns(self._connection, self._book, turns, now)

    def erase_cohort(self, mark: str) -> None:
        """Erase a sample of a demo, people and companies, by the mark in its chats."""
        erase_cohort(self._connection, self._book, mark)

    def kept_lessons(self, versions: Sequence[str]) -> list[KeptLesson]:
        """Return the lesson versions that were kept."""
        return [
            KeptLesson(
                version=row.version,
                course_id=row.course_id,
                lesson_id=row.lesson_id,
                language=row.language,
                source=row.source,
                messages=row.messages,
                draft=row.draft,
            )
            for row in self._connection.execute(_LESSONS, {"versions": json_list(versions)})
        ]

    def keep_lessons(self, lessons: Sequence[KeptLesson], now: datetime) -> None:
        """Keep lesson versions; one that is there already stays."""
        rows = [
            {
                "version": lesson.version,
                "course_id": lesson.course_id,
                "lesson_id": lesson.lesson_id,
                "language": lesson.language,
                "source": lesson.source,
                "messages": dict(lesson.messages),
                "draft": lesson.draft,
                "kept_at": now,
            }
            for lesson in lessons
        ]
        if rows:
            _KEEP_LESSONS(self._connection, rows)
