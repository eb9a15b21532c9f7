"""One source of numbers, and the privacy rule inside it: on any companies, whoever asks, on every surface."""

import asyncio
import csv
import io
import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import MessageRefused
from bot.core.events import Opened
from bot.core.facts import (
    AddressKept,
    CompanyMade,
    Consented,
    CourseFinished,
    Enrolled,
    FollowUpAnswered,
    FollowUpAsked,
    Joined,
    LeftCompany,
    LessonCompleted,
    PersonKept,
)
from bot.core.learner import ActionChoice, Company, FollowUpAnswer, KnownAddress, Person, Reach, Role
from bot.core.messages import Address
from bot.core.privacy import Quarter, Team, for_owner, for_trainer, quarter, together
from bot.core.rich_text import plain
from bot.core.summary import owner_blocks, trainer_blocks
from bot.reports import WRITERS
from bot.rows import InboxRow, Quarantined, TurnRow
from bot.service.recipes import Order
from bot.service.rendering import Renderer
from bot.service.retention import Retention
from bot.service.summaries import EXPORT_HEADER, Summaries
from bot.store.opening import open_store
from tests.service.rig import Rig
from tests.waiting import ManualClock

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
LESSONS = [f"osh-0{n}" for n in range(1, 7)]
_numbers = itertools.count(1)

counts = st.integers(0, 12)


@st.composite
def teams(draw):
    joined = draw(counts)
    begun = draw(st.integers(0, joined))
    finished = draw(st.integers(0, begun))
    lessons = draw(st.integers(finished, begun * 6)) if begun else 0
    return Team(
        (f"c{next(_numbers)}",),
        joined,
        begun,
        finished,
        lessons,
        draw(st.integers(0, lessons)),
        draw(counts),
        draw(counts),
    )


# --- the rule itself ----------------------------------------------------------------------------------------------


@given(st.lists(teams(), max_size=8))
def test_a_trainer_reads_small_firms_only_together_and_the_totals_are_whole(companies):
    view = for_trainer(companies)
    assert all(team.joined >= 3 for team in view.shown)
    small = [team for team in companies if team.joined < 3]
    assert {name for team in view.shown for name in team.companies} == {
        team.companies[0] for team in companies if team.joined >= 3
    }
    assert (view.pooled is None) == (not small)
    whole = together(companies) if view.pooled is None or view.pooled.is_readable else together(list(view.shown))
    assert (view.total.joined, view.total.lessons, view.total.actions, view.total.finished) == (
        whole.joined,
        whole.lessons,
        whole.actions,
        whole.finished,
    )


@given(st.lists(teams(), max_size=8), st.sampled_from([MONDAY.date()]))
def test_what_a_trainer_reads_names_no_small_firm(companies, day):
    said = " ".join(str(block.text) for block in trainer_blocks(for_trainer(companies), day))
    assert not any(f"'{team.companies[0]}'" in said for team in companies if team.joined < 3)


@given(
    joined=st.integers(0, 30),
    begun=counts,
    week=st.tuples(counts, counts),
    done=st.integers(0, 99),
    possible=st.integers(0, 99),
)
def test_an_owner_reads_no_number_under_three_joined(joined, begun, week, done, possible):
    view = for_owner(joined=joined, begun=begun, week=week, done=done, possible=possible)
    if joined < 3:
        assert (view.is_team, view.lessons, view.actions, view.quarter) == (False, 0, 0, Quarter.QUIET)
        assert not any(value for block in owner_blocks(view) for value in block.text.values)
    else:
        assert (view.lessons, view.actions) == week
        assert view.quarter is quarter(done, possible)


# --- on a real database -------------------------------------------------------------------------------------------


@st.composite
def workers(draw):
    late = draw(st.integers(0, 3)) == 0
    lessons = draw(st.lists(st.sampled_from(LESSONS), unique=True, max_size=6))
    return {
        "lessons": [
            (lesson, draw(st.sampled_from(list(ActionChoice))), draw(st.integers(1 if late else -20, 2)))
            for lesson in lessons
        ],
        "late": late,
        "begun": bool(lessons) or draw(st.booleans()),
        "reach": draw(st.sampled_from(list(Reach))),
        "left": draw(st.integers(0, 9)) == 0,
    }


firms = st.lists(st.lists(workers(), max_size=6), min_size=1, max_size=5)


