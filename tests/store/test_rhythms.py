"""Whose time has come: claimed once, whoever asks and how often."""

from dataclasses import replace
from datetime import timedelta

from bot.core.facts import AddressKept, PersonForgotten, RhythmKept
from bot.core.learner import KnownAddress, Reach, Rhythm
from bot.rows import Keys
from tests.databases import NOW
from tests.store.people import address, do, person_id, save, turn, worker

HOUR = timedelta(hours=1)


def due(number, at=NOW, **more):
    return turn(number, RhythmKept(person_id(number), Rhythm(next_at=at, **more)))


async def claim(store, now=NOW, limit=10):
    return await do(store, lambda unit: unit.rhythms.claim(now=now, until=now + HOUR, limit=limit))


async def test_a_rhythm_is_kept_and_loaded_with_the_person(store):
    rhythm = Rhythm("135", NOW + HOUR, NOW - HOUR, 2, NOW - 2 * HOUR, 7)
    await save(store, worker(1, firm=None), worker(2, firm=None))
    await save(store, turn(1, RhythmKept(person_id(1), Rhythm())))
    await save(store, turn(1, RhythmKept(person_id(1), rhythm)))
    one, two = await store.read(lambda unit: unit.memories.load([Keys(address(1)), Keys(address(2))]))
    assert one.rhythm == rhythm
    assert two.rhythm == Rhythm()


async def test_when_an_address_was_written_to_is_kept(store):
    await save(store, worker(1, firm=None))
    known = KnownAddress(address(1), contacted_at=NOW - HOUR)
    await save(store, turn(1, AddressKept(known)))
    (memory,) = await store.read(lambda unit: unit.memories.load([Keys(address(1))]))
    assert memory.address.contacted_at == NOW - HOUR
    assert memory.address.heard_at is not None


async def test_those_whose_time_has_come_are_claimed_the_longest_waiting_first_and_only_once(store):
    await save(store, *(worker(n, firm=None) for n in range(1, 5)))
    await save(store, due(1), due(2, NOW - HOUR), due(3, NOW + HOUR), due(4, None))
    assert await store.read(lambda unit: unit.rhythms.is_due(NOW))
    assert [row.person_id for row in await claim(store, limit=1)] == [person_id(2)]
    (row,) = await claim(store)
    assert (row.person_id, row.address, row.at) == (person_id(1), address(1), NOW)
    assert await claim(store) == []
    assert not await store.read(lambda unit: unit.rhythms.is_due(NOW))


async def test_who_was_claimed_and_came_to_no_turn_comes_again(store):
    await save(store, worker(1, firm=None))
    await save(store, due(1))
    await claim(store)
    assert [row.at for row in await claim(store, NOW + HOUR)] == [NOW]


async def test_a_turn_that_sets_the_next_time_ends_the_waiting(store):
    await save(store, worker(1, firm=None))
    await save(store, due(1))
    await claim(store)
    await save(store, due(1, NOW + 24 * HOUR))
    assert await claim(store, NOW + 2 * HOUR) == []
    assert len(await claim(store, NOW + 25 * HOUR)) == 1


async def test_who_cannot_be_reached_is_left_out_and_looked_at_again_a_day_later(store):
    await save(store, worker(1, firm=None))
    await save(store, due(1), turn(1, AddressKept(KnownAddress(address(1), Reach.STOPPED))))
    assert await claim(store) == []
    assert not await store.read(lambda unit: unit.rhythms.is_due(NOW + 23 * HOUR))
    await save(store, turn(1, AddressKept(replace(KnownAddress(address(1)), reach=Reach.REACHABLE))))
    assert len(await claim(store, NOW + 25 * HOUR)) == 1


async def test_a_forgotten_person_has_no_rhythm(store):
    await save(store, worker(1, firm=None))
    await save(store, due(1))
    await save(store, turn(1, PersonForgotten(person_id(1))))
    assert await claim(store) == []


async def test_the_next_moment_is_known_and_whoever_is_claimed_comes_later(store):
    assert await store.read(lambda unit: unit.rhythms.next_due()) is None
    await save(store, worker(1, firm=None), worker(2, firm=None))
    await save(store, due(1), due(2, NOW + 3 * HOUR))
    assert await store.read(lambda unit: unit.rhythms.next_due()) == NOW
    await claim(store)
    assert await store.read(lambda unit: unit.rhythms.next_due()) == NOW + HOUR
