from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.core.facts import (
    AddressKept,
    CourseAssigned,
    CourseFinished,
    Enrolled,
    InvitationMade,
    InvitationUsed,
    Joined,
    LeftCompany,
    LessonCompleted,
    PersonKept,
)
from bot.core.learner import ActionChoice, FollowUpAnswer, KnownAddress, Person, Reach, Role
from bot.core.summary import CompanyCount, CompletionRow
from bot.rows import KeptAbout, TurnRow
from bot.store.numbers import completion_before
from bot.store.tables import completion
from tests.databases import NOW
from tests.store.people import (
    SHELL,
    acted,
    address,
    attempt,
    company,
    do,
    make_company,
    message,
    person_id,
    save,
    turn,
    worker,
)

DAY = timedelta(days=1)
ALL = [company(1).id, company(2).id]


def lesson(number, name, action=ActionChoice.TODAY, course="C5"):
    return LessonCompleted(person_id(number), course, name, action, "en")


@pytest.fixture
async def month(store):
    """Two firms, somebody in both, somebody who left, an owner, and lessons over some days."""
    await make_company(store, company(1), company(2, "Duka"))
    await save(store, worker(1, done=2), worker(2), worker(3, firm=2), worker(4, done=3), worker(5, firm=None, done=1))
    await save(store, turn(1, Joined(person_id(1), company(2).id, Role.WORKER, "L-BOTH")), now=NOW + DAY)
    await save(store, turn(1, lesson(1, "C5-03", ActionChoice.NOT_FOR_ME)), now=NOW + DAY)
    await save(store, turn(2, *acted(2, "C5-01", FollowUpAnswer.COULD_NOT)), now=NOW + DAY)
    await save(store, turn(1, CourseFinished(person_id(1), "C5"), Enrolled(person_id(1), "C1")), now=NOW + 2 * DAY)
    await save(store, turn(1, lesson(1, "C1-01", ActionChoice.TOMORROW, "C1"), *acted(1, "C1-01")), now=NOW + 3 * DAY)
    await save(store, turn(4, LeftCompany(person_id(4), company(1).id)), now=NOW + DAY)
    await save(store, turn(5, Joined(person_id(5), company(1).id, Role.OWNER, "L-OWNR")), now=NOW + DAY)
    return store


async def test_the_view_has_a_row_for_each_worker_and_course_and_no_name(month):
    rows = await month.read(lambda unit: unit.numbers.completion(ALL))
    firm, duka = company(1), company(2, "Duka")
    in_both = [
        ("L-0001", "C1", 1, 1, NOW + 2 * DAY, None, NOW + 3 * DAY),
        ("L-0001", "C5", 3, 2, NOW, NOW + 2 * DAY, NOW + DAY),
    ]
    assert rows == [
        *(CompletionRow(firm.id, firm.name, *row) for row in in_both),
        CompletionRow(firm.id, firm.name, "L-0002", "C5", 0, 0, NOW, None, None),
        CompletionRow(duka.id, duka.name, "L-0003", "C5", 0, 0, NOW, None, None),
        *(CompletionRow(duka.id, duka.name, "L-BOTH", *row[1:]) for row in in_both),
    ]
    assert await month.read(lambda unit: unit.numbers.completion([])) == []
    assert {row.company for row in await month.read(lambda unit: unit.numbers.completion(ALL[:1]))} == {firm.name}


async def test_until_counts_only_what_was_done_before(month):
    def row_of(rows):
        return next((row for row in rows if (row.learner, row.course_id) == ("L-0001", "C5")), None)

    seen = []
    for moment in (NOW, NOW + DAY / 2, NOW + 2 * DAY, NOW + 3 * DAY):
        rows = await month.read(lambda unit, moment=moment: unit.numbers.completion(ALL, until=moment))
        seen.append(row_of(rows))
    assert seen[0] is None
    assert (seen[1].lessons, seen[1].actions, seen[1].finished_at, seen[1].last_lesson_at) == (2, 2, None, NOW)
    assert (seen[2].lessons, seen[2].actions, seen[2].finished_at, seen[2].last_lesson_at) == (3, 2, None, NOW + DAY)
    assert seen[3].finished_at == NOW + 2 * DAY
    assert all(
        row.learner != "L-BOTH" for row in await month.read(lambda unit: unit.numbers.completion(ALL, until=NOW + DAY))
    )


async def test_at_the_end_of_time_until_and_the_view_say_the_same(month):
    def both(unit):
        connection = unit.numbers._connection
        view = connection.execute(select(completion)).all()
        asked = connection.execute(completion_before(NOW + 1000 * DAY)).all()
        return sorted(map(str, view)), sorted(map(str, asked))

    view, asked = await do(month, both)
    assert view == asked
    assert len(view) == 6


