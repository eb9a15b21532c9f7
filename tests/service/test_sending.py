"""What a row becomes: pictures are uploaded once, recipes are made at the last moment, typed answers edit a bubble."""

import shutil

import pytest

from bot.core.course import ActionCard, InfoCard, QuestionCard
from bot.core.dialogue.states import from_json
from bot.core.errors import NotCommitted, StoreProblem
from bot.core.events import Opened, Tapped
from bot.core.learner import Company, Role
from bot.core.messages import Address, OutboundMessage
from bot.service.pictures import Pictures
from bot.service.rendering import message_to_json
from tests.service.rig import CODE
from tests.waiting import eventually

TRAINER = "TRA1NER001"


# --- pictures -----------------------------------------------------------------------------------------------------


async def test_a_picture_is_uploaded_once_and_its_id_is_kept_for_the_next_run(make, sqlite_url):
    rig = await make(sqlite_url)
    await rig.joins("1")
    await rig.joins("2")
    await rig.quiet()
    pictures = [message.picture for message in rig.channel.sent if message.picture]
    assert [picture.file_id is None for picture in pictures] == [True, False]
    await rig.stop()
    again = await make(sqlite_url)
    again.sender.know_files("test", dict(await again.store.read(lambda uow: uow.records.files("test"))))
    await again.joins("3")
    await again.quiet()
    assert [message.picture.file_id for message in again.channel.sent if message.picture] == [pictures[1].file_id]


async def test_a_picture_of_another_language_or_with_new_content_is_another_picture(tmp_path):
    def media(path, language):
        own = tmp_path / language / path
        return own if own.exists() else tmp_path / path if (tmp_path / path).exists() else None

    (tmp_path / "fr").mkdir()
    (tmp_path / "box.png").write_bytes(b"one")
    (tmp_path / "fr" / "box.png").write_bytes(b"une")
    pictures = Pictures(media)
    english, french = await pictures.digest("box.png", "en"), await pictures.digest("box.png", "fr")
    pictures.know("test", {english: "file-1"})
    assert english != french
    assert (pictures.known("test", english), pictures.known("test", french)) == ("file-1", None)
    assert pictures.known("other", english) is None
    shutil.copyfile(tmp_path / "box.png", tmp_path / "copy.png")
    assert await pictures.digest("copy.png", "en") == english
    (tmp_path / "box.png").write_bytes(b"another")
    assert await pictures.digest("box.png", "en") != english
    assert await pictures.digest("none.png", "en") is None


# --- bubbles ------------------------------------------------------------------------------------------------------


async def test_a_typed_answer_edits_the_last_bubble_with_buttons(rig):
    await rig.joins("1")
    await rig.taps("1", "Next ▶")
    await rig.quiet()
    await rig.taps("1", "Next ▶")
    await rig.quiet()
    question = rig.channel.sent[-1]
    assert question.rows
    await rig.says("1", "1")
    await rig.quiet()
    answered = rig.channel.sent[-2]
    assert answered.replaces == question.replaces
    assert not answered.rows
    assert "✓" in rig.channel.texts()[-2]


async def test_the_bubble_to_edit_is_found_in_the_database_after_a_restart(make, sqlite_url):
    rig = await make(sqlite_url)
    await rig.says("1", Opened())
    await rig.quiet()
    await rig.stop()
    again = await make(sqlite_url)
    await again.says("1", "English")
    await again.quiet()
    assert again.channel.sent[0].replaces == "100"


async def test_a_tap_edits_the_bubble_that_was_tapped(rig):
    await rig.says("1", Opened())
    await rig.quiet()
    token = rig.channel.sent[0].rows[0][0].token
    await rig.says("1", Tapped(token, "4242"))
    await rig.quiet()
    assert rig.channel.sent[1].replaces == "4242"


async def test_where_there_is_no_bubble_to_tidy_nothing_is_sent(rig):
    await rig.enqueue(
        rig.row("1", "", edits="last", payload=message_to_json(OutboundMessage(Address("test", "1"), (), "en"))),
        rig.row("1", "next"),
    )
    await rig.clock.until(lambda: rig.channel.called)
    await rig.quiet()
    assert rig.channel.texts() == ["next"]
    assert await rig.states() == {"superseded": 1, "sent": 1}


# --- recipes ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def trained(rig):
    """A trainer in chat `t` who made nothing yet."""
    await rig.invite(TRAINER, Role.TRAINER)
    for content in (Opened(TRAINER), "English", "Start"):
        await rig.says("t", content)
    await rig.quiet()
    return rig


