import dataclasses
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.core.errors import StoreProblem
from bot.core.facts import (
    AddressKept,
    CompanyMade,
    Consented,
    CourseAssigned,
    CourseFinished,
    Enrolled,
    InvitationMade,
    InvitationUsed,
    Joined,
    LeftCompany,
    LessonCompleted,
    LessonRated,
    MistakeReported,
    PersonKept,
)
from bot.core.learner import ActionChoice, Conversation, Enrollment, KnownAddress, Person, Reach, Role
from bot.rows import KeptLesson, Keys, TurnRow
from bot.store.tables import addresses, attempts, consents, conversations, counters
from tests.databases import NOW
from tests.store.people import (
    SHELL,
    address,
    attempt,
    company,
    do,
    load,
    make_company,
    person_id,
    recall,
    save,
    turn,
    worker,
)


async def rows_of(store, query):
    """Ask the tables themselves, where no port tells."""
    return await do(store, lambda unit: unit.memories._connection.execute(query).all())


async def test_an_address_never_seen_gives_a_memory_without_person(store):
    memory = await recall(store, address())
    assert memory.person is None
    assert memory.address == KnownAddress(address())
    assert await rows_of(store, select(conversations)) == []


async def test_what_a_turn_leaves_behind_is_what_the_next_one_knows(store):
    await make_company(store)
    kept = KnownAddress(address(), Reach.REACHABLE, (NOW - timedelta(minutes=3),), date(2026, 9, 6), "sw")
    person = Person(person_id(), "sw", time(9, 30), "Africa/Kampala", False, True, True, True, True)
    await save(store, worker(1, AddressKept(kept), PersonKept(person), done=3))
    memory = await recall(store, address())
    assert memory.address == dataclasses.replace(kept, heard_at=NOW)
    assert memory.person == person
    assert memory.conversation == Conversation("KEY0000001", 1, '{"v":1}', (("a", "Yes"), ("b", "No")))
    assert memory.company == dataclasses.replace(company(), joined=1)
    assert memory.membership.pseudonym == "L-0001"
    assert memory.membership.joined_at == NOW
    assert memory.enrollments == (Enrollment("C5", NOW),)
    assert memory.completed == {"C5-01", "C5-02", "C5-03"}


async def test_memories_come_in_the_order_they_were_asked_for(store):
    await make_company(store)
    await save(store, *(worker(n) for n in range(1, 6)))
    memories = await load(store, address(4), address(9), address(2))
    assert [memory.address.address for memory in memories] == [address(4), address(9), address(2)]
    assert [memory.person and memory.person.id for memory in memories] == [person_id(4), None, person_id(2)]


async def test_the_same_chat_id_on_two_channels_is_two_addresses(store):
    await make_company(store)
    await save(store, worker(1))
    other = await recall(store, address(1, channel="webphone"))
    assert other.person is None


async def test_a_company_counts_its_workers_and_nobody_else(store):
    await make_company(store)
    await save(store, worker(1), worker(2), worker(3, firm=None))
    await save(store, turn(3, Joined(person_id(3), company().id, Role.OWNER, "L-OWNR")))
    await save(store, turn(2, LeftCompany(person_id(2), company().id)))
    assert (await recall(store, address(1))).company.joined == 1
    owner = await recall(store, address(3))
    assert owner.membership.role is Role.OWNER


async def test_joining_another_company_makes_that_one_active_and_leaving_keeps_progress(store):
    await make_company(store, company(1), company(2, "Duka"))
    await save(store, worker(1, done=2))
    await save(store, turn(1, Joined(person_id(), company(2).id, Role.WORKER, "L-2222")), now=NOW + timedelta(days=1))
    memory = await recall(store, address())
    assert [(one.company.name, one.is_active) for one in memory.memberships] == [
        ("Baraka Bakery", False),
        ("Duka", True),
    ]
    await save(store, turn(1, LeftCompany(person_id(), company(2).id)))
    memory = await recall(store, address())
    assert [one.company.name for one in memory.memberships] == ["Baraka Bakery"]
    assert memory.membership is None
    assert memory.completed == {"C5-01", "C5-02"}


