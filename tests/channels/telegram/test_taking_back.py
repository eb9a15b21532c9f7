"""Messages that disappear again: the bot's and the person's own, by Telegram's rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.telegram.inbound import read_update
from bot.core.errors import AddressGone, ChannelBusy, ChannelLocked, MaybeSent, MessageRefused, NotSent
from tests.channels.telegram.test_outbound import PICTURE, ROWS, TEXT
from tests.fakes.telegram_server import TelegramServer

GONE = replace(TEXT, text=(), takes_back=("1",))


@pytest.fixture(autouse=True)
def known(server: TelegramServer):
    return server.chat(7)


async def test_both_sides_disappear_with_one_call_and_what_is_unknown_does_no_harm(channel, server, known):
    sent = [await channel.send(replace(TEXT, rows=ROWS)), await channel.send(PICTURE)]
    typed = server.chats.wrote(7, "my boss shouts")
    receipt = await channel.send(
        replace(GONE, takes_back=(*(one.message_id for one in sent), str(typed), "9999", "not a number"))
    )
    assert receipt.message_id is None
    assert known.messages == []
    assert known.written == {}
    assert len(server.called("deleteMessages")) == 1


async def test_taking_back_again_is_no_failure(channel, server):
    server.script.add("deleteMessages", ["ok", "400:Bad Request: message to delete not found"])
    await channel.send(GONE)
    await channel.send(GONE)
    await channel.send(replace(GONE, takes_back=("not a number",)))


async def test_what_is_too_old_refuses_the_call_and_can_be_covered(channel, server, known):
    text, picture = await channel.send(replace(TEXT, rows=ROWS)), await channel.send(replace(PICTURE, rows=ROWS))
    server.chats.age(7, timedelta(hours=49).total_seconds())
    with pytest.raises(MessageRefused, match="can't be deleted"):
        await channel.send(replace(GONE, takes_back=(text.message_id, picture.message_id)))
    for one in (text, picture):
        for _ in range(2):
            await channel.send(replace(TEXT, text=TEXT.text[:1], takes_back=(one.message_id,)))
    assert known.texts() == [TEXT.text[0].text.strip()] * 2
    assert [message.keyboard for message in known.messages] == [(), ()]
    assert known.messages[1].photo


async def test_a_bubble_that_is_gone_is_not_covered_by_a_new_one(channel, known):
    await channel.send(replace(TEXT, takes_back=("9999", "not a number")))
    assert known.messages == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429:35", ChannelBusy),
        ("502", NotSent),
        ("lost", MaybeSent),
        ("404", ChannelLocked),
        ("403", AddressGone),
        ("400:Bad Request: something new", MessageRefused),
    ],
)
async def test_each_fault_says_what_is_known(channel, server, fault, kind):
    server.script.add("deleteMessages", [fault])
    with pytest.raises(kind) as failed:
        await channel.send(GONE)
    assert type(failed.value) is kind


async def test_no_more_than_telegram_takes_are_asked_of_one_call(channel, server):
    assert channel.features.taking_back == 100
    assert channel.features.taking_back_for == timedelta(hours=48)
    await channel.send(replace(GONE, takes_back=tuple(map(str, range(1, 101)))))
    with pytest.raises(MessageRefused):
        await channel.send(replace(GONE, takes_back=tuple(map(str, range(1, 102)))))


@pytest.mark.parametrize(("number", "known_as"), [(17, "17"), (0, None), (-3, None)])
def test_what_a_person_writes_comes_with_its_number(number, known_as):
    user = {"id": 7, "is_bot": False, "first_name": "Ada"}
    chat = {"id": 7, "type": "private", "first_name": "Ada"}
    message = {"message_id": number, "date": 1_800_000_000, "chat": chat, "from": user, "text": "2"}
    (event,) = read_update({"update_id": 1, "message": message}, "123456").events
    assert event.message_id == known_as
