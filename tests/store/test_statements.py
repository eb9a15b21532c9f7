"""The number of statements decides the speed, so it is counted; and each of them finds its rows by an index."""

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.core.facts import InvitationMade, Joined, LessonCompleted
from bot.core.learner import ActionChoice, Conversation, Role
from bot.rows import Finished, InboxRow, Keys, Lane, Sending, TurnRow
from bot.store.opening import open_store
from bot.store.postgres_store import PostgresStore
from tests.databases import NOW
from tests.store.people import SHELL, address, attempt, company, do, make_company, message, person_id, save, worker

MOST = 12
# Several processes share a server: one statement more asks what the others are still sending.
ON_A_SERVER = 1
LOADS = 5


@contextlib.contextmanager
def recorded():
    """Collect the statements that are sent, with their parameters."""
    sent = []

    def note(*told):
        _, _, statement, parameters, _, is_many = told
        if not statement.startswith(("BEGIN", "SET", "SHOW", "SELECT set_config")):
            sent.append((statement, parameters[0] if is_many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


async def crowd(store, size):
    await make_company(store)
    await save(store, TurnRow(SHELL, None, None, (InvitationMade("POSTER1234", Role.WORKER, company().id, None),)))
    await save(store, *(worker(n, done=3) for n in range(size)))


def answers(size, unit, now):
    """One batch, as the service takes it: everybody answers a question and gets two messages."""
    keys = [f"telegram:{now.isoformat()}:{n}" for n in range(size)]
    unit.inbox.seen(keys)
    memories = unit.memories.load([Keys(address(n), "POSTER1234" if n == 0 else None) for n in range(size)])
    turns = []
    for n, memory in enumerate(memories):
        said = Conversation(memory.conversation.key, memory.conversation.step + 1, '{"v":1}', (("a", "Yes"),))
        turns.append(TurnRow(memory.address.address, memory.person.id, said, (attempt(n),)))
    unit.memories.save(turns, now)
    unit.inbox.add([InboxRow(key, "telegram", "tapped", now) for key in keys])
    leased = {"state": Sending.LEASED, "lease_owner": "web", "lease_until": now, "fence": 1}
    rows = unit.outbox.add([message(n, **leased) for n in range(size) for _ in range(2)])
    unit.outbox.finish([Finished(row.id, row.fence, Sending.SENT, now, message_id=str(row.id)) for row in rows])


@pytest.mark.parametrize("size", [1, 60])
async def test_a_batch_of_answers_takes_at_most_twelve_statements_whatever_its_size(store, size):
    await crowd(store, size)
    with recorded() as sent:
        await do(store, lambda unit: answers(size, unit, NOW))
    assert len(sent) <= MOST + (ON_A_SERVER if isinstance(store, PostgresStore) else 0)


async def test_loading_takes_at_most_five_statements_and_none_that_cannot_give_anything(store, database_url):
    await crowd(store, 20)
    locks = 0 if database_url.startswith("sqlite") else 1
    for wanted, most in (
        ([Keys(address(n), "POSTER1234") for n in range(20)], LOADS + locks),
        ([Keys(address(n)) for n in range(20)], LOADS - 1 + locks),
        ([Keys(address(900))], 1 + locks),
        ([Keys(address(900), "POSTER1234")], 2 + locks),
    ):
        with recorded() as sent:
            await do(store, lambda unit, wanted=wanted: unit.memories.load(wanted))
        assert len(sent) <= most


async def test_reading_takes_no_locks(postgres_url, clock):
    store = await open_store(postgres_url, clock=clock)
    with recorded() as sent:
        await store.read(lambda unit: unit.memories.load([Keys(address())]))
    await store.close()
    assert not any("advisory" in statement for statement, _ in sent)


async def test_facts_that_do_not_occur_cost_nothing_and_each_kind_one_or_two_statements(store):
    await crowd(store, 30)

    def finish(unit):
        unit.memories.load([Keys(address(n)) for n in range(30)])
        done = [LessonCompleted(person_id(n), "C5", "C5-09", ActionChoice.TODAY, "en") for n in range(30)]
        turns = [TurnRow(address(n), person_id(n), None, (done[n],)) for n in range(30)]
        with recorded() as sent:
            unit.memories.save(turns, NOW)
        joined = [Joined(person_id(n), company().id, Role.WORKER, f"L-{n:04}") for n in range(30)]
        turns = [TurnRow(address(n), person_id(n), None, (joined[n],)) for n in range(30)]
        with recorded() as more:
            unit.memories.save(turns, NOW)
        return len(sent), len(more)

    assert await do(store, finish) == (1, 2)


async def test_every_statement_of_a_turn_and_its_delivery_uses_an_index(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    await crowd(store, 30)
    later = NOW + timedelta(hours=1)

    def everything(unit):
        answers(30, unit, later)
        unit.outbox.add([message(n) for n in range(30)])
        claim = {"now": later, "owner": "work", "until": later, "limit": 5}
        rows = unit.outbox.claim(lane=Lane.INTERACTIVE, **claim)
        unit.outbox.is_due(later, Lane.BULK)
        unit.outbox.sendable([row.id for row in rows])
        unit.outbox.last_bubble("KEY0000001")
        unit.outbox.standing(rows[0].id, 100)
        unit.outbox.taken_back(rows[0].id, ["1"])
        unit.outbox.renew([row.id for row in rows], owner="work", until=later)
        unit.outbox.cancel([address(1)], "stopped", later)
        unit.outbox.take_back(owner="work", now=later)
        unit.outbox.unsent(5)
        unit.outbox.oldest_waiting()
        unit.outbox.backlog()
        unit.outbox.prune(NOW)
        unit.inbox.prune(NOW)
        unit.numbers.kept_about(person_id(1))
        unit.numbers.completion([company().id])
        unit.records.add_bubble("phone", "x", later)
        unit.records.bubbles("phone", 0)
        unit.records.empty_phone("phone")
        unit.numbers.worker_code(company().id)

    with recorded() as sent:
        await do(store, everything)

    def explain(unit):
        connection = unit.records._connection
        for statement, parameters in sent:
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters)):
                yield statement, row[3]

    plans = await do(store, lambda unit: list(explain(unit)))
    await store.close()
    # A list of ours, the heads of a claim, the grouped rows of the view, and the small partial indexes of the outbox.
    small = ("json_each", "sqlite_sequence", "heads", "completion", "CONSTANT", "INDEX ix_outbox")
    assert [step for step in plans if step[1].startswith("SCAN") and not any(name in step[1] for name in small)] == []


async def test_a_claim_is_no_more_work_in_a_storm(sqlite_url, clock):
    store = await open_store(sqlite_url, clock=clock)
    await crowd(store, 40)
    later = NOW + timedelta(hours=1)

    def work(unit):
        """Return how many hundred steps SQLite takes to claim twenty rows."""
        driver = unit.records._connection.connection.driver_connection
        steps = []
        driver.set_progress_handler(lambda: steps.append(1) and 0, 100)
        claimed = unit.outbox.claim(now=later, owner="work", until=later, lane=Lane.BULK, limit=20)
        driver.set_progress_handler(None, 0)
        assert len(claimed) == 20
        return len(steps)

    def storm(unit, size):
        rows = (message(n % 40, conversation=f"{size}-{n}:due", lane=Lane.BULK) for n in range(size))
        unit.outbox.add(list(rows))
        return work(unit)

    few, many = [await do(store, lambda unit, size=size: storm(unit, size)) for size in (40, 4_000)]
    await store.close()
    assert many < 2 * few