@pytest.fixture
def world(sqlite_url, catalogue):
    clock = ManualClock(MONDAY + timedelta(days=2, hours=9))
    with asyncio.Runner() as runner:
        store = runner.run(open_store(sqlite_url, clock=clock))
        yield runner, store, clock, Summaries(store, catalogue, clock, keeps=store)
        runner.run(store.close())


async def found(store, clock, firms):
    """Make a trainer with these firms, and return the trainer's id and what is true of each firm."""
    number = next(_numbers)
    trainer = f"trainer-{number}"
    truth = {}
    for place, people in enumerate(firms):
        company = Company(f"firm-{number}-{place}", f"Firm {number} {place}", "KE", "Africa/Nairobi", "1-9", ("en",))
        first = [
            TurnRow(
                Address("test", trainer),
                trainer,
                None,
                (PersonKept(Person(trainer, "en", is_trainer=True)), CompanyMade(company, trainer)),
            )
        ]
        await save(store, first, MONDAY - timedelta(days=30))
        for n, worker in enumerate(people):
            await join(store, company.id, f"{company.id}-w{n}", worker, n)
        staying = [worker for worker in people if not worker["left"]]
        done = [lesson for worker in staying for lesson in worker["lessons"]]
        truth[company.id] = {
            "name": company.name,
            "joined": len(staying),
            "by_monday": sum(not worker["late"] for worker in staying),
            "begun": sum(worker["begun"] for worker in staying),
            "lessons": len(done),
            "actions": sum(action is not ActionChoice.NOT_FOR_ME for _, action, _ in done),
            "week": sum(-7 <= day < 0 for _, _, day in done),
        }
    return trainer, truth


async def join(store, company_id, person_id, worker, n):
    address = Address("test", person_id)
    facts = [
        PersonKept(Person(person_id, "en", consented=True)),
        AddressKept(KnownAddress(address, worker["reach"])),
        Consented(person_id, "1"),
        Joined(person_id, company_id, Role.WORKER, f"L-{n:04}"),
    ]
    if worker["begun"]:
        facts.append(Enrolled(person_id, "safety"))
    steps = [(tuple(facts), MONDAY + timedelta(hours=5) if worker["late"] else MONDAY - timedelta(days=25))]
    for lesson, action, day in worker["lessons"]:
        fact = LessonCompleted(person_id, "safety", lesson, action, "en")
        said = FollowUpAnswer.NOT_YET if action is ActionChoice.NOT_FOR_ME else FollowUpAnswer.DONE
        followed = (FollowUpAsked(person_id, lesson), FollowUpAnswered(person_id, lesson, said))
        steps.append(((fact, *followed), MONDAY + timedelta(days=day, hours=9)))
    last = [LeftCompany(person_id, company_id)] if worker["left"] else []
    if len(worker["lessons"]) == len(LESSONS):
        last.append(CourseFinished(person_id, "safety"))
    steps.append((tuple(last), MONDAY + timedelta(days=2, hours=10)))

    def keep(uow):
        for kept, at in steps:
            uow.memories.save([TurnRow(address, person_id, None, kept)], at)

    await store.write(lambda transaction: transaction.run(keep))


async def save(store, turns, at):
    await store.write(lambda transaction: transaction.run(lambda uow: uow.memories.save(turns, at)))


@given(firms=firms)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_chat_export_and_view_say_the_same_of_any_companies(world, catalogue, firms):
    runner, store, clock, summaries = world
    runner.run(_same_everywhere(store, clock, summaries, catalogue, firms))