async def test_joining_again_takes_the_membership_up_again(store):
    await make_company(store)
    await save(store, worker(1))
    await save(store, turn(1, LeftCompany(person_id(), company().id)))
    later = NOW + timedelta(days=3)
    await save(store, turn(1, Joined(person_id(), company().id, Role.WORKER, "L-NEW1")), now=later)
    membership = (await recall(store, address())).membership
    assert (membership.pseudonym, membership.joined_at, membership.is_active) == ("L-NEW1", later, True)


async def test_a_trainer_knows_the_companies_they_made_and_may_work_in_one(store):
    await save(store, worker(1, firm=None))
    made = turn(
        1,
        CompanyMade(company(1), person_id()),
        CompanyMade(company(2, "Duka"), person_id()),
        CourseAssigned(company(1).id, "C1"),
        CourseAssigned(company(1).id, "C5"),
    )
    await save(store, made)
    await save(store, turn(1, Joined(person_id(), company(1).id, Role.WORKER, "L-TEST")))
    memory = await recall(store, address())
    assert [one.name for one in memory.trained_companies] == ["Baraka Bakery", "Duka"]
    assert [one.role for one in memory.memberships] == [Role.WORKER]
    assert memory.assigned_courses == ("C1", "C5")


async def test_an_invitation_is_found_by_its_code_and_used_once(store):
    await make_company(store)
    expires = NOW + timedelta(days=7)
    made = (
        InvitationMade("OWNER12345", Role.OWNER, company().id, expires),
        InvitationMade("T", Role.TRAINER, None, None),
    )
    await save(store, TurnRow(SHELL, None, None, made))
    invitation = (await recall(store, address(), code="OWNER12345")).invitation
    assert (invitation.role, invitation.company, invitation.expires_at) == (Role.OWNER, company(), expires)
    assert invitation.is_open(NOW)
    assert (await recall(store, address(), code="NOTHERE123")).invitation is None
    found = await do(store, lambda unit: unit.memories.invitations(["T", "OWNER12345", "X"]))
    assert found["T"].company is None
    assert set(found) == {"T", "OWNER12345"}
    await save(store, worker(1, InvitationUsed("OWNER12345"), firm=None))
    assert (await recall(store, address(), code="OWNER12345")).invitation.used_at == NOW


async def test_who_comes_second_to_an_invitation_for_one_leaves_nothing(store):
    await save(store, TurnRow(SHELL, None, None, (InvitationMade("T", Role.TRAINER, None, None),)))
    await save(store, worker(1, InvitationUsed("T"), firm=None))
    with pytest.raises(StoreProblem):
        await save(store, worker(2, InvitationUsed("T"), firm=None))
    with pytest.raises(StoreProblem):
        await save(store, worker(3, InvitationUsed("T"), firm=None), worker(4, InvitationUsed("T"), firm=None))
    assert (await recall(store, address(2))).person is None
    assert (await recall(store, address(3))).person is None


async def test_one_course_is_active_and_a_finished_one_stays_finished(store):
    await save(store, worker(1, firm=None))
    await save(
        store, turn(1, CourseFinished(person_id(), "C5"), Enrolled(person_id(), "C1")), now=NOW + timedelta(days=1)
    )
    await save(
        store, turn(1, CourseFinished(person_id(), "C5"), Enrolled(person_id(), "C5")), now=NOW + timedelta(days=2)
    )
    enrollments = {one.course_id: one for one in (await recall(store, address())).enrollments}
    assert enrollments["C5"] == Enrollment("C5", NOW, True, NOW + timedelta(days=1))
    assert enrollments["C1"] == Enrollment("C1", NOW + timedelta(days=1), False, None)


async def test_a_lesson_finished_twice_counts_once_as_it_was_the_first_time(store):
    await save(store, worker(1, firm=None, done=1))
    again = LessonCompleted(person_id(), "C5", "C5-01", ActionChoice.NOT_FOR_ME, "sw")
    await save(store, turn(1, again, again))
    row = await do(store, lambda unit: unit.numbers.kept_about(person_id()))
    assert row.lessons == 1


async def test_attempts_are_only_ever_added(store):
    await save(store, worker(1, attempt(), attempt(), firm=None))
    await save(store, turn(1, attempt()))
    assert len(await rows_of(store, select(attempts))) == 3


