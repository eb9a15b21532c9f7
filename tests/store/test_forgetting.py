import dataclasses
import sqlite3
from pathlib import Path

import asyncpg

from bot.core.facts import (
    Audited,
    CompanyMade,
    Consented,
    CourseFinished,
    LessonRated,
    MistakeReported,
    PersonForgotten,
    PersonKept,
)
from bot.core.learner import Conversation, Person
from bot.rows import InboxRow, Quarantined, TurnRow
from bot.store.opening import open_store
from tests.databases import NOW
from tests.store.people import (
    address,
    attempt,
    company,
    do,
    make_company,
    message,
    person_id,
    recall,
    save,
    turn,
    worker,
)


def forget(number=1):
    return TurnRow(address(number), None, None, (PersonForgotten(person_id(number)),))


def bytes_of(url):
    return Path(url.removeprefix("sqlite:///")).read_bytes()


async def everything(url):
    """Return every row of every table, whatever tables there are."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
        connection.close()
        return rows
    connection = await asyncpg.connect(url)
    found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = {name: [tuple(row) for row in await connection.fetch(f'SELECT * FROM "{name}"')] for (name,) in found}
    await connection.close()
    return rows


async def live(store):
    """Let person 1 leave a trace in every table that knows people, on two addresses, beside person 2."""
    await make_company(store)
    facts = (
        attempt(),
        Consented(person_id(), "2026-09"),
        CourseFinished(person_id(), "C5"),
        LessonRated("C5", "C5-01", "yes"),
        MistakeReported("C5", "C5-01", 2, "sw"),
        CompanyMade(company(2, "Duka"), person_id()),
        Audited(person_id(), "made company", company(2).id),
        Audited(person_id(2), "looked at", person_id()),
    )
    await save(store, worker(1, *facts, done=3), worker(2, attempt(2), done=1))
    second = Conversation("KEYOTHER", 1, "{}")
    other = address(1, channel="whatsapp")
    await save(store, TurnRow(other, person_id(), second, (PersonKept(Person(person_id(), "en")),)))

    def leave(unit):
        unit.inbox.add([InboxRow("telegram:77", "telegram", "said", NOW)])
        unit.outbox.add([message(1), message(1, address=other), message(1, required=True), message(2)])
        payload = f'{{"address": {{"channel": "telegram", "id": "{address().id}"}}}}'
        unit.quarantine.add(Quarantined("telegram:78", "telegram", "said", payload, "ValueError", NOW))
        unit.quarantine.add(Quarantined("telegram:79", "telegram", "said", '{"id": "1"}', "ValueError", NOW))
        unit.numbers.keep_snapshot(company().id, NOW.date(), '{"lessons": 4}', NOW)

    await do(store, leave)


async def test_who_is_forgotten_stands_in_no_row_of_any_table(store, database_url):
    await live(store)
    before = await everything(database_url)
    assert sum(person_id() in row for rows in before.values() for row in rows) >= 12
    await save(store, forget())
    after = await everything(database_url)
    held = [(name, row) for name, rows in after.items() for row in rows]
    assert [one for one in held if person_id() in str(one) or address().id in str(one)] == []
    assert len(after["counters"]) == 2
    assert len(after["snapshots"]) == 1
    assert [row[0] for row in after["quarantine"]] == ["telegram:79"]
    assert {row[1] for row in after["audit"]} == {"forgotten", person_id(2)}
    assert (await recall(store, address())).person is None


async def test_the_others_keep_all_they_have(store, database_url):
    await live(store)
    await save(store, forget())
    memory = await recall(store, address(2))
    assert (memory.completed, memory.company.joined, memory.conversation.key) == ({"C5-01"}, 1, "KEY0000002")
    after = await everything(database_url)
    assert [len(after[name]) for name in ("attempts", "outbox", "conversations", "people")] == [1, 1, 1, 1]


async def test_the_last_words_go_out_without_a_name(store, database_url):
    await live(store)

    def say_goodbye(unit):
        unit.memories.save([forget(), worker(2)], NOW)
        return unit.outbox.add([message(1, required=True)])

    (row,) = await do(store, say_goodbye)
    assert await store.read(lambda unit: unit.outbox.sendable([row.id])) == {row.id: None}
    after = await everything(database_url)
    assert not any(person_id() in str(rows) for rows in after.values())
    assert await do(store, lambda unit: unit.outbox.unsent(1)) == [dataclasses.replace(row, person_id=None)]


async def test_on_a_shared_phone_the_one_who_is_left_goes_on(store):
    await save(store, worker(1, firm=None))
    second = worker(2, firm=None)
    await save(store, dataclasses.replace(second, address=address(1), facts=second.facts[1:]))
    await do(store, lambda unit: unit.outbox.add([message(1), message(1, person_id=person_id(2))]))
    await save(store, dataclasses.replace(forget(2), address=address(1)))
    memory = await recall(store, address(1))
    assert (memory.person.id, memory.conversation.key) == (person_id(1), "KEY0000001")
    assert [row.person_id for row in await do(store, lambda unit: unit.outbox.unsent(9))] == [person_id(1)]


async def test_whatever_else_the_batch_holds_of_a_forgotten_person_is_gone_too(store, database_url):
    await save(store, worker(1, firm=None))
    elsewhere = TurnRow(
        address(1, channel="whatsapp"),
        person_id(),
        Conversation("KEYOTHER", 1, "{}"),
        (PersonKept(Person(person_id(), "en")), attempt()),
    )
    await save(store, forget(), elsewhere, turn(1, attempt()))
    after = await everything(database_url)
    assert not any(person_id() in str(rows) or address().id in str(rows) for rows in after.values())


async def test_forgetting_somebody_who_was_never_kept_changes_nothing(store):
    await save(store, forget(9))
    assert (await store.read(lambda unit: unit.numbers.totals()))["people"] == 0


async def test_what_was_erased_is_not_found_in_the_files_either(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    await save(store, worker(1, firm=None))
    await do(store, lambda unit: unit.outbox.add([message(1, payload="secret-words " * 50)]))
    await save(store, forget())
    await store.close()
    content = bytes_of(sqlite_url)
    assert person_id().encode() not in content
    assert address().id.encode() not in content
    assert b"secret-words" not in content
