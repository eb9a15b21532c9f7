"""A worker from the poster to the last lesson, through restarts, copies and updates in a strange order."""

import json

import pytest

from bot.rows import Keys
from tests.fakes.telegram_server import TOKEN
from tests.journeys.telegram import SECRET, Person, polling, webhook
from tests.waiting import eventually

WAYS = {"polling": polling, "webhook": webhook}


async def all_sent(app):
    return set(await app.store.read(lambda uow: uow.outbox.by_state())) == {"sent"}


@pytest.mark.parametrize("way", list(WAYS))
async def test_a_worker_takes_the_whole_course_in_english_with_a_restart_in_the_middle(
    tmp_path, telegram, way, logged, capfd
):
    run = WAYS[way]
    async with run(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        assert any("Teabreak runs these lessons, not your company" in text for text in shown(telegram, 4711))
        await worker.learns(until_lessons=2)
        for _ in range(3):
            await worker.steps()
        before = worker.choices()
    async with run(tmp_path, telegram) as app:
        worker.app = app
        assert worker.choices() == before
        await worker.learns(until_lessons=6)
        await eventually(worker.is_quiet)
        assert await worker.completed() == {f"osh-0{n}" for n in range(1, 7)}
        found = (await app.store.read(lambda uow: uow.memories.load([Keys(address())])))[0]
        assert found.enrollments[0].finished_at
        assert found.enrollments[0].answered_before
        while worker.choices()[0] != "/next" and "That shows" not in worker.texts()[-1]:
            assert await worker.steps()
        assert "That shows what the course has changed." in worker.texts()[-1]
        await eventually(lambda: all_sent(app))
        assert any("You have finished all 6 lessons" in text for text in worker.texts())
    assert len(set(worker.updates)) == len(worker.updates)
    assert_no_secrets(logged, capfd, telegram)


def address():
    from bot.core.messages import Address

    return Address("telegram", "4711")


def shown(telegram, chat):
    return [effect.text for effect in telegram.effects if effect.chat == chat]


def assert_no_secrets(logged, capfd, telegram):
    output = "\n".join(logged) + "".join(capfd.readouterr())
    for secret in (TOKEN, SECRET, TOKEN.split(":")[1], "4711", "Ada"):
        assert secret not in output, secret
    for effect in telegram.effects:
        assert not effect.text or len(effect.text) < 12 or effect.text not in output


@pytest.mark.parametrize("language", ["fr", "ar"])
async def test_a_worker_takes_the_whole_course_in_another_language(tmp_path, telegram, language):
    async with webhook(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711, language)
        await worker.joins()
        await worker.learns(until_lessons=6)
        assert await worker.completed() == {f"osh-0{n}" for n in range(1, 7)}
        await eventually(lambda: all_sent(app))
        english = {
            card.heading
            for course in app.catalogue.courses("en")
            for card in course.lessons[0].cards
            if hasattr(card, "heading")
        }
        assert not any(heading in text for heading in english for text in worker.texts())


@pytest.mark.parametrize("way", list(WAYS))
async def test_copies_and_updates_in_a_strange_order_change_nothing(tmp_path, telegram, way):
    async with WAYS[way](tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        await worker.learns(until_lessons=1)
        await eventually(worker.is_quiet)
        before, texts = worker.seen(), worker.texts()
        for update in worker.updates:
            await telegram.updates.repeat(update)
        await worker.says("/progress", update_id=17)
        await worker.says("/courses", update_id=5)
        await eventually(worker.is_quiet)
        assert worker.seen() == before + 2
        assert worker.texts()[: len(texts)] == texts
        assert "lessons" in worker.texts()[-2]
        assert "These are the courses" in worker.texts()[-1]
        assert app.turns.counts["quarantined"] == 0


async def test_stop_is_obeyed_and_start_brings_somebody_back_to_their_place(tmp_path, telegram):
    async with polling(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        await worker.taps("forward")
        place = worker.choices()
        await worker.says("STOP.")
        assert worker.texts()[-1].startswith("You get no more messages from us")
        for count in (worker.seen() + 1,) * 3:
            await telegram.people.says(4711, "hello")
            await eventually(lambda: not telegram.updates.pending and worker.is_quiet())
            # At most one line a day says how to begin again.
            assert worker.seen() <= count
        await worker.says("/start")
        assert worker.texts()[-1].startswith("Welcome back")
        await worker.taps("/next")
        assert place[:2] == worker.choices()[:2] or worker.choices()


async def test_who_blocks_the_bot_is_let_in_again_with_the_same_history(tmp_path, telegram):
    async with webhook(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        await worker.learns(until_lessons=1)
        await telegram.people.blocks(4711)
        await telegram.updates.delivered()
        await telegram.people.unblocks(4711)
        await worker.says("/progress")
        assert "1 of 6" in worker.texts()[-1]


async def test_forget_leaves_nothing_in_any_table_file_or_log(tmp_path, telegram, logged, capfd):
    async with polling(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711471147)
        other = Person(telegram, app, 12)
        await other.joins()
        await worker.joins()
        await worker.learns(until_lessons=1)
        await worker.says("a private sentence")
        from bot.core.messages import Address

        here = Address("telegram", "4711471147")
        memory = (await app.store.read(lambda uow: uow.memories.load([Keys(here)])))[0]
        await worker.says("/mydata")
        await worker.says("/forget")
        await worker.taps("erase")
        assert worker.texts()[-1].startswith("Everything about you is erased")
        await app.store.write(
            lambda transaction: transaction.run(lambda uow: uow.outbox.prune(app.clock.now().replace(year=2090)))
        )
        assert (await app.store.read(lambda uow: uow.memories.load([Keys(here)])))[0].person is None
        assert (await app.store.read(lambda uow: uow.numbers.totals()))["people"] == 1
        needles = ["4711471147", memory.person.id, memory.conversation.key, "a private sentence"]
    for file in tmp_path.glob("teabreak.db*"):
        content = file.read_bytes()
        for needle in needles:
            assert needle.encode() not in content, (file.name, needle)
    output = "\n".join(logged) + "".join(capfd.readouterr())
    assert not any(needle in output for needle in needles)
    assert json.dumps(needles)
