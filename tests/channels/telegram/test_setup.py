"""What is set up at the start: the webhook and the profile, and only what differs."""

import pytest

from bot.channels.telegram.profile import TelegramTexts
from bot.channels.telegram.webhook import WebhookSetup
from tests.channels.telegram.conftest import Inbox, listening, until

SETUP = WebhookSetup("https://teabreak.example/webhooks/telegram", "s3cret")
ENGLISH = TelegramTexts(
    "en",
    "Teabreak",
    "Lessons in the tea break.",
    "Four-minute lessons",
    (("help", "Help"), ("stop", "No more messages")),
)
SWAHILI = TelegramTexts("sw", "Teabreak", "Masomo mafupi.", "Masomo", (("help", "Msaada"), ("stop", "Acha")))
PORTUGUESE = TelegramTexts("pt-BR", "Pausa", "Aulas curtas.", "Aulas", (("help", "Ajuda"),))
FILIPINO = TelegramTexts("fil", "Pahinga", "Maikling aralin.", "Aralin", (("help", "Tulong"),))


async def set_up(channel) -> None:
    if channel.webhook is not None:
        await channel.listen(Inbox().accept)
        return
    async with listening(channel, Inbox()):
        await until(lambda: channel.waiting_for() is None and channel_polls(channel))


def channel_polls(channel) -> bool:
    return channel._polls._session is not None


async def test_the_webhook_is_set_with_secret_and_kinds_of_updates(make, server):
    channel = make(webhook=SETUP)
    await set_up(channel)
    hook = server.updates.webhook
    assert (hook.url, hook.secret, hook.max_connections) == (SETUP.url, SETUP.secret, 40)
    assert hook.allowed_updates == ["message", "callback_query", "my_chat_member"]
    assert channel.waiting_for() is None
    await channel.close()


async def test_the_webhook_is_not_set_again_at_the_next_start(make, server):
    for _ in range(3):
        channel = make(webhook=SETUP)
        await set_up(channel)
        await channel.close()
    assert len(server.called("setWebhook")) == 1


@pytest.mark.parametrize(
    "other", [WebhookSetup(SETUP.url + "2", SETUP.secret), WebhookSetup(SETUP.url, "another")], ids=["url", "secret"]
)
async def test_a_changed_webhook_is_set_anew(make, server, memory, other):
    for setup in (SETUP, other):
        channel = make(webhook=setup)
        await set_up(channel)
        await channel.close()
    assert len(server.called("setWebhook")) == 2
    assert (server.updates.webhook.url, server.updates.webhook.secret) == (other.url, other.secret)
    assert not any(setup.secret in value for value in memory.kept.values() for setup in (SETUP, other))


async def test_a_webhook_that_was_taken_away_is_set_anew(make, server):
    channel = make(webhook=SETUP)
    await set_up(channel)
    await server._set_webhook({})
    await set_up(channel)
    assert server.updates.webhook.url == SETUP.url
    await channel.close()


async def test_an_address_that_telegram_refuses_is_said(make, server, clock):
    clock.patience = 2
    server.script.always("setWebhook", "400:Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    channel = make(webhook=SETUP)
    async with listening(channel, Inbox()):
        await until(lambda: len(clock.slept) == 2)
        assert channel.waiting_for() == "Telegram refuses the set-up (bad webhook): check PUBLIC_URL."
    await channel.close()


async def test_the_profile_is_shown_in_every_language_telegram_has_a_code_for(make, server):
    channel = make(commands=(ENGLISH, SWAHILI, PORTUGUESE, FILIPINO))
    await set_up(channel)
    shown = server.profile.shown
    assert {language for _, language in shown} <= {"", "en", "sw", "pt"}
    assert shown["name", ""] == "Teabreak"
    assert shown["name", "pt"] == "Pausa"
    assert shown["description", "sw"] == "Masomo mafupi."
    assert shown["short_description", "pt"] == "Aulas"
    assert shown["commands", ""] == shown["commands", "en"]
    assert shown["commands", "sw"][0] == {"command": "help", "description": "Msaada"}
    await channel.close()


async def test_what_a_person_sees_already_is_not_set_again(make, server, memory):
    channel = make(commands=(ENGLISH, SWAHILI))
    await set_up(channel)
    first = len(server.calls)
    # The English name is what everybody sees, so it needs none of its own.
    assert len(server.called("setMyName")) == 1
    memory.kept.pop("profile")
    await set_up(channel)
    assert not [call for call in server.calls[first:] if call.method.startswith("setmy")]
    await channel.close()


async def test_a_profile_set_once_is_not_even_looked_up(make, server):
    for _ in range(2):
        channel = make(commands=(ENGLISH, SWAHILI))
        await set_up(channel)
        await channel.close()
    assert len(server.called("getMyName")) == 3


async def test_a_changed_text_is_set_where_it_changed(make, server):
    channel = make(commands=(ENGLISH, SWAHILI))
    await set_up(channel)
    await channel.close()
    server.calls.clear()
    other = make(commands=(ENGLISH, TelegramTexts("sw", "Teabreak", "Mapya.", "Masomo", SWAHILI.commands)))
    await set_up(other)
    assert [call.method for call in server.calls if call.method.startswith("setmy")] == ["setmydescription"]
    await other.close()


@pytest.mark.parametrize("fault", ["429:9999", "502", "401", "lost", "empty", "403"])
async def test_a_profile_that_cannot_be_set_is_left_for_the_next_start(make, server, memory, fault):
    server.script.always("setMyName", fault)
    channel = make(commands=(ENGLISH,))
    await set_up(channel)
    assert "profile" not in memory.kept
    await channel.close()
    server.script.always("setMyName", None)
    again = make(commands=(ENGLISH,))
    await set_up(again)
    assert server.profile.shown["name", ""] == "Teabreak"
    assert "profile" in memory.kept
    await again.close()


async def test_one_text_that_is_refused_does_not_keep_the_others_back(make, server, memory):
    too_long = TelegramTexts("en", "T" * 65, "Lessons.", "Short", (("help", "Help"),))
    channel = make(commands=(too_long,))
    await set_up(channel)
    assert server.profile.shown["description", ""] == "Lessons."
    assert ("name", "") not in server.profile.shown
    assert "profile" not in memory.kept
    await channel.close()


async def test_the_profile_may_be_left_alone(make, server):
    channel = make()
    await set_up(channel)
    assert not [call for call in server.calls if "my" in call.method]
    await channel.close()
