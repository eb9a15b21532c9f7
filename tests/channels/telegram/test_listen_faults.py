"""What the channel does when it cannot listen: it waits, asks seldom, says why in one line, and loses nothing."""

import pytest

from bot.core.errors import NotCommitted
from bot.core.events import Said
from tests.channels.telegram.conftest import DictMemory, StepClock, listening, until
from tests.fakes.telegram_server import TOKEN

HOOK = {"url": "https://teabreak.example/webhooks/telegram"}


async def test_ti21_a_second_poller_backs_off_and_says_so(channel, server, inbox, clock):
    clock.patience = 7
    server.script.always("getUpdates", "409")
    async with listening(channel, inbox):
        await until(lambda: len(clock.slept) == 7)
        assert channel.waiting_for() == "Another process polls with the same token: stop one of the two."
        assert clock.slept == [1, 2, 4, 8, 16, 32, 60]
        assert len(server.called("getUpdates")) == 7


async def test_ti21_of_two_pollers_on_one_bot_neither_takes_an_update_twice(channel, make, server, inbox, clock):
    clock.patience = 1
    other_clock = StepClock()
    other = make(clock=other_clock, memory=DictMemory())
    async with listening(channel, inbox):
        await until(lambda: server.called("getUpdates"))
        async with listening(other, inbox):
            await until(lambda: len(clock.slept) == 1)
            assert "Another process" in (channel.waiting_for() or "")
            await server.people.says(7, "B")
            await until(lambda: inbox.taken and not server.updates.pending)
    assert len(inbox.batches) == 1
    await other.close()


async def test_ti22_polling_is_refused_while_a_webhook_is_set_and_does_not_remove_it(channel, server, inbox, clock):
    await server._set_webhook(HOOK)
    clock.patience = 3
    async with listening(channel, inbox):
        await until(lambda: len(clock.slept) == 3)
        said = channel.waiting_for()
        assert "TELEGRAM_WEBHOOK_SECRET" in said
        assert "deleteWebhook" in said
        assert "\n" not in said
    assert server.called("deleteWebhook") == []
    assert server.called("getUpdates") == []
    assert server.updates.webhook.url == HOOK["url"]


async def test_ti22_polling_begins_once_the_webhook_is_gone(channel, server, inbox):
    await server._set_webhook(HOOK)
    async with listening(channel, inbox):
        await until(lambda: "webhook" in (channel.waiting_for() or ""))
        await server._set_webhook({})
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
        assert channel.waiting_for() is None


async def test_ti22_a_webhook_set_later_is_noticed(channel, server, inbox, clock):
    clock.patience = 1
    async with listening(channel, inbox):
        await until(lambda: server.called("getUpdates"))
        await server._set_webhook(HOOK)
        await until(lambda: clock.slept)
    server.script.always("getUpdates", None)
    assert server.called("deleteWebhook") == []


async def test_the_channel_waits_for_telegram_with_growing_pauses(make, inbox, clock):
    clock.patience = 9
    channel = make(api_url="http://127.0.0.1:9")
    async with listening(channel, inbox):
        await until(lambda: len(clock.slept) == 9)
        assert channel.waiting_for() == "Telegram cannot be reached; trying again."
    assert clock.slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    await channel.close()


@pytest.mark.parametrize("status", ["401", "404"])
async def test_to8_a_refused_token_is_said_and_asked_about_seldom(channel, server, inbox, clock, status):
    clock.patience = 3
    server.script.add("getMe", [status] * 3)
    async with listening(channel, inbox):
        await until(lambda: len(clock.slept) == 3)
        assert "TELEGRAM_BOT_TOKEN" in channel.waiting_for()
        assert TOKEN not in channel.waiting_for()
    assert clock.slept == [300, 300, 300]


async def test_to8_a_token_that_is_taken_again_resumes(channel, server, inbox):
    server.script.add("getUpdates", ["401", "401"])
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
        assert channel.waiting_for() is None


async def test_to5_while_telegram_asks_to_wait_there_is_one_call_for_each_wait(channel, server, inbox, clock):
    clock.patience = 10
    server.script.always("getUpdates", "429:60")
    async with listening(channel, inbox):
        await until(lambda: len(clock.slept) == 10)
        assert channel.waiting_for() == "Telegram asks to wait for 60 s."
        assert len(server.called("getUpdates")) == 10
    assert clock.slept == [60] * 10


@pytest.mark.parametrize("fault", ["502", "empty", "torn", "cut", "lost", "dropped", "not-ok", "500", "400:hm", "403"])
async def test_a_fault_while_polling_loses_nothing(channel, server, inbox, fault):
    server.script.add("getUpdates", [fault, "ok", fault, "ok"])
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
        await server.people.says(7, "C")
        await until(lambda: len(inbox.taken) == 2)
    assert inbox.contents() == [Said("B"), Said("C")]


async def test_an_answer_that_is_not_understood_stops_nothing(channel, server, inbox, clock):
    known, server._methods["getme"] = server._methods["getme"], lambda _: [1, 2]
    async with listening(channel, inbox):
        await until(lambda: clock.slept)
        assert channel.waiting_for() == "Telegram answered in a way that was not understood."
        server._methods["getme"] = known
        await until(lambda: channel.waiting_for() is None)


async def test_an_offset_that_cannot_be_kept_is_no_reason_to_stop(make, server, inbox):
    class Locked(DictMemory):
        async def put(self, name: str, value: str) -> None:
            if name == "offset":
                raise NotCommitted("The database is locked.")

    channel = make(memory=Locked())
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await server.people.says(7, "C")
        await until(lambda: len(inbox.taken) == 2 and not server.updates.pending)
    await channel.close()


async def test_a_bot_api_that_knows_no_webhooks_is_polled_all_the_same(channel, server, inbox):
    server.script.always("getWebhookInfo", "404")
    async with listening(channel, inbox):
        await server.people.says(7, "B")
        await until(lambda: inbox.taken)
        assert channel.waiting_for() is None
