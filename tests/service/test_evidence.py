"""Recall, actions and gain as a trainer reads them: in the chat and in a shell, pooled, and only of enough people."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli import numbers
from bot.core.evidence import Evidence
from bot.core.facts import (
    AddressKept,
    Attempted,
    CompanyMade,
    Consented,
    Enrolled,
    FollowUpAnswered,
    FollowUpAsked,
    Joined,
    LessonCompleted,
    PersonKept,
)
from bot.core.learner import ActionChoice, Company, FollowUpAnswer, KnownAddress, Occasion, Person, Role
from bot.core.messages import Address
from bot.core.rich_text import plain
from bot.rows import TurnRow
from bot.service.recipes import Order
from bot.service.rendering import Renderer
from bot.service.summaries import Summaries
from bot.store.opening import open_store
from tests.waiting import ManualClock

START = datetime(2026, 8, 3, 9, tzinfo=UTC)
TRAINER = "trainer-of-all"
MISSING = ["Recall is shown from 10 people on.", "Gain is shown from 10 people on."]


def attempted(person, occasion, verdict):
    return Attempted(person, "safety", "osh-03", "q-fan", "v1", "1", verdict, "en", occasion)


async def save(store, person, at, *facts):
    row = TurnRow(Address("test", person), person, None, facts)
    await store.write(lambda transaction: transaction.run(lambda uow: uow.memories.save([row], at)))


async def learn(store, company_id, person, number):
    """Somebody joins, answers before the course, learns, acts, and answers again a month later."""
    await save(
        store,
        person,
        START,
        PersonKept(Person(person, "en", consented=True)),
        AddressKept(KnownAddress(Address("test", person))),
        Consented(person, "1"),
        Joined(person, company_id, Role.WORKER, f"L-{number:04}"),
        Enrolled(person, "safety"),
        attempted(person, Occasion.BEFORE, "right" if number % 4 == 0 else "wrong"),
        attempted(person, Occasion.LESSON, "wrong"),
        LessonCompleted(person, "safety", "osh-03", ActionChoice.TODAY, "en"),
    )
    said = FollowUpAnswer.DONE if number % 2 else FollowUpAnswer.NOT_YET
    await save(store, person, START + timedelta(days=3), FollowUpAsked(person, "osh-03"))
    await save(store, person, START + timedelta(days=3), FollowUpAnswered(person, "osh-03", said))
    verdict = "right" if number % 3 else "wrong"
    await save(store, person, START + timedelta(days=8), attempted(person, Occasion.REVIEW, verdict))
    await save(store, person, START + timedelta(days=31), attempted(person, Occasion.AFTER, "right"))


async def firms(store, *sizes):
    """Make companies of these sizes for one trainer."""
    for place, size in enumerate(sizes):
        company = Company(f"firm-{place}", f"Firm {place}", "KE", "Africa/Nairobi", "1-9", ("en",))
        await save(
            store, TRAINER, START, PersonKept(Person(TRAINER, "en", is_trainer=True)), CompanyMade(company, TRAINER)
        )
        for number in range(size):
            await learn(store, company.id, f"w-{place}-{number}", number)


async def said(rig, name=""):
    order = Order({"trainer": TRAINER, "language": "en", "name": name}, None, "en")
    dish = await rig.kitchen._summary(order)
    return plain(Renderer(rig.catalogue.translator).text(dish.reply, "en")[0]).split("\n\n")


async def test_a_trainer_of_ten_people_reads_recall_actions_and_gain_in_the_chat(either):
    await firms(either.store, 6, 4)
    assert (await said(either))[-3:] == [
        "10 actions were asked after: 5 done, 5 not yet, 0 could not.",
        "Questions that came back after 7 to 29 days: 6 of 10 answers were right, of 10 people.",
        "Before the course 3 of 10 answers were right, after it 10 of 10: "
        "70 in 100 more (between 26 and 91), of 10 people.",
    ]


async def test_of_nine_people_answers_are_not_read_and_it_is_said_what_is_missing(rig):
    await firms(rig.store, 5, 4)
    text = await said(rig)
    assert text[-2:] == MISSING
    assert text[-3].startswith("9 actions were asked after:")


async def test_a_small_company_whose_counts_are_hidden_is_in_no_number(rig):
    await firms(rig.store, 9, 2)
    found = await Summaries(rig.store, rig.catalogue, rig.clock).evidence(TRAINER)
    assert (found.gain, found.week, found.outcomes.people) == (None, None, 9)
    assert (await said(rig))[-2:] == MISSING


async def test_small_companies_that_are_read_together_count(rig):
    await firms(rig.store, 8, 2, 1)
    found = await Summaries(rig.store, rig.catalogue, rig.clock).evidence(TRAINER)
    assert (found.gain.people, found.outcomes.people) == (11, 11)


async def test_of_fewer_than_three_people_nothing_is_said_at_all(rig):
    await firms(rig.store, 2)
    assert "asked after" not in " ".join(await said(rig))
    assert await Summaries(rig.store, rig.catalogue, rig.clock).evidence(TRAINER) == Evidence()


async def test_one_company_alone_shows_none_of_it_whatever_its_size(rig):
    await firms(rig.store, 12)
    text = " ".join(await said(rig, "Firm 0"))
    assert "12 joined" in text
    assert not any(words in text for words in ("in 100", "came back", "asked after", "Gain"))


async def test_another_trainer_reads_nothing_of_it(rig):
    await firms(rig.store, 12)
    assert await Summaries(rig.store, rig.catalogue, rig.clock).evidence("somebody else") == Evidence()


@pytest.fixture
def shell(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:a-token_for-tests")

    def fill(*sizes):
        async def made():
            store = await open_store(sqlite_url, clock=ManualClock(START))
            await firms(store, *sizes)
            await store.close()

        asyncio.run(made())

    return fill


def test_a_shell_says_the_same_in_text_and_as_json(shell, capsys):
    shell(6, 4)
    assert numbers.summary() == 0
    text = capsys.readouterr().out
    assert "after it 10 of 10" in text
    assert "10 actions were asked after" in text
    assert numbers.summary(json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["recall_after_7_days"] == {"right": 6, "answers": 10, "people": 10}
    assert found["recall_after_30_days"] is None
    assert found["actions_asked_after"]["done"] == 5
    gain = found["gain"]
    assert (gain["pairs"], gain["before"], gain["after"], gain["people"]) == (10, 3, 10, 10)
    assert gain["low"] < gain["estimate"] == 0.7 < gain["high"]
    assert numbers.summary("Firm 0", json=True) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"companies", "pooled"}


def test_below_ten_people_the_json_holds_null(shell, capsys):
    shell(9)
    numbers.summary(json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["gain"], found["recall_after_7_days"], found["recall_after_30_days"]) == (None, None, None)
    numbers.summary()
    assert capsys.readouterr().out.rstrip().endswith("\n\n".join(MISSING))