async def test_companies_are_counted_with_their_workers_addresses(store):
    await save(store, worker(9, firm=None))
    await make_company(store, company(2, "Duka"))
    await make_company(store, company(1), company(3, "Aroma"), trainer=person_id(9))
    await save(
        store, TurnRow(SHELL, None, None, (CourseAssigned(company(1).id, "C1"), CourseAssigned(company(1).id, "C5")))
    )
    await save(store, *(worker(n) for n in range(1, 5)))
    await save(store, turn(2, AddressKept(KnownAddress(address(2), Reach.STOPPED))))
    await save(store, turn(3, AddressKept(KnownAddress(address(3), Reach.UNREACHABLE))))
    # Who has a second address that works can be reached.
    second = address(4, channel="whatsapp")
    await save(store, turn(4, AddressKept(KnownAddress(address(4), Reach.UNREACHABLE))))
    await save(store, turn(4, PersonKept(Person(person_id(4), "en")), on=second))
    mine = await store.read(lambda unit: unit.numbers.companies(person_id(9)))
    bakery = CompanyCount(company(1).id, "Baraka Bakery", "KE", 4, 2, 1, 1, ("C1", "C5"))
    assert mine == [CompanyCount(company(3).id, "Aroma", "KE", 0, 0, 0, 0), bakery]
    assert [one.company for one in await store.read(lambda unit: unit.numbers.companies(None))] == [
        "Aroma",
        "Baraka Bakery",
        "Duka",
    ]
    assert await store.read(lambda unit: unit.numbers.companies(person_id(1))) == []
    assert await store.read(lambda unit: unit.numbers.company(company(1).id)) == (bakery, "Africa/Nairobi")
    assert await store.read(lambda unit: unit.numbers.company("NONE")) is None


async def test_the_codes_of_a_company_are_its_newest_open_ones(store):
    await make_company(store)
    firm = company().id
    assert await store.read(lambda unit: unit.numbers.worker_code(firm)) is None
    for days, code, role in (
        (0, "OLD", Role.WORKER),
        (1, "NEW", Role.WORKER),
        (0, "O1", Role.OWNER),
        (1, "O2", Role.OWNER),
    ):
        await save(store, TurnRow(SHELL, None, None, (InvitationMade(code, role, firm, None),)), now=NOW + days * DAY)
    await save(store, TurnRow(SHELL, None, None, (InvitationUsed("O2"),)))
    assert await store.read(lambda unit: unit.numbers.worker_code(firm)) == "NEW"
    assert await store.read(lambda unit: unit.numbers.owner_code(firm)) == "O1"


async def test_a_weeks_numbers_stay_as_they_were_kept(store):
    await make_company(store)
    week = date(2026, 9, 7)
    assert await store.read(lambda unit: unit.numbers.snapshot(company().id, week)) is None
    await do(store, lambda unit: unit.numbers.keep_snapshot(company().id, week, '{"lessons": 1}', NOW))
    await do(store, lambda unit: unit.numbers.keep_snapshot(company().id, week, '{"lessons": 2}', NOW))
    assert await store.read(lambda unit: unit.numbers.snapshot(company().id, week)) == '{"lessons": 1}'


async def test_a_person_can_read_what_is_kept_about_them(month):
    await save(month, turn(1, attempt()), now=NOW + DAY)
    await save(month, turn(1, attempt()), now=NOW + 4 * DAY)
    assert await month.read(lambda unit: unit.numbers.kept_about(person_id(1))) == KeptAbout(
        language="en",
        hour=None,
        wants_reminders=True,
        companies=("Baraka Bakery", "Duka"),
        joined_on=NOW.date(),
        lessons=4,
        answers=2,
        oldest_answer=(NOW + DAY).date(),
        courses_finished=1,
        roles=("worker",),
    )
    await save(month, turn(5, PersonKept(Person(person_id(5), "sw", is_trainer=True, is_operator=True))))
    other = await month.read(lambda unit: unit.numbers.kept_about(person_id(5)))
    assert (other.roles, other.answers, other.oldest_answer) == (("owner", "trainer", "operator"), 0, None)
    assert await month.read(lambda unit: unit.numbers.kept_about("NOBODY")) is None


async def test_totals_count_what_there_is(month):
    await save(month, turn(1, attempt()))
    await do(month, lambda unit: unit.outbox.add([message(1)]))
    assert await month.read(lambda unit: dict(unit.numbers.totals())) == {
        "people": 5,
        "companies": 2,
        "events": 0,
        "answers": 1,
        "messages": 0,
    }