async def test_a_new_company_gives_its_link_its_code_and_a_picture_of_it(trained):
    rig = trained
    for words in ("/newcompany", "Sunrise", "ZA", "10-49", "English", "Done"):
        await rig.says("t", words)
    await rig.quiet()
    poster, owner = rig.channel.sent[-2:]
    assert poster.document.content.startswith(b"\x89PNG")
    code = next(line for line in rig.channel.texts()[-2].splitlines() if line.startswith("Code: ")).split()[1]
    assert f"https://chat.example/?start={code}" in rig.channel.texts()[-2]
    assert "https://chat.example/?start=" in rig.channel.texts()[-1]
    assert owner.document is None


async def test_a_summary_of_a_hundred_companies_is_one_message_with_whole_totals(trained):
    rig = trained
    trainer = (await rig.memory("t")).person.id
    for n in range(100):
        company = Company(
            f"c{n}", f"Company number {n} with a long name in the register", "KE", "Africa/Nairobi", "1-9", ("en",)
        )
        await rig.company(company, f"C0DE{n:06}", trainer)
        if n < 40:
            await rig.write(lambda uow, company=company: fill(uow, company.id, rig.clock.now()))
    rig.channel.sent.clear()
    await rig.says("t", "/summary")
    await rig.quiet()
    (said,) = rig.channel.texts()
    assert len(said) <= 4096
    assert "The export has all of them." in said
    assert "In all: 120 joined" in said


def fill(uow, company_id, now):
    """Let three people join a company."""
    from bot.core.facts import Joined, PersonKept
    from bot.core.learner import Person
    from bot.core.messages import Address
    from bot.rows import TurnRow

    turns = []
    for n in range(3):
        person = Person(f"{company_id}-{n}", "en", consented=True)
        facts = (PersonKept(person), Joined(person.id, company_id, Role.WORKER, f"L-{n}"))
        turns.append(TurnRow(Address("test", f"{company_id}-{n}"), person.id, None, facts))
    uow.memories.save(turns, now)


async def test_a_report_that_cannot_be_made_ends_after_some_tries_and_lets_the_next_message_pass(trained, monkeypatch):
    rig = trained

    async def fails(*_):
        raise StoreProblem("Reading took longer than it may.")

    monkeypatch.setattr(rig.kitchen, "make", fails)
    await rig.says("t", "/summary")
    await rig.says("t", "/progress")
    await rig.clock.until(lambda: "lessons are done" in rig.channel.texts()[-1], step=10)
    await rig.quiet()
    assert (await rig.states())["failed"] == 1


async def test_a_report_waits_for_a_database_that_is_busy(trained, monkeypatch):
    rig = trained
    make, failures = rig.kitchen.make, [1, 1]

    async def fails_twice(*given):
        if failures:
            failures.pop()
            raise NotCommitted("busy")
        return await make(*given)

    monkeypatch.setattr(rig.kitchen, "make", fails_twice)
    await rig.says("t", "/summary")
    await rig.clock.until(lambda: "You have no companies yet" in rig.channel.texts()[-1], step=1)


async def test_an_export_is_a_file_and_nothing_of_it_is_kept(trained):
    rig = trained
    await rig.company(trainer=(await rig.memory("t")).person.id)
    await rig.write(lambda uow: fill(uow, "mill", rig.clock.now()))
    await rig.says("t", "/export")
    await rig.quiet()
    document = rig.channel.sent[-1].document
    assert document.name == "teabreak-2026-09-09.csv"
    assert document.content.decode("utf-8-sig").startswith("company,learner,course")


# --- a whole lesson -----------------------------------------------------------------------------------------------


async def test_a_lesson_that_was_begun_is_finished_as_it_was_after_its_source_changed(rig, catalogue, monkeypatch):
    await rig.company()
    await rig.joins("1", CODE)
    version = from_json((await rig.memory("1")).conversation.state).lesson.version
    assert await rig.store.read(lambda uow: uow.memories.kept_lessons([version]))
    real = catalogue.keep
    monkeypatch.setattr(catalogue, "keep", lambda asked: None if asked == version else real(asked))
    lesson = catalogue.courses("en")[0].lessons[0]
    for card in lesson.cards:
        words = "1" if isinstance(card, QuestionCard) else "Today" if isinstance(card, ActionCard) else "next"
        await rig.says("1", words)
        if isinstance(card, QuestionCard):
            await rig.says("1", "next")
    await eventually(lambda: completed(rig))
    assert any(isinstance(card, InfoCard) for card in lesson.cards)


async def completed(rig):
    return (await rig.memory("1")).completed
