"""The floor of a turn: raw sqlite3, 200 events a transaction, a plain loop, and the product's own `advance` and words.

It leaves the same rows in the same tables, as durable as the product's, and nothing else is kept of the product:
no layers, no loop, no threads. It knows only what the benchmark's people do: answer a question.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.dialogue import engine
from bot.core.events import MessageReceived
from bot.core.facts import Attempted
from bot.core.learner import Company, Conversation, Enrollment, KnownAddress, Membership, Memory, Person, Reach, Role
from bot.core.messages import Address, Features
from bot.ports import Catalogue, Clock
from bot.rows import OutboxRow
from bot.service.batch import fresh_codes
from bot.service.rendering import Renderer

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
PERSON = (
    "p.id, p.language, p.hour, p.time_zone, p.wants_reminders, p.works_nights, p.is_trainer, p.is_operator, p.consented"
)
ADDRESSES = f"""
    SELECT a.channel, a.chat, a.id, a.reach, a.wrong_codes, a.stop_told_on, a.language_hint,
           c.key, c.step, c.state, c.offered, {PERSON}
    FROM addresses a
    LEFT JOIN people p ON p.id = a.active_person_id
    LEFT JOIN conversations c ON c.address_id = a.id AND c.person_id = a.active_person_id
    WHERE a.chat IN (SELECT value FROM json_each(?))"""
MEMBERSHIPS = """
    SELECT m.person_id, m.role, m.pseudonym, m.is_active, m.joined_at,
           f.id, f.name, f.country, f.time_zone, f.headcount, f.languages, joined.count
    FROM memberships m
    JOIN companies f ON f.id = m.company_id
    LEFT JOIN (SELECT company_id, count(*) AS count FROM memberships
               WHERE role = 'worker' AND left_at IS NULL AND company_id IN
                 (SELECT company_id FROM memberships WHERE person_id IN (SELECT value FROM json_each(?1)))
               GROUP BY company_id) joined ON joined.company_id = m.company_id
    WHERE m.person_id IN (SELECT value FROM json_each(?1)) AND m.left_at IS NULL
    ORDER BY m.joined_at, f.name"""
ASSIGNED = """
    SELECT company_id, course_id FROM company_courses
    WHERE company_id IN (SELECT value FROM json_each(?)) ORDER BY assigned_at, position"""
ENROLLED = """
    SELECT person_id, course_id, begun_at, is_active, finished_at FROM enrollments
    WHERE person_id IN (SELECT value FROM json_each(?))"""
COMPLETED = "SELECT person_id, lesson_id FROM lesson_completions WHERE person_id IN (SELECT value FROM json_each(?))"
SEEN = "SELECT key FROM inbox WHERE key IN (SELECT value FROM json_each(?))"
TALK = """
    UPDATE conversations SET key = ?, step = ?, state = ?, offered = ?, version = version + 1
    WHERE address_id = ? AND person_id = ?"""
ATTEMPT = """
    INSERT INTO attempts (person_id, course_id, lesson_id, question_id, version, chosen, verdict, language, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
KEEP_KEY = "INSERT INTO inbox (key, channel, kind, received_at, outcome, tries) VALUES (?, ?, 'said', ?, 'done', 0)"
SAY = """
    INSERT INTO outbox (id, address_id, conversation, person_id, payload, lane, state, created_at, expires_at,
                        lease_owner, lease_until, due_at, fence, tries, copies, has_buttons, edits, required, reason)
    VALUES (?, ?, ?, ?, ?, 'interactive', 'leased', ?, ?, 'floor', ?, ?, 1, 0, 0, ?, ?, ?, '')"""
FINISH = """
    UPDATE outbox
    SET state = 'sent', message_id = ?, ended_at = ?, payload = NULL, due_at = NULL,
        lease_owner = NULL, lease_until = NULL
    WHERE id = ? AND fence = 1 AND due_at IS NOT NULL"""


@dataclass(frozen=True)
class Words:
    """What the floor shares with the product: the courses, the words, the time."""

    catalogue: Catalogue
    renderer: Renderer
    clock: Clock
    features: Features


class RawTurns:
    """Takes events in batches and delivers to nobody: a message is sent when its batch is committed."""

    def __init__(self, path: Path, words: Words) -> None:
        self._words = words
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        self._next_row = (last[0] if last else 0) + 1
        self._sent: list[tuple[str, str, int]] = []

    def take(self, batch: Sequence[MessageReceived]) -> None:
        """Answer a batch in one transaction, with the receipts of the one before."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        rows, memories = self._load(batch)
        seen = {key for (key,) in execute(SEEN, (_listed(event.key for event in batch),))}
        now = self._words.clock.now()
        moment = now.isoformat(timespec="microseconds")
        talks, attempts, keys, said = [], [], [], []
        for event in batch:
            if event.key in seen:
                continue
            memory = memories[event.address]
            wants = engine.wants(event, memory)
            library = self._words.catalogue.library(wants.language or "", country=wants.country, hint=wants.hint)
            turn = engine.advance(memory, event, library, now)
            rendered = self._words.renderer.turn(event, memory, turn, now)
            row_id, talk = rows[event.address], rendered.conversation
            talks.append((talk.key, talk.step, talk.state, json.dumps(talk.offered), row_id, turn.person_id))
            attempts += [_attempt(fact, moment) for fact in turn.facts if isinstance(fact, Attempted)]
            keys.append((event.key, event.address.channel, moment))
            said += [self._outgoing(row_id, row, now, moment) for row in rendered.rows]
        self._keep(talks, attempts, keys, said)
        execute("COMMIT")
        # A provider that takes everything at once: each row is sent, and its receipt rides with the next batch.
        self._sent = [(str(row[0]), moment, row[0]) for row in said]

    def close(self) -> None:
        """Keep the last receipts and let go."""
        self._connection.executemany(FINISH, self._sent)
        self._connection.close()

    def _keep(self, talks: list[Any], attempts: list[Any], keys: list[Any], said: list[Any]) -> None:
        many = self._connection.executemany
        many(FINISH, self._sent)
        many(TALK, talks)
        many(ATTEMPT, attempts)
        many(KEEP_KEY, keys)
        many(SAY, said)

    def _load(self, batch: Sequence[MessageReceived]) -> tuple[dict[Address, int], dict[Address, Memory]]:
        found = self._connection.execute(ADDRESSES, (_listed(event.address.id for event in batch),)).fetchall()
        people = _listed(row[11] for row in found)
        belong, assigned = self._companies(people)
        enrolled, completed = self._progress(people)
        rows, memories = {}, {}
        for fresh, row in zip(fresh_codes(len(found)), found, strict=True):
            channel, chat, row_id, reach, _codes, _told, hint, key, step, state, offered, *person = row
            address = Address(channel, chat)
            rows[address] = row_id
            memory = Memory(
                address=KnownAddress(address, Reach(reach), language_hint=hint),
                features=self._words.features,
                fresh=fresh,
                person=Person(*person[:4], *map(bool, person[4:])),
                conversation=Conversation(key, step, state, tuple(map(tuple, json.loads(offered)))),
                memberships=tuple(belong.get(person[0], ())),
                enrollments=tuple(enrolled.get(person[0], ())),
                completed=frozenset(completed.get(person[0], ())),
            )
            company = memory.company
            memories[address] = replace(memory, assigned_courses=tuple(assigned.get(company.id, ()) if company else ()))
        return rows, memories

    def _companies(self, people: str) -> tuple[dict[str, list[Membership]], dict[str, list[str]]]:
        belong: dict[str, list[Membership]] = {}
        for person, role, pseudonym, is_active, joined_at, *row in self._connection.execute(MEMBERSHIPS, (people,)):
            *known, languages, joined = row
            firm = Company(*known, tuple(languages.split()), joined)
            joined_on = datetime.fromisoformat(joined_at)
            belong.setdefault(person, []).append(Membership(firm, Role(role), pseudonym, bool(is_active), joined_on))
        companies = {member.company.id for members in belong.values() for member in members if member.is_active}
        assigned: dict[str, list[str]] = {}
        for company_id, course in self._connection.execute(ASSIGNED, (_listed(companies),)):
            assigned.setdefault(company_id, []).append(course)
        return belong, assigned

    def _progress(self, people: str) -> tuple[dict[str, list[Enrollment]], dict[str, set[str]]]:
        enrolled: dict[str, list[Enrollment]] = {}
        for person, course, begun_at, is_active, finished_at in self._connection.execute(ENROLLED, (people,)):
            ended = datetime.fromisoformat(finished_at) if finished_at else None
            begun = datetime.fromisoformat(begun_at)
            enrolled.setdefault(person, []).append(Enrollment(course, begun, bool(is_active), ended))
        completed: dict[str, set[str]] = {}
        for person, lesson in self._connection.execute(COMPLETED, (people,)):
            completed.setdefault(person, set()).add(lesson)
        return enrolled, completed

    def _outgoing(self, row_id: int, row: OutboxRow, now: datetime, moment: str) -> tuple[Any, ...]:
        number, self._next_row = self._next_row, self._next_row + 1
        until = (now + timedelta(seconds=60)).isoformat(timespec="microseconds")
        expires = row.expires_at.isoformat(timespec="microseconds")
        kept = (number, row_id, row.conversation, row.person_id, row.payload, moment, expires, until, until)
        return (*kept, row.has_buttons, row.edits, row.required)


def _attempt(fact: Attempted, moment: str) -> tuple[str, ...]:
    named = (fact.person_id, fact.course_id, fact.lesson_id, fact.question_id)
    return (*named, fact.version, fact.chosen, fact.verdict, fact.language, moment)


def _listed(values: Any) -> str:
    return json.dumps(list(values))
