"""Somebody comes and looks at the phone: what a worker on Telegram can still see after hiding, and what never comes back."""

from datetime import timedelta

import pytest

from tests.journeys.telegram import Person, polling, webhook
from tests.waiting import eventually

LINE = "Tea break. To go on, send MENU."
WAYS = {"polling": polling, "webhook": webhook}


async def hides(worker, said="/hide"):
    before = worker.seen()
    await worker.telegram.people.says(worker.id, said, language=worker.language)
    await eventually(lambda: worker.seen() > before and worker.texts() == [LINE] and worker.is_quiet())


@pytest.mark.parametrize("way", list(WAYS))
async def test_one_harmless_line_is_all_that_stays_and_the_place_is_kept(tmp_path, telegram, way):
    async with WAYS[way](tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        await worker.taps("forward")
        await worker.taps("forward")
        question = worker.texts()[-1]
        await worker.says("a private sentence")
        await hides(worker)
        assert worker.chat.written == {}, "what was typed is gone, the command too"
        assert worker.chat.messages[0].silent
        assert worker.choices() == []
        await worker.says("next")
        assert worker.texts() == [LINE, question]
        await hides(worker, "hide")
        assert app.turns.counts["quarantined"] == 0


@pytest.mark.parametrize("faults", [["502", "dropped"], ["429:1"], ["lost"]], ids=["failures", "429", "lost answer"])
async def test_after_a_fault_it_is_tried_again_and_the_line_waits(tmp_path, telegram, faults, monkeypatch):
    monkeypatch.setattr("bot.service.sending.FIRST_WAIT", timedelta(milliseconds=50))
    async with polling(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        telegram.script.add("deleteMessages", faults)
        await hides(worker)
        assert len(telegram.called("deleteMessages")) == len(faults) + 1
        order = [effect.method for effect in telegram.effects if effect.chat == 4711]
        assert order[-1] == "sendMessage"


async def test_hiding_goes_on_after_a_restart(tmp_path, telegram):
    async with polling(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        telegram.script.always("deleteMessages", "502")
        await telegram.people.says(4711, "/hide")
        await eventually(lambda: telegram.called("deleteMessages"))
    telegram.script.always("deleteMessages", None)
    async with polling(tmp_path, telegram) as app:
        worker.app = app
        await eventually(lambda: worker.texts() == [LINE], within=20)


async def test_a_server_that_does_not_know_how_to_delete_gets_all_covered(tmp_path, telegram):
    async with polling(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        telegram.script.always("deleteMessages", "404")
        stood = len(worker.texts())
        await telegram.people.says(4711, "/hide")
        await eventually(lambda: worker.texts() == [LINE] * (stood + 1) and worker.is_quiet())
        assert worker.choices() == []
        await worker.says("/menu")
        assert "What would you like to do?" in worker.texts()[-1]


async def test_after_stop_the_chat_can_still_be_emptied(tmp_path, telegram):
    async with polling(tmp_path, telegram) as app:
        worker = Person(telegram, app, 4711)
        await worker.joins()
        await worker.says("STOP")
        await telegram.people.says(4711, "/hide")
        await eventually(lambda: worker.texts() == ["Tea break. To begin again, send START."])
