"""A trainer, an owner and their team: from a new company to summaries, with nobody's name on the way."""

import csv
import io
import re

from tests.fakes.telegram_server import USERNAME
from tests.journeys.telegram import TRAINER, Person, Role, invite, polling
from tests.waiting import eventually

COMPANY = "=Sunrise <b> Joinery"


async def make_company(trainer):
    for words in ("/newcompany", COMPANY, "ZA"):
        await trainer.says(words)
    await trainer.taps("size 10-49")
    await trainer.taps("tick en")
    await trainer.taps("ticked")
    texts = trainer.texts()
    poster = next(text for text in texts if "scan, choose a language" in text)
    code = re.search(r"Code: (\w{10})", poster)[1]
    assert f"https://t.me/{USERNAME}?start={code}" in poster
    owner = re.search(r"start=(\w{10})", texts[-1])[1]
    return code, owner


async def test_a_trainer_an_owner_and_a_team_from_the_first_link_to_the_export(tmp_path, telegram):
    async with polling(tmp_path, telegram) as app:
        await invite(app, TRAINER, Role.TRAINER)
        trainer = Person(telegram, app, 100)
        await trainer.joins(TRAINER)
        assert any("You are a trainer here now" in text for text in trainer.texts())
        code, owner_code = await make_company(trainer)
        picture = next(message for message in trainer.chat.messages if message.photo)
        assert telegram.chats.uploads[picture.photo].content.startswith(b"\x89PNG\r\n")

        thief, owner = Person(telegram, app, 199), Person(telegram, app, 101)
        await owner.joins(owner_code)
        assert any("can learn here now" in text for text in owner.texts())
        await thief.says(f"/start {owner_code}")
        assert any("was used already" in text for text in thief.texts())

        team = [Person(telegram, app, chat) for chat in (1001, 1002)]
        for worker in team:
            await worker.joins(code)
            assert any(f"{COMPANY} invites you" in text for text in worker.texts())
        await team[0].learns(until_lessons=2)
        await owner.says("/team")
        assert "after 3 people have joined" in owner.texts()[-1]
        assert not re.search(r"\b2 lessons\b", owner.texts()[-1])
        await trainer.says("/summary")
        assert "fewer than 3 joined" in trainer.texts()[-1]
        await trainer.says("/export")
        assert rows(telegram, trainer) == []

        team.append(Person(telegram, app, 1003))
        await team[2].joins(code)
        await team[2].learns(until_lessons=1)
        await trainer.says("/summary")
        # An action counts when it is said to be done, some days later.
        assert "3 joined, 3 began, 0 finished, 3 lessons, 0 actions" in trainer.texts()[-1]
        await trainer.says("/summary sunrise")
        assert len(re.findall(r"L-\w{4}", trainer.texts()[-1])) == 3
        await trainer.says("/export")
        found = rows(telegram, trainer)
        assert sum(int(row["lessons"]) for row in found) == 3
        assert {row["company"] for row in found} == {f"'{COMPANY}"}
        assert all(re.fullmatch(r"L-\w{4}", row["learner"]) for row in found)
        assert not re.search(r"100[123]|Ada", str(found))

        await team[1].says("/team")
        assert "This is for owners" in team[1].texts()[-1]
        await team[1].says("/summary")
        assert "This is for trainers" in team[1].texts()[-1]
        await team[1].says("/forget")
        await team[1].taps("erase")
        await trainer.says("/summary")
        assert "fewer than 3 joined" in trainer.texts()[-1]
        await eventually(lambda: all_sent(app))


async def all_sent(app):
    return set(await app.store.read(lambda uow: uow.outbox.by_state())) == {"sent"}


def rows(telegram, trainer):
    """Return the rows of the newest export."""
    newest = next(message for message in reversed(trainer.chat.messages) if message.document)
    text = telegram.chats.uploads[newest.document].content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))