async def test_ratings_and_reports_are_counted_and_not_kept_with_the_person(store):
    await save(store, worker(1, LessonRated("C5", "C5-01", "yes"), LessonRated("C5", "C5-01", "yes"), firm=None))
    await save(store, worker(2, LessonRated("C5", "C5-01", "yes"), MistakeReported("C5", "C5-01", 2, "sw"), firm=None))
    counted = await rows_of(store, select(counters).order_by(counters.c.name))
    assert counted == [("mistake", "C5/C5-01/2/sw", 1), ("rating", "C5/C5-01/yes", 3)]


async def test_a_consent_is_kept_with_its_wording_and_time(store):
    unsure = PersonKept(Person(person_id(), "en"))
    await save(store, worker(1, unsure, Consented(person_id(), "2026-09"), firm=None))
    await save(store, turn(1, Consented(person_id(), "2026-09")))
    assert await rows_of(store, select(consents)) == [(person_id(), "2026-09", NOW)]
    assert (await recall(store, address())).person.consented


async def test_several_people_share_one_phone_and_the_last_one_is_active(store):
    await save(store, worker(1, firm=None))
    second = worker(2, firm=None)
    await save(store, dataclasses.replace(second, address=address(1), facts=second.facts[1:]))
    memory = await recall(store, address(1))
    assert memory.person.id == person_id(2)
    assert memory.conversation.key == "KEY0000002"
    await save(store, turn(1, PersonKept(Person(person_id(1), "en"))))
    memory = await recall(store, address(1))
    assert (memory.person.id, memory.conversation.key) == (person_id(1), "KEY0000001")


async def test_a_turn_of_nobody_leaves_no_address_behind(store):
    await save(store, TurnRow(address(), None, None, ()))
    assert (await do(store, lambda unit: unit.memories._book.find([address()]))) == [address()]


async def test_every_turn_counts_in_the_version_of_its_conversation(store):
    await save(store, worker(1, firm=None))
    await save(store, worker(1, firm=None))
    assert await rows_of(store, select(conversations.c.version)) == [(2,)]


async def test_the_last_sign_of_life_is_kept_to_ten_minutes(store):
    heard = select(addresses.c.last_inbound_at)
    for minutes, kept in ((0, 0), (9, 0), (10, 10), (19, 10)):

        def step(unit, now=NOW + timedelta(minutes=minutes)):
            unit.memories.load([Keys(address())])
            unit.memories.save([worker(1, firm=None)], now)

        await do(store, step)
        assert await rows_of(store, heard) == [(NOW + timedelta(minutes=kept),)]


async def test_a_lesson_version_is_kept_once_and_as_it_was(store):
    lesson = KeptLesson("v1", "C5", "C5-01", "sw", "# Fire", {"Fire": "Moto"}, draft=True)
    await do(store, lambda unit: unit.memories.keep_lessons([lesson], NOW))
    await do(store, lambda unit: unit.memories.keep_lessons([dataclasses.replace(lesson, source="other")], NOW))
    await do(store, lambda unit: unit.memories.keep_lessons([], NOW))
    assert await do(store, lambda unit: unit.memories.kept_lessons(["v1", "v2"])) == [lesson]


async def test_moments_come_back_aware_and_in_utc(store):
    elsewhere = datetime(2026, 9, 7, 14, 0, 0, 123456, tzinfo=ZoneInfo("Asia/Kathmandu"))
    await save(store, worker(1, firm=None), now=elsewhere)
    begun = (await recall(store, address())).enrollments[0].begun_at
    assert begun == elsewhere
    assert begun.utcoffset() == timedelta(0)


async def test_a_moment_without_a_zone_is_refused(store):
    with pytest.raises(Exception, match="time zone"):
        await save(store, worker(1, firm=None), now=datetime(2026, 9, 7))  # noqa: DTZ001


@pytest.mark.parametrize(
    "name", ["Ürün & Söhne", "مخبز البركة", "🥐🧑🏾‍🍳", "a\u202eb", "x\u0301" * 300, "'; --", "\U0010ffff", "%s {0}"]
)
async def test_any_text_is_kept_as_it_came(store, name):
    await make_company(store, company(1, name))
    await save(store, worker(1))
    assert (await recall(store, address())).company.name == name