async def _same_everywhere(store, clock, summaries, catalogue, firms):
    trainer, truth = await found(store, clock, firms)
    view = await summaries.for_trainer(trainer)
    large = {company: known for company, known in truth.items() if known["joined"] >= 3}
    small = [known for company, known in truth.items() if company not in large]
    readable = list(large.values()) + (small if sum(known["joined"] for known in small) >= 3 else [])
    for name in ("joined", "begun", "lessons", "actions"):
        assert getattr(view.total, name) == sum(known[name] for known in readable), name
    assert {team.companies[0] for team in view.shown} == {known["name"] for known in large.values()}

    rows = await summaries.export(trainer)
    assert sum(int(row[3]) for row in rows) == view.total.lessons
    assert sum(int(row[4]) for row in rows) == view.total.actions
    assert {row[0] for row in rows if row[1]} <= {known["name"] for known in large.values()}
    assert not any("-w" in str(cell) for row in rows for cell in row)

    for known in truth.values():
        page = await summaries.of_company(trainer, known["name"])
        if known["joined"] >= 3:
            assert sum(row.lessons for row in page.rows) == page.view.total.lessons == known["lessons"]
        else:
            assert page.rows == ()
            assert page.view.shown == ()
            assert not page.view.pooled.is_readable

    kitchen = Rig(store, catalogue, clock).kitchen
    chat = (await kitchen._summary(Order({"trainer": trainer, "language": "en"}, None, "en"))).reply
    said = plain(Renderer(catalogue.translator).text(chat, "en")[0])
    if view.total.joined:
        assert f"{view.total.joined} joined, {view.total.begun} began" in said
        assert f"{view.total.lessons} lessons, {view.total.actions} actions." in said
    assert await summaries.for_trainer("somebody else") == for_trainer([])


@given(firms=firms)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_an_owner_of_any_company_reads_the_week_as_it_stood_on_monday_and_nothing_under_three(world, firms):
    runner, store, clock, summaries = world
    runner.run(_owner(store, clock, summaries, firms))


async def _owner(store, clock, summaries, firms):
    _, truth = await found(store, clock, firms)
    for company_id, known in truth.items():
        page = await summaries.for_owner(company_id, "en")
        if known["by_monday"] < 3:
            assert (page.view.lessons, page.view.actions, page.view.quarter) == (0, 0, Quarter.QUIET)
            assert not page.view.is_team
        else:
            assert page.view.lessons == known["week"]
            assert page.view.is_team
        worker = {
            "lessons": [("osh-01", ActionChoice.TODAY, 1)],
            "late": True,
            "begun": True,
            "reach": Reach.REACHABLE,
            "left": False,
        }
        for n in range(3):
            await join(store, company_id, f"{company_id}-late{n}", worker, 90 + n)
        assert (await summaries.for_owner(company_id, "en")).view == page.view


async def test_a_trainers_day_is_the_one_where_the_trainer_is(rig):
    # It is noon in UTC, and just after midnight of the next day in Auckland.
    order = Order({"trainer": "nobody", "format": "csv", "zone": "Pacific/Auckland"}, None, "en")
    assert (await rig.kitchen._export(order)).document.name == "teabreak-2026-09-10.csv"


# --- files --------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_no_cell_of_an_export_is_a_formula_and_every_text_is_legible(names):
    rows = [(name, "L-1", "safety", 1, 1, "", "", "") for name in names]
    written = WRITERS["csv"].write(EXPORT_HEADER, rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert len(read) == len(rows) + 1
    for name, row in zip(names, read[1:], strict=True):
        assert row[0].removeprefix("'") in {name.replace("\0", ""), name.replace("\0", "").removeprefix("'")}
        assert not re.match(r"[=+\-@\t\r\n|%＝＋－＠]", row[0])


# --- retention ----------------------------------------------------------------------------------------------------


async def test_keys_and_what_was_set_aside_go_after_a_week(either):
    rig = either
    now = rig.clock.now()
    old, young = now - timedelta(days=7, minutes=1), now - timedelta(days=6)
    await rig.write(
        lambda uow: uow.inbox.add([InboxRow("old", "test", "said", old), InboxRow("young", "test", "said", young)])
    )
    await rig.write(
        lambda uow: [
            uow.quarantine.add(Quarantined(key, "test", "said", "{}", "E", at))
            for key, at in (("old", old), ("young", young))
        ]
    )
    await Retention(rig.store, rig.clock).forget()
    assert await rig.store.read(lambda uow: uow.inbox.seen(["old", "young"])) == {"young"}
    assert [row.key for row in await rig.store.read(lambda uow: uow.quarantine.list())] == ["young"]


async def test_what_could_not_be_sent_is_erased_a_month_after_it_was_given_up(either):
    rig = either
    rig.channel.always = MessageRefused("no")
    await rig.says("1", Opened())
    await rig.clock.until(lambda: rig.delivery.counts["failed"])
    await rig.quiet()
    retention = Retention(rig.store, rig.clock)
    for days, kept in ((29, True), (2, False)):
        rig.clock.seconds += days * 86400
        await retention.forget()
        (row,) = await rig.store.read(lambda uow: uow.outbox.unsent(5))
        assert bool(row.payload) is kept
