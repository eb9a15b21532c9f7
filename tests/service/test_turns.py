"""A batch of turns: once, in order, in one commit, whatever is in it and whatever becomes of it."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import event

from bot.core.dialogue import engine
from bot.core.errors import NotCommitted, StoreProblem
from bot.core.events import Opened, Said, Tapped
from bot.core.facts import Attempted
from bot.core.learner import Role
from bot.rows import InboxRow, Outcome
from bot.service import batch as batch_module
from bot.service import turns as turns_module
from tests.service.rig import CODE
from tests.waiting import eventually

OWNER = "0WNER00001"


@pytest.fixture
def spoil(monkeypatch):
    """Let the engine answer chosen keys in another way."""
    ways = {}
    real = engine.advance

    def advance(memory, happened, library, now):
        way = ways.get(happened.key)
        return way(real, memory, happened, library, now) if way else real(memory, happened, library, now)

    monkeypatch.setattr(engine, "advance", advance)
    return ways


def raises(*_):
    raise RuntimeError("a fault with a secret name in it")


def refused_by_the_database(real, *given):
    """A turn with an attempt of somebody who is not there."""
    attempt = Attempted("nobody", "safety", "osh-01", "q", "v", "1", "right", "en")
    turn = real(*given)
    return replace(turn, facts=(*turn.facts, attempt))


async def kept_attempts(rig):
    return (await rig.store.read(lambda uow: uow.numbers.totals()))["answers"]


# --- once ---------------------------------------------------------------------------------------------------------


async def test_the_same_update_twice_in_one_batch_takes_effect_once(either):
    opened = either.event("1", Opened())
    await either.take(opened, opened)
    await either.quiet()
    assert len(either.channel.sent) == 1
    assert either.turns.counts["events"] == 1


async def test_the_same_update_in_a_later_batch_changes_nothing_and_is_acknowledged(either):
    opened = either.event("1", Opened())
    await either.take(opened)
    before = await either.memory("1")
    await either.take(opened)
    await either.quiet()
    assert len(either.channel.sent) == 1
    assert (await either.memory("1")).conversation == before.conversation
    assert either.turns.counts["duplicates"] == 1


async def test_twenty_copies_at_once_make_one_reply(either):
    opened = either.event("1", Opened())
    await asyncio.gather(*(either.take(opened) for _ in range(20)))
    await either.quiet()
    assert len(either.channel.sent) == 1


async def test_an_id_lower_than_all_before_counts_as_new(rig):
    await rig.take(rig.event("1", Opened(), key="test:900"))
    await rig.take(rig.event("1", "English", key="test:5"))
    await rig.quiet()
    assert rig.turns.counts["events"] == 2


async def test_two_messages_of_one_chat_in_a_batch_are_answered_in_order(either):
    await either.joins("1")
    await either.quiet()
    either.channel.sent.clear()
    await either.take(either.event("1", "/progress"), either.event("1", "/courses"), either.event("2", Opened()))
    await either.quiet()
    first, second = either.channel.texts("1")
    assert "lessons are done" in first
    assert "These are the courses" in second
    assert either.turns.counts["batches"] >= 2


async def test_an_invitation_for_one_use_lets_in_one_of_two_who_open_it_at_once(either):
    await either.company()
    await either.invite(OWNER, Role.OWNER, "mill")
    await either.take(either.event("1", Opened(OWNER)), either.event("2", Opened(OWNER)))
    for words in ("English", "Start"):
        await either.take(either.event("1", words), either.event("2", words))
    await either.quiet()
    roles = [[found.role for found in (await either.memory(chat)).memberships] for chat in ("1", "2")]
    assert sorted(roles) == [[], [Role.OWNER]]
    assert either.turns.counts["quarantined"] == 0


# --- poison -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [raises, refused_by_the_database])
async def test_a_poisonous_event_is_set_aside_and_harms_no_other_in_its_batch(either, spoil, way):
    await either.joins("1")
    spoil["test:poison"] = way
    events = [either.event(str(chat), Opened()) for chat in range(2, 6)]
    await either.take(*events[:2], either.event("1", "/progress", key="test:poison"), *events[2:])
    await either.quiet()
    aside = await either.store.read(lambda uow: uow.quarantine.list())
    assert [row.key for row in aside] == ["test:poison"]
    assert "secret" not in aside[0].error
    assert all(either.channel.texts(str(chat)) for chat in range(2, 6))
    assert await kept_attempts(either) == 0


async def test_who_sent_a_poisonous_event_is_told_in_one_line_and_goes_on_in_their_language(rig, spoil):
    await rig.says("1", Opened())
    await rig.says("1", "Français")
    spoil["test:poison"] = raises
    await rig.take(rig.event("1", "Start", key="test:poison"))
    await rig.quiet()
    told = rig.channel.texts("1")[-1]
    assert told
    assert "Something failed" not in told
    await rig.says("1", "2")
    await rig.quiet()
    assert rig.channel.texts("1")[-1] != told


async def test_nobody_who_opted_out_is_told_of_a_poisonous_event(rig, spoil):
    await rig.joins("1")
    await rig.says("1", "stop")
    await rig.quiet()
    count = len(rig.channel.sent)
    spoil["test:poison"] = raises
    await rig.take(rig.event("1", "hello", key="test:poison"))
    await rig.quiet()
    assert len(rig.channel.sent) == count
    assert rig.turns.counts["quarantined"] == 1


async def test_what_was_set_aside_names_its_address_so_that_forgetting_finds_it(either, spoil):
    await either.joins("4711")
    spoil["test:poison"] = raises
    await either.take(either.event("4711", "my secret", key="test:poison"))
    await either.quiet()
    assert len(await either.store.read(lambda uow: uow.quarantine.list())) == 1
    await either.says("4711", "/forget")
    await either.says("4711", "Erase all")
    await either.quiet()
    assert await either.store.read(lambda uow: uow.quarantine.list()) == []


async def test_any_text_can_be_set_aside(either, spoil):
    spoil["test:poison"] = raises
    await either.take(either.event("1", "\0 \ud83d \U0001f600 مرحبا", key="test:poison"))
    assert either.turns.counts["quarantined"] == 1


async def test_what_cannot_even_be_explained_is_set_aside_without_a_word(rig, spoil, monkeypatch):
    spoil["test:poison"] = raises
    monkeypatch.setattr(rig.renderer, "phrase", raises)
    await rig.take(rig.event("1", Opened(), key="test:poison"))
    await rig.quiet()
    assert rig.channel.sent == []
    assert rig.turns.counts["quarantined"] == 1


async def test_what_cannot_be_set_aside_is_refused_and_may_come_again(rig, spoil, monkeypatch):
    spoil["test:poison"] = raises
    keep = rig.turns._setter._keep
    monkeypatch.setattr(rig.turns._setter, "_keep", raises)
    poison = rig.event("1", Opened(), key="test:poison")
    with pytest.raises(NotCommitted):
        await rig.take(poison)
    monkeypatch.setattr(rig.turns._setter, "_keep", keep)
    await rig.take(poison)
    await rig.take(poison)
    assert rig.turns.counts["quarantined"] == 1


async def test_a_copy_that_was_ended_elsewhere_meanwhile_is_not_set_aside_again(rig):
    poison = rig.event("1", Opened())
    await rig.take(poison)
    assert await rig.turns._setter.set_aside(poison, "E", list) == []
    assert await rig.store.read(lambda uow: uow.quarantine.list()) == []


async def test_an_event_that_failed_alone_for_want_of_a_database_is_refused(rig, spoil, monkeypatch):
    spoil["test:poison"] = raises
    real, writes = rig.store.write, []

    async def write(work):
        writes.append(work)
        if len(writes) == 2:
            raise NotCommitted("The disk is full.")
        return await real(work)

    monkeypatch.setattr(rig.store, "write", write)
    with pytest.raises(NotCommitted):
        await rig.take(rig.event("1", Opened(), key="test:poison"))
    assert rig.turns.counts["quarantined"] == 0


async def test_a_database_that_is_broken_for_good_refuses_and_keeps_the_receipts(rig, monkeypatch):
    rig.channel.always = gate = asyncio.Event()
    await rig.says("1", Opened())
    await eventually(lambda: rig.channel.called)
    real = rig.store.write

    async def broken(_):
        raise StoreProblem("The database is damaged.")

    monkeypatch.setattr(rig.store, "write", broken)
    gate.set()
    with pytest.raises(NotCommitted):
        await rig.take(rig.event("2", Opened()))
    await eventually(lambda: rig.turns._finished)
    monkeypatch.setattr(rig.store, "write", real)
    await rig.clock.until(lambda: not rig.turns._has_work())
    await rig.quiet()
    assert (await rig.states()) == {"sent": 1}


async def test_the_next_message_of_a_chat_is_answered_after_a_poisonous_one_arrived_with_it(rig, spoil):
    await rig.joins("1")
    spoil["test:poison"] = raises
    await rig.take(rig.event("1", "?", key="test:poison"), rig.event("1", "/progress"))
    await rig.quiet()
    assert any("lessons are done" in text for text in rig.channel.texts("1"))


async def test_a_small_step_the_database_refuses_is_dropped_and_stops_nothing(rig):
    def refused(uow):
        raise StoreProblem("The database refused a statement.")

    rig.turns.ride(refused)
    await rig.says("1", Opened())
    rig.turns.ride(refused)
    await rig.says("2", Opened())
    await rig.quiet()
    assert rig.channel.texts("1")
    assert rig.channel.texts("2")
    assert not rig.turns._rides


async def test_receipts_survive_a_batch_that_fails(rig, spoil):
    gate = asyncio.Event()
    rig.channel.script.append(gate)
    await rig.says("1", Opened())
    await eventually(lambda: rig.channel.called)
    spoil["test:poison"] = refused_by_the_database
    gate.set()
    await rig.take(rig.event("2", Opened(), key="test:poison"))
    await rig.quiet()
    assert (await rig.states())["sent"] == 2


# --- the commit ---------------------------------------------------------------------------------------------------


class HeldStore:
    """A store whose commits wait for a word."""

    def __init__(self, store):
        self.inner, self.may_commit, self.waiting = store, asyncio.Event(), 0
        self.fails_with = None

    async def write(self, work):
        async def held(transaction):
            if self.fails_with:
                raise self.fails_with
            result = await work(transaction)
            self.waiting += 1
            await self.may_commit.wait()
            return result

        return await self.inner.write(held)

    async def read(self, step):
        return await self.inner.read(step)


@pytest.fixture
async def held(make, sqlite_url):
    rig = await make(sqlite_url, begin=False)
    store = HeldStore(rig.store)
    rig.turns._store = store
    await rig.start()
    yield rig, store
    store.may_commit.set()
    store.fails_with = None


async def test_nothing_is_acknowledged_and_nothing_sent_before_the_commit(held):
    rig, store = held
    waiting = asyncio.ensure_future(rig.turns.submit(rig.event("1", Opened())))
    await eventually(lambda: store.waiting)
    assert not waiting.done()
    assert not rig.channel.called
    store.may_commit.set()
    await waiting
    await rig.quiet()
    assert len(rig.channel.sent) == 1


async def test_what_cannot_be_committed_in_time_is_refused_and_its_copy_is_a_duplicate(held):
    rig, store = held
    opened = rig.event("1", Opened())
    rig.inbox._patience = 0.05
    with pytest.raises(NotCommitted):
        await rig.take(opened)
    rig.inbox._patience = 10
    store.may_commit.set()
    await rig.take(opened)
    await rig.quiet()
    assert len(rig.channel.sent) == 1


async def test_a_request_that_is_cancelled_still_takes_its_turn(held):
    rig, store = held
    request = asyncio.ensure_future(rig.take(rig.event("1", Opened())))
    await eventually(lambda: store.waiting)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    store.may_commit.set()
    await eventually(lambda: len(rig.channel.sent) == 1)
    await rig.take(rig.event("2", Opened()))


async def test_while_the_database_is_away_events_are_refused_at_once_and_receipts_wait(held):
    rig, store = held
    store.may_commit.set()
    rig.channel.always = gate = asyncio.Event()
    await rig.take(rig.event("1", Opened()))
    await eventually(lambda: rig.channel.called)
    store.fails_with = NotCommitted("The disk is full.")
    gate.set()
    with pytest.raises(NotCommitted):
        await rig.take(rig.event("2", Opened()))
    assert (await rig.states()) == {"leased": 1}
    store.fails_with = None
    await rig.clock.until(lambda: not rig.turns._has_work())
    await rig.quiet()
    assert (await rig.states()) == {"sent": 1}


async def test_a_turn_of_nobody_costs_memory_only_up_to_a_limit(held, monkeypatch):
    rig, store = held
    monkeypatch.setattr(turns_module, "MOST_WAITING", 3)
    first = rig.turns.submit(rig.event("1", Opened()))
    await eventually(lambda: store.waiting)
    later = [rig.turns.submit(rig.event(str(chat), Opened())) for chat in range(2, 7)]
    assert [future.done() for future in later] == [False, False, False, True, True]
    assert isinstance(later[-1].exception(), NotCommitted)
    store.may_commit.set()
    await asyncio.gather(first, *later[:3])


async def test_a_lesson_version_is_kept_again_when_its_transaction_was_rolled_back(held):
    rig, store = held
    store.may_commit.set()
    await rig.says("1", Opened())
    await rig.says("1", "English")
    real = store.inner.write

    async def rolls_back(work):
        async def worked(transaction):
            await work(transaction)
            raise NotCommitted("The disk is full.")

        return await real(worked)

    store.inner.write = rolls_back
    with pytest.raises(NotCommitted):
        await rig.says("1", "Start")
    store.inner.write = real
    await rig.says("1", "Start")
    version = engine.from_json((await rig.memory("1")).conversation.state).lesson.version
    assert await rig.store.read(lambda uow: uow.memories.kept_lessons([version]))


# --- how much -----------------------------------------------------------------------------------------------------


def counted(rig):
    """Count the statements of each transaction of the writer."""
    counts = []
    connection = rig.store._writer._connection

    def before(_connection, _cursor, statement, *_):
        if statement.startswith("BEGIN"):
            counts.append(0)
        elif counts:
            counts[-1] += 1

    event.listen(connection, "before_cursor_execute", before)
    return counts


async def answers(rig, chats):
    """Bring people to the first question, in batches."""
    for content in (Opened(CODE), "English", "Start", None, None):
        await rig.take(*[rig.event(chat, content or await forward(rig, chat)) for chat in chats])
        await rig.quiet()


async def forward(rig, chat):
    conversation = (await rig.memory(chat)).conversation
    return Tapped(engine.tap_token(conversation.key, conversation.step, "forward"), "1")


async def test_a_batch_has_as_many_statements_for_200_answers_as_for_one(rig):
    chats = [str(chat) for chat in range(1, 201)]
    await rig.company()
    await answers(rig, chats)
    rig.clock.seconds += 3600
    counts = counted(rig)
    per_batch = []
    for some in (chats[:1], chats[1:]):
        counts.clear()
        await rig.take(*(rig.event(chat, "1") for chat in some))
        per_batch.append(counts[0])
        await rig.quiet()
    assert await kept_attempts(rig) == 200
    assert per_batch[0] == per_batch[1]
    assert per_batch[1] <= 12


async def test_receipts_ride_with_the_next_batch_of_turns(rig):
    await rig.joins("1")
    await rig.quiet()
    gate = asyncio.Event()
    rig.channel.always = gate
    await rig.take(*(rig.event(str(chat), Opened()) for chat in range(2, 40)))
    await eventually(lambda: len(rig.channel.called) >= 38 + 6)
    before = rig.turns.counts["batches"]
    gate.set()
    await rig.quiet()
    assert rig.turns.counts["batches"] - before <= 5


async def test_a_batch_gives_the_loop_back_while_it_advances(rig, monkeypatch):
    breaths = []
    sleep = rig.clock.sleep

    async def breathing(seconds):
        breaths.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(rig.clock, "sleep", breathing)
    monkeypatch.setattr(batch_module, "SLICE", -1.0)
    await rig.take(*(rig.event(str(chat), Opened()) for chat in range(20)))
    assert breaths.count(0) >= 20


# --- after an unclean stop ----------------------------------------------------------------------------------------


async def test_after_an_unclean_stop_events_go_singly_and_each_is_counted_first(make, sqlite_url):
    rig = await make(sqlite_url, careful=True)
    await rig.take(*(rig.event(str(chat), Opened()) for chat in range(5)))
    await rig.quiet()
    assert rig.turns.counts["events"] == 5
    assert len(rig.channel.sent) == 5
    await rig.joins("9")
    await rig.quiet()


async def test_a_careful_start_refuses_events_while_the_database_is_away(make, sqlite_url, monkeypatch):
    rig = await make(sqlite_url, careful=True)
    real = rig.store.write

    async def away(_):
        raise NotCommitted("busy")

    monkeypatch.setattr(rig.store, "write", away)
    with pytest.raises(NotCommitted):
        await rig.says("1", Opened())
    monkeypatch.setattr(rig.store, "write", real)
    await rig.says("1", Opened())


async def test_carefulness_lasts_as_long_as_a_provider_may_hold_an_event_back(make, sqlite_url):
    rig = await make(sqlite_url, careful=True)
    rig.turns._careful = 0
    assert rig.turns._is_careful()
    await rig.clock.advance(180)
    assert not rig.turns._is_careful()


async def test_an_event_that_was_tried_twice_is_set_aside_the_third_time(make, database_url):
    rig = await make(database_url, careful=True)
    poison = rig.event("1", Opened())
    for _ in range(2):
        tried = InboxRow(poison.key, "test", "opened", rig.clock.now(), Outcome.TRYING)
        await rig.write(lambda uow, tried=tried: uow.inbox.try_once(tried))
    await rig.take(poison)
    aside = await rig.store.read(lambda uow: uow.quarantine.list())
    assert [(row.key, row.error) for row in aside] == [(poison.key, "ProcessKilled")]
    await rig.says("1", "hello")
    await rig.quiet()
    assert rig.channel.sent


async def test_what_a_stopping_bot_is_sent_is_refused(rig):
    rig.turns.stop()
    with pytest.raises(NotCommitted):
        await rig.take(rig.event("1", Said("hello")))


async def test_what_has_arrived_is_still_taken_when_the_bot_stops(held):
    rig, store = held
    waiting = [rig.turns.submit(rig.event(str(chat), Opened())) for chat in range(3)]
    rig.turns.stop()
    store.may_commit.set()
    await asyncio.gather(*waiting)
    assert rig.turns.counts["events"] == 3
