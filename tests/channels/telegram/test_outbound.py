"""What goes out to Telegram, and what is known when it does not arrive."""

from dataclasses import replace

import pytest

from bot.core.errors import MaybeSent, MessageRefused
from bot.core.messages import Address, Button, Document, Media, OutboundMessage
from bot.core.rich_text import Span, parse
from tests.channels.telegram.conftest import PNG
from tests.fakes.telegram_server import TelegramServer

ADA = Address("telegram", "7")
TEXT = OutboundMessage(ADA, parse("Wash **first**"), "en")
ROWS = ((Button("Next ▶", "c1:1:n"), Button("◀", "c1:1:b")), (Button("More", "c1:1:m"),))
PICTURE = replace(TEXT, picture=Media("tap.png", "A tap"))


@pytest.fixture(autouse=True)
def known(server: TelegramServer):
    return server.chat(7)


async def test_a_text_goes_out_as_one_quiet_call_without_preview(channel, server, known):
    receipt = await channel.send(replace(TEXT, rows=ROWS))
    assert len(server.calls) == 1
    shown = known.messages[0]
    assert (shown.text, shown.html, shown.silent) == ("Wash first", "Wash <b>first</b>", True)
    assert shown.labels() == [["Next ▶", "◀"], ["More"]]
    assert receipt.message_id == str(shown.id)
    assert server.called("sendMessage")[0]["link_preview_options"] == '{"is_disabled": true}'


async def test_a_reminder_rings(channel, known):
    await channel.send(replace(TEXT, silent=False))
    assert known.messages[0].silent is False


async def test_an_edit_changes_the_bubble_in_its_place(channel, server, known):
    first = await channel.send(replace(TEXT, rows=ROWS))
    again = await channel.send(OutboundMessage(ADA, parse("Then dry"), "en", replaces=first.message_id))
    assert again.message_id == first.message_id
    assert known.texts() == ["Then dry"]
    assert known.messages[0].keyboard == ()
    assert len(server.calls) == 2


async def test_to13_an_edit_that_changes_nothing_counts_as_done(channel, server, known):
    first = await channel.send(replace(TEXT, rows=ROWS))
    await channel.send(replace(TEXT, rows=ROWS, replaces=first.message_id))
    assert known.texts() == ["Wash first"]
    assert len(server.calls) == 2


@pytest.mark.parametrize("bubble", ["9999", "not a number", ""])
async def test_a_bubble_that_is_gone_is_sent_anew(channel, known, bubble):
    receipt = await channel.send(replace(TEXT, replaces=bubble))
    assert known.texts() == ["Wash first"]
    assert receipt.message_id == str(known.messages[0].id)


async def test_a_bubble_too_old_to_be_edited_is_sent_anew(channel, server, known):
    first = await channel.send(TEXT)
    server.script.add("editMessageText", ["400:Bad Request: message can't be edited"])
    await channel.send(OutboundMessage(ADA, parse("Then dry"), "en", replaces=first.message_id))
    assert known.texts() == ["Wash first", "Then dry"]


async def test_a_text_in_place_of_a_picture_is_sent_anew(channel, known):
    first = await channel.send(PICTURE)
    await channel.send(replace(TEXT, replaces=first.message_id))
    assert [bool(shown.photo) for shown in known.messages] == [True, False]


async def test_a_lost_answer_to_an_edit_is_not_followed_by_a_new_bubble(channel, server, known):
    first = await channel.send(TEXT)
    server.script.add("editMessageText", ["lost"])
    with pytest.raises(MaybeSent):
        await channel.send(OutboundMessage(ADA, parse("Then dry"), "en", replaces=first.message_id))
    assert known.texts() == ["Then dry"]


async def test_a_picture_is_uploaded_once_and_then_named(channel, server, known):
    first = await channel.send(PICTURE)
    assert server.chats.uploads[first.file_id].content == PNG
    assert server.chats.uploads[first.file_id].name == "tap.png"
    second = await channel.send(replace(PICTURE, picture=Media("tap.png", "A tap", first.file_id), rows=ROWS))
    assert second.file_id is None
    assert known.texts() == ["Wash first", "Wash first"]
    assert len(server.chats.uploads) == 1
    assert known.messages[1].labels() == [["Next ▶", "◀"], ["More"]]


async def test_to14_a_file_id_no_longer_valid_is_uploaded_again_once(channel, server, known):
    first = await channel.send(PICTURE)
    server.chats.forget_files()
    second = await channel.send(replace(PICTURE, picture=Media("tap.png", "A tap", first.file_id)))
    assert second.file_id not in {None, first.file_id}
    assert len(known.messages) == 2
    assert len(server.called("sendPhoto")) == 3


async def test_a_picture_refused_for_another_reason_is_not_sent_again(channel, server):
    server.script.add("sendPhoto", ["400:Bad Request: message caption is too long"])
    with pytest.raises(MessageRefused, match="caption is too long"):
        await channel.send(replace(PICTURE, picture=Media("tap.png", "A tap", "file-1")))
    assert len(server.called("sendPhoto")) == 1


@pytest.mark.parametrize("path", ["unknown.png", "not-there.png"])
async def test_a_missing_picture_does_not_cost_the_lesson(channel, known, path):
    await channel.send(replace(PICTURE, picture=Media(path, "A tap")))
    await channel.send(replace(PICTURE, picture=Media(path, "A <tap>"), text=()))
    assert known.texts() == ["Wash first", "A <tap>"]


async def test_a_file_that_is_no_picture_is_refused(make, server, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    channel = make()
    with pytest.raises(MessageRefused, match="image_process_failed"):
        await channel.send(replace(PICTURE, picture=Media("bad.png", "A tap")))
    await channel.close()


async def test_a_document_keeps_its_name_and_content(channel, server, known):
    document = Document("Zertifikat für Ada.pdf", "application/pdf", b"%PDF-1.7")
    await channel.send(replace(TEXT, document=document, rows=ROWS))
    upload = server.chats.uploads[known.messages[0].document]
    assert (upload.name, upload.content) == ("Zertifikat für Ada.pdf", b"%PDF-1.7")
    assert known.texts() == ["Wash first"]


async def test_ex3_a_name_cannot_break_out_of_its_header(channel, server, known):
    document = Document('../../x\r\nX-Evil: 1"\\.csv', "text/csv", b"a,b")
    await channel.send(replace(TEXT, document=document))
    assert server.chats.uploads[known.messages[0].document].name == ".._.._x__X-Evil: 1__.csv"


async def test_to12_nasty_words_are_shown_literally(channel, known):
    words = "<b> *_[ {} \u202e & &amp; </i>\nNext"
    await channel.send(OutboundMessage(ADA, (Span(words), Span("<u>", bold=True)), "en"))
    assert known.texts() == [words + "<u>"]


@pytest.mark.parametrize("token", ["", "x" * 65, "é" * 33])
async def test_a_token_too_long_for_a_button_is_refused_here(channel, server, token):
    with pytest.raises(MessageRefused):
        await channel.send(replace(TEXT, rows=((Button("Next", token),),)))
    assert server.calls == []


async def test_a_token_of_64_bytes_is_taken(channel, known):
    await channel.send(replace(TEXT, rows=((Button("Next", "é" * 32),),)))
    assert known.button("Next")[1] == "é" * 32
