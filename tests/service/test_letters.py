"""Owners and trainers get their letters once, and read in them nothing that the privacy rule forbids."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from bot.core.errors import NotNeeded
from bot.core.facts import (
    CompanyMade,
    Consented,
    CourseAssigned,
    Enrolled,
    Joined,
    LessonCompleted,
    NudgeAsked,
    PersonKept,
    RhythmKept,
)
from bot.core.learner import ActionChoice, NudgeKind, Person, Rhythm, Role
from bot.core.messages import Address
from bot.core.privacy import Quarter, Team
from bot.core.rich_text import plain
from bot.rows import Lane, TurnRow
from bot.service.calling import Candidate, Reason, calls
from bot.service.recipes import Order
from bot.service.tick import Tick
from tests.service.rig import CODE, MILL

# Rigs begin on a Wednesday at noon.
MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
_numbers = itertools.count(1)


async def until(rig, moment):
    await rig.clock.advance((moment - rig.clock.now()).total_seconds())


async def looked(rig):
    """Let the tick look, and everything that is due go out."""
    await Tick(rig.store, rig.turns, rig.clock).look()

    async def is_sent():
        now = rig.clock.now()
        return rig.delivery.is_idle() and not await rig.store.read(lambda uow: uow.outbox.is_due(now, Lane.BULK))

    await rig.clock.until(is_sent)
    await rig.quiet()


async def keep(rig, chat, *facts, at=None):
    row = TurnRow(Address("test", chat), f"person-{chat}", None, facts)
    await rig.write(lambda uow: uow.memories.save([row], at or rig.clock.now()))


async def worker(rig, company, chat, lessons=(), *, at=None):
    """Join a company and do lessons."""
    at, person = at or rig.clock.now(), f"person-{chat}"
    facts = [PersonKept(Person(person, "en", consented=True)), Consented(person, "1")]
    facts.append(Joined(person, company.id, Role.WORKER, f"L-{chat[-6:]}"))
    if lessons:
        facts.append(Enrolled(person, "safety"))
    facts += [LessonCompleted(person, "safety", lesson, ActionChoice.TODAY, "en") for lesson in lessons]
    await keep(rig, chat, *facts, at=at)


async def owner(rig, chat, company=MILL, *, code="0WNER00001"):
    await rig.invite(code, Role.OWNER, company.id)
    await rig.joins(chat, code)
    await rig.quiet()


def lessons_of(rig):
    return [lesson.id for lesson in next(iter(rig.catalogue.courses("en"))).ordinary()]


@pytest.fixture
async def mill(either):
    await either.company()
    await owner(either, "boss")
    either.channel.sent.clear()
    return either


# --- once ---------------------------------------------------------------------------------------------------------


async def test_an_owner_gets_one_letter_on_monday_at_nine_and_what_to_do_comes_first(mill):
    rig = mill
    for moment in range(-2, 4):
        await until(rig, MONDAY + timedelta(hours=6, minutes=moment))
        await looked(rig)
    await until(rig, MONDAY + timedelta(hours=15))
    await looked(rig)
    (letter,) = rig.channel.texts("boss")
    lines = letter.splitlines()
    assert lines[0].startswith("Mill, Monday")
    assert lines[1].startswith("1  At this week's meeting, ")
    assert lines[1].count("meeting") == 1
    assert lines[2].startswith("2  This week your team learns: ")
    assert lines[3:] == ["3  Your team can begin at any time."]
    assert not rig.channel.sent[0].silent
    assert [button.label for row in rig.channel.sent[0].rows for button in row] == ["Thank the team", "Invite", "Mute"]
    await rig.taps("boss", "Mute")
    await until(rig, MONDAY + timedelta(days=7, hours=6))
    await looked(rig)
    assert len(rig.channel.texts("boss")) == 2


@pytest.mark.parametrize(
    ("zone", "hours"), [("Pacific/Auckland", -3), ("Asia/Kathmandu", 3.25), ("America/Manaus", 13), ("Nowhere", 9)]
)
async def test_it_is_nine_where_the_company_is(rig, zone, hours):
    await rig.company(replace(MILL, time_zone=zone))
    await owner(rig, "boss")
    rig.channel.sent.clear()
    await until(rig, MONDAY + timedelta(hours=hours, minutes=-1))
    await looked(rig)
    assert rig.channel.texts("boss") == []
    await until(rig, MONDAY + timedelta(hours=hours))
    await looked(rig)
    assert len(rig.channel.texts("boss")) == 1


async def test_an_owner_who_writes_while_the_letter_is_on_its_way_gets_it_all_the_same(mill):
    rig = mill
    await until(rig, MONDAY + timedelta(hours=6, minutes=30))
    await Tick(rig.store, rig.turns, rig.clock).look()
    await rig.clock.advance(1)
    await rig.says("boss", "/help")
    await rig.clock.advance(1200)
    await looked(rig)
    assert any(text.startswith("Mill, Monday") for text in rig.channel.texts("boss"))


# --- due dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("done", "comes"), [(0, True), (2, True), (3, False), (6, False)])
async def test_a_reminder_comes_only_where_less_than_half_is_done(mill, done, comes):
    rig = mill
    for chat in "abc":
        await worker(rig, MILL, chat, lessons_of(rig)[:done])
    await keep(rig, "nobody", CourseAssigned("mill", "safety", date(2026, 9, 23)))
    await rig.says("boss", "/team")
    await rig.quiet()
    rig.channel.sent.clear()
    for day in range(8):
        await until(rig, MONDAY + timedelta(days=day, hours=6))
        await looked(rig)
    reminders = [text for text in rig.channel.texts("boss") if "ten minutes of paid time" in text]
    assert len(reminders) == comes
    assert (await rig.states()).get("superseded", 0) == (not comes)
    if comes:
        assert reminders[0].startswith("Safe and healthy at work is due on 23 September 2026, in 7 days.")


async def test_on_a_monday_the_letter_says_what_is_due(mill):
    rig = mill
    await keep(rig, "nobody", CourseAssigned("mill", "safety", date(2026, 9, 21)))
    await until(rig, MONDAY + timedelta(hours=6))
    await looked(rig)
    (letter,) = rig.channel.texts("boss")
    assert letter.endswith(
        "4  Safe and healthy at work is due on 21 September 2026. What helps most: give ten minutes of paid time today."
    )


# --- nudges -------------------------------------------------------------------------------------------------------


async def test_a_team_is_told_once_each_and_a_moment_that_was_asked_for_is_kept(mill):
    rig = mill
    chats = [f"chat-{n}" for n in range(5)]
    for chat in chats:
        await rig.joins(chat, CODE)
    await rig.quiet()
    asked = datetime(2026, 9, 17, 9, 0, 1, tzinfo=UTC)
    person = (await rig.memory("chat-4")).person
    await rig.write(
        lambda uow: uow.memories.save(
            [TurnRow(Address("test", "chat-4"), person.id, None, (RhythmKept(person.id, Rhythm(next_at=asked)),))],
            rig.clock.now(),
        )
    )
    await rig.says("chat-3", "/nonudges")
    await rig.quiet()
    await until(rig, datetime(2026, 9, 10, 8, 0, tzinfo=UTC))
    await rig.says("boss", "/nudge")
    await rig.says("boss", "/thank")
    await rig.quiet()
    rig.channel.sent.clear()
    for _ in range(40):
        await looked(rig)
        await rig.clock.advance(3600)
    told = sorted(message.address.id for message in rig.channel.sent if "reminds you" in plain(message.text))
    assert told == chats[:3]
    assert (await rig.memory("chat-4")).rhythm.next_at == asked


async def test_two_who_ask_in_one_moment_are_one(mill):
    rig = mill
    await keep(rig, "boss2", NudgeAsked("mill", NudgeKind.REMIND))
    await rig.clock.advance(60)
    await keep(rig, "boss2", NudgeAsked("mill", NudgeKind.THANK))
    assert (await rig.memory("boss")).company.nudge is NudgeKind.REMIND


# --- a trainer's Monday -------------------------------------------------------------------------------------------


def firm(name):
    return replace(MILL, id=f"firm-{next(_numbers)}", name=name)


async def test_a_trainer_is_told_of_three_companies_with_a_text_to_forward(either):
    rig = either
    firms = {name: firm(name) for name in ("Asleep", "Busy", "Late", "Small", "Stuck")}
    trainer = Person("person-t", "en", is_trainer=True, consented=True)
    made = [CompanyMade(one, trainer.id) for one in firms.values()]
    await keep(rig, "t", PersonKept(trainer), *made, RhythmKept(trainer.id, Rhythm(next_at=rig.clock.now())))
    ordinary, long_ago = lessons_of(rig), rig.clock.now() - timedelta(days=20)
    for name, done, at in (("Asleep", 0, None), ("Busy", 4, None), ("Late", 1, None), ("Stuck", 2, long_ago)):
        for n in range(3):
            await worker(rig, firms[name], f"{name}-{n}", ordinary[:done], at=at)
    await worker(rig, firms["Small"], "Small-0", ordinary)
    await keep(rig, "t", CourseAssigned(firms["Late"].id, "safety", date(2026, 9, 20)))
    await looked(rig)
    await until(rig, MONDAY + timedelta(hours=6))
    await looked(rig)
    (letter,) = rig.channel.texts("t")
    assert letter.startswith("Week of 7 September 2026\n15 lessons, 15 more than the week before.")
    assert "0 people have finished a course." in letter
    assert "1  Late: Safe and healthy at work is due on 20 September 2026, and less than half is done." in letter
    assert "2  Asleep: nobody has begun yet." in letter
    assert "3  Stuck: no lesson was done in two weeks." in letter
    assert letter.count("To forward: “") == 3
    assert not {"Busy", "Small"} & set(letter.replace(":", " ").split())


def team(name, joined, **more):
    counted = {"begun": joined, "finished": 0, "lessons": joined, "actions": 0} | more
    return Candidate(name, Team((name,), joined, **counted), active_on=date(2026, 9, 13))


def test_of_small_companies_nothing_but_that_few_have_joined_changes_the_list():
    today = date(2026, 9, 14)
    others = [team("Big", 5, unreachable=4), team("Fine", 9)]
    lists = {
        calls([*others, *(team(f"s{n}", one, begun=min(one, b)) for n, one in enumerate(joined))], today)
        for joined in itertools.product(range(3), repeat=3)
        for b in (0, 2)
    }
    assert len(lists) == 1
    (listed,) = lists
    assert [call.reason for call in listed] == [Reason.UNREACHED, Reason.FEW, Reason.FEW]
    firsts = {calls([team(f"s{n}", 1) for n in range(4)], today + timedelta(weeks=w))[0].company for w in range(4)}
    assert firsts == {"s0", "s1", "s2", "s3"}


def test_what_is_due_later_or_half_done_is_no_reason_to_call():
    today = date(2026, 9, 14)
    for days, share, called in (
        (14, Quarter.SECOND, 1),
        (15, Quarter.FIRST, 0),
        (5, Quarter.THIRD, 0),
        (-1, "quiet", 0),
    ):
        due = (("safety", today + timedelta(days=days), Quarter(share)),)
        assert len(calls([replace(team("A", 4), due=due)], today)) == called


# --- what an owner must not be able to tell -----------------------------------------------------------------------


async def digest_of(rig, company):
    """Return the letter and the reminder of a company, without its name."""
    warned = f"safety={date(2026, 9, 21)}"
    arguments = {"company": company.id, "due": warned, "warned": warned, "day": "2026-09-14"}
    said = []
    for kind in ("digest", "due"):
        try:
            said.append(repr(await rig.kitchen._recipes[kind](Order(arguments, rig.channel, "en"))))
        except NotNeeded as why:
            said.append(why.message)
    return "".join(said).replace(company.name, "")


@pytest.mark.parametrize("seed", range(8))
async def test_no_letter_tells_who_did_the_lessons_nor_whether_one_or_two_joined(rig, seed):
    random, ordinary = Random(seed), lessons_of(rig)
    joined = random.randint(1, 5)
    one, other = firm("One"), firm("Other")
    done = random.randint(1, joined * len(ordinary) // 2)
    for company in (one, other):
        places = [(person, lesson) for person in range(joined) for lesson in ordinary]
        chosen = random.sample(places, done)
        extra = random.randint(0, 1) if joined == 1 else 0
        await rig.company(company, code=f"CODE{next(_numbers):06}")
        await keep(rig, "nobody", CourseAssigned(company.id, "safety", date(2026, 9, 21)))
        for person in range(joined + extra):
            lessons = [lesson for whose, lesson in chosen if whose == person]
            chat = f"{company.id}-{person}"
            # Somebody has begun in both, whoever it is.
            await worker(rig, company, chat, lessons or ordinary[:0], at=rig.clock.now() + timedelta(hours=person))
    await until(rig, MONDAY + timedelta(hours=6))
    assert await digest_of(rig, one) == await digest_of(rig, other)


async def test_below_three_even_what_was_done_changes_nothing(rig):
    ordinary, companies = lessons_of(rig), []
    for joined, done in ((1, 1), (2, 1), (2, 6), (1, 3)):
        companies.append(firm(f"Few{joined}{done}"))
        await rig.company(companies[-1], code=f"CODE{next(_numbers):06}")
        for person in range(joined):
            await worker(rig, companies[-1], f"{companies[-1].id}-{person}", ordinary[:done])
    await until(rig, MONDAY + timedelta(hours=6))
    letters = {await digest_of(rig, company) for company in companies}
    assert len(letters) == 1
    assert "Your team has begun." in letters.pop()


@pytest.mark.parametrize("word", ["mute", "pause"])
async def test_a_letter_that_waits_is_not_sent_to_who_wants_none_any_more(mill, word):
    rig = mill
    await until(rig, MONDAY + timedelta(hours=6, minutes=30))
    await Tick(rig.store, rig.turns, rig.clock).look()
    await rig.clock.advance(1)
    await rig.says("boss", f"/{word}")
    await rig.quiet()
    before = len(rig.channel.texts("boss"))
    await rig.clock.advance(1200)
    await looked(rig)
    assert rig.channel.texts("boss")[before:] == []
