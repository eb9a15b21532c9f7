"""What is known when a message did not arrive, and that no error tells what was in it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.transport import HttpTransport
from bot.core.errors import AddressGone, ChannelBusy, ChannelLocked, DeliveryFailed, MaybeSent, MessageRefused, NotSent
from bot.core.events import MessageReceived, Said
from bot.core.messages import Address, OutboundMessage
from bot.core.rich_text import parse
from tests.channels.telegram.conftest import until
from tests.channels.telegram.test_outbound import ADA, ROWS, TEXT
from tests.fakes.telegram_server import TOKEN, TelegramServer


@pytest.fixture(autouse=True)
def known(server: TelegramServer):
    return server.chat(7)


FAULTS = [
    ("TO2", "lost", MaybeSent, 1),
    ("TO2", "late", MaybeSent, 1),
    ("TO2", "hangs", MaybeSent, 0),
    ("TO2", "dropped", MaybeSent, 0),
    ("TO4", "429:35", ChannelBusy, 0),
    ("TO6", "403", AddressGone, 0),
    ("TO6", "403:Forbidden: user is deactivated", AddressGone, 0),
    ("TO6", "403:Forbidden: bot can't initiate conversation with a user", AddressGone, 0),
    ("TO6", "400:Bad Request: chat not found", AddressGone, 0),
    ("TO6", "400:Bad Request: PEER_ID_INVALID", AddressGone, 0),
    ("TO7", "400:Bad Request: can't parse entities: Unsupported start tag", MessageRefused, 0),
    ("TO8", "401", ChannelLocked, 0),
    ("TO8", "404", ChannelLocked, 0),
    ("TO9", "502", NotSent, 0),
    ("TO9", "500", NotSent, 0),
    ("TO9", "not-ok", NotSent, 0),
    ("TO9", "empty", MaybeSent, 1),
    ("TO9", "torn", MaybeSent, 1),
    ("TO9", "cut", MaybeSent, 1),
    ("", "400:Bad Request: message is too long", MessageRefused, 0),
    ("", "400:Bad Request: something new", MessageRefused, 0),
    ("", "413:Request Entity Too Large", MessageRefused, 0),
    ("", "409", NotSent, 0),
]


@pytest.mark.parametrize("case", FAULTS, ids=[f"{row} {fault}" for row, fault, *_ in FAULTS])
async def test_each_fault_says_what_is_known(channel, server, known, case):
    _, fault, kind, shown = case
    waits_briefly_for(fault, channel)
    server.script.add("sendMessage", [fault])
    with pytest.raises(DeliveryFailed) as failed:
        await channel.send(TEXT)
    assert type(failed.value) is kind
    assert len(known.messages) == shown
    assert len(server.calls) == 1
    waits_briefly_for("ok", channel)
    await channel.send(TEXT)
    assert len(known.messages) == shown + 1


async def test_to3_what_was_not_reached_was_not_sent(make):
    channel = make(api_url="http://127.0.0.1:9")
    with pytest.raises(NotSent):
        await channel.send(TEXT)
    await channel.close()


async def test_to3_waiting_for_a_connection_is_not_sending(make, server, monkeypatch):
    monkeypatch.setattr("bot.channels.telegram.transport._CONNECTIONS", 1)
    transport = HttpTransport(connect_within=timedelta(milliseconds=50))
    channel = make(transport=transport)
    server.script.add("sendMessage", ["held"])
    first = asyncio.create_task(channel.send(TEXT))
    await until(lambda: server.calls)
    with pytest.raises(NotSent):
        await channel.send(TEXT)
    server.release()
    await first
    assert server.chat(7).texts() == ["Wash first"]
    await channel.close()


async def test_to4_the_wait_is_the_one_telegram_asks_for(channel, server):
    server.script.add("sendMessage", ["429:35"])
    with pytest.raises(ChannelBusy) as busy:
        await channel.send(TEXT)
    assert busy.value.retry_after == timedelta(seconds=35)


async def test_to7_only_a_fault_of_formatting_may_be_tried_as_plain_text(channel, server):
    server.script.add("sendMessage", ["400:Bad Request: can't parse entities: at byte 3", "400:Bad Request: hm"])
    with pytest.raises(MessageRefused) as unparsed:
        await channel.send(TEXT)
    with pytest.raises(MessageRefused) as other:
        await channel.send(TEXT)
    assert (unparsed.value.as_plain_text, other.value.as_plain_text) == (True, False)


async def test_an_answer_that_is_not_understood_may_mean_that_it_was_sent(channel, server, known):
    server._methods["sendmessage"] = lambda _: [1, 2]
    with pytest.raises(MaybeSent):
        await channel.send(TEXT)


async def test_an_edit_that_is_refused_is_not_sent_anew(channel, server, known):
    first = await channel.send(TEXT)
    server.script.add("editMessageText", ["400:Bad Request: message is too long"])
    with pytest.raises(MessageRefused):
        await channel.send(OutboundMessage(ADA, parse("Then dry"), "en", replaces=first.message_id))
    assert known.texts() == ["Wash first"]


@pytest.mark.parametrize("chat", ["8", "abc", "-100", ""])
async def test_to6_an_address_that_telegram_does_not_know_is_gone(channel, chat):
    with pytest.raises(AddressGone):
        await channel.send(replace(TEXT, address=Address("telegram", chat)))


async def test_to6_who_blocked_the_bot_is_gone_until_they_come_back(channel, server, known):
    await server.people.blocks(7)
    with pytest.raises(AddressGone):
        await channel.send(TEXT)
    await server.people.unblocks(7)
    await channel.send(TEXT)
    assert known.texts() == ["Wash first"]


async def test_a_tap_is_answered_at_once_and_late_ones_do_no_harm(channel, server):
    await channel.send(replace(TEXT, rows=ROWS))
    await server.people.taps(7, "Next ▶")
    tap = MessageReceived("k", ADA, Said(""), notice="query-1")
    await channel.noticed(tap)
    assert server.people.answered == ["query-1"]
    server.people.expire_taps()
    for fault in ["ok", "429:9", "403", "401", "lost", "502", "empty", "hangs", "not-ok"]:
        server.script.add("answerCallbackQuery", [fault])
        waits_briefly_for(fault, channel)
        await channel.noticed(tap)
    calls = len(server.calls)
    await channel.noticed(MessageReceived("k", ADA, Said("B")))
    assert len(server.calls) == calls


@pytest.mark.parametrize("fault", [fault for _, fault, *_ in FAULTS])
async def test_no_token_and_no_text_is_in_any_error_or_log(channel, server, fault, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    said = fault.partition(":")[2]
    waits_briefly_for(fault, channel)
    server.script.add("sendMessage", [f"{fault} Wash"] if said and fault[:3] != "429" else [fault])
    with pytest.raises(DeliveryFailed) as failed:
        await channel.send(TEXT)
    await channel.close()
    assert no_secret(failed.value)
    written = caplog.text + "".join(capsys.readouterr())
    assert TOKEN not in written
    assert "Wash" not in written


async def test_no_token_is_in_an_error_of_the_connection(make):
    for address in ["http://127.0.0.1:9", "http://nowhere.invalid", "ftp://127.0.0.1", "http://[", "nonsense"]:
        channel = make(api_url=address)
        with pytest.raises(NotSent) as failed:
            await channel.send(TEXT)
        assert no_secret(failed.value)
        await channel.close()


def test_the_token_is_not_shown_with_the_channel(make: Callable[..., Telegram]):
    assert TOKEN not in repr(make())


def waits_briefly_for(fault: str, channel: Telegram) -> None:
    """Let the next call give up soon where no answer will come; a busy machine must not make others give up."""
    hurry = fault in {"late", "hangs"}
    channel._calls._answer_within = timedelta(seconds=0.3 if hurry else 20)


def no_secret(error: BaseException | None) -> bool:
    while error is not None:
        for shown in (str(error), repr(error), repr(vars(error))):
            assert TOKEN not in shown
            assert TOKEN.split(":")[1] not in shown
            assert "Wash" not in shown
        assert error.__cause__ is None
        error = error.__context__
    return True
