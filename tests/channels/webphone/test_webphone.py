import asyncio
import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.webphone import Webphone, make, shown
from bot.core.errors import DeliveryFailed, NotCommitted, NotSent, RequestRefused
from bot.core.events import Opened, Said, Tapped
from bot.core.messages import Address, Button, Document, Media, OutboundMessage
from bot.core.rich_text import Span
from bot.ports import ChannelParts
from bot.settings import read_settings
from bot.web.bubbles import standing
from tests.web.fakes import KeptBubbles, Ticking

ADDRESS = Address("webphone", "amina")


def made() -> tuple[Webphone, KeptBubbles]:
    bubbles = KeptBubbles()
    return Webphone(bubbles=bubbles, clock=Ticking()), bubbles


def body(**fields: Any) -> bytes:
    return json.dumps({"phone": "amina", "id": "0123456789abcdef", **fields}).encode()


def parsed(headers: dict[str, str] | None = None, **fields: Any) -> Any:
    (event,) = made()[0].parse(headers or {}, body(**fields)).events
    return event


def message(text: str = "Hello", **more: Any) -> OutboundMessage:
    return OutboundMessage(address=ADDRESS, text=(Span(text),), language="en", **more)


def test_words_become_an_event_whose_key_is_the_phone_and_the_pages_own_id():
    event = parsed({"accept-language": "ar-EG,en;q=0.5"}, text="2")
    assert event.key == "webphone:amina:0123456789abcdef"
    assert event.address == ADDRESS
    assert event.content == Said("2")
    assert event.language_hint == "ar-EG"


def test_a_tap_says_which_bubble_it_was_on():
    assert parsed(token="abc", message="17").content == Tapped("abc", "17")
    assert parsed(token="abc").content == Tapped("abc")


def test_a_poster_that_was_scanned_opens_the_chat():
    assert parsed(start="7Q2KM4XW9B").content == Opened("7Q2KM4XW9B")


def test_what_cannot_be_stored_is_replaced_and_long_words_are_cut():
    assert parsed(text="a\x00b\ud800c😀").content == Said("a\ufffdb\ufffdc😀")
    assert parsed(text="x" * 5000).content == Said("x" * 4096)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"nothing",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"phone": ' + b"9" * 10_000 + b"}",
        body(),
        body(text=""),
        body(text="  "),
        body(text=3),
        body(text="a", token="b"),
        body(text="a", extra=1),
        body(token="x" * 65),
        body(token="é" * 33),
        body(token="\ud800"),
        body(token="a", message="one"),
        body(token="a", message=1),
        body(start="a b"),
        body(start="x" * 65),
        json.dumps({"phone": "amina", "text": "a"}).encode(),
        json.dumps({"phone": "../x", "id": "0123456789", "text": "a"}).encode(),
        json.dumps({"phone": "amina", "id": "a b c d e f", "text": "a"}).encode(),
    ],
)
def test_a_request_of_another_form_is_refused_with_400(wrong):
    with pytest.raises(RequestRefused) as refused:
        made()[0].parse({}, wrong)
    assert refused.value.status == 400


JSON = st.recursive(
    st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.binary(max_size=200) | JSON.map(lambda found: json.dumps(found).encode()))
def test_no_body_whatever_does_more_than_be_refused(wild):
    with contextlib.suppress(RequestRefused):
        assert made()[0].parse({}, wild).events


async def test_a_message_is_kept_whole_and_its_number_is_the_receipt():
    webphone, bubbles = made()
    receipt = await webphone.send(
        OutboundMessage(
            address=ADDRESS,
            text=(Span("Bold", bold=True), Span(" and plain")),
            language="ar",
            rtl=True,
            rows=((Button("1", "tok1"), Button("2", "tok2")),),
            picture=Media("safety/media/near-miss.png", "A box falls."),
        )
    )
    assert receipt.message_id == "1"
    (bubble,) = await webphone.since("amina", 0)
    assert bubble.number == bubble.id == 1
    assert not bubble.is_own
    assert bubble.text == (Span("Bold", bold=True), Span(" and plain"))
    assert bubble.rows == ((Button("1", "tok1"), Button("2", "tok2")),)
    assert bubble.picture == ("/media/safety/media/near-miss.png?lang=ar", "A box falls.")
    assert (bubble.language, bubble.rtl) == ("ar", True)
    assert shown(bubbles.rows[0]).sent_at == bubbles.rows[0].sent_at


async def test_an_edit_is_a_new_change_of_the_same_bubble():
    webphone, _ = made()
    first = await webphone.send(message("Before"))
    await webphone.send(message("Between"))
    edited = await webphone.send(message("After", replaces=first.message_id))
    assert edited.message_id == first.message_id
    assert [(change.id, change.number) for change in await webphone.since("amina", 0)] == [(1, 1), (2, 2), (3, 1)]


async def test_an_edit_of_what_is_no_bubble_is_sent_anew():
    webphone, _ = made()
    assert (await webphone.send(message(replaces="telegram-17"))).message_id == "1"


async def test_a_file_is_named_in_the_bubble_and_kept_in_memory_only():
    webphone, bubbles = made()
    file = Document("my-data.json", "application/json", b"secret content")
    await webphone.send(message(document=file))
    assert webphone.document("amina", 1) is file
    assert webphone.document("tomas", 1) is None
    assert "secret content" not in bubbles.rows[0].content
    assert (await webphone.since("amina", 0))[0].document == "my-data.json"
    await webphone.close()
    assert webphone.document("amina", 1) is None


async def test_only_the_newest_files_stay_in_memory():
    webphone, _ = made()
    for number in range(40):
        await webphone.send(message(document=Document(f"{number}.txt", "text/plain", b"x")))
    assert webphone.document("amina", 8) is None
    assert webphone.document("amina", 9) is not None


async def test_own_words_are_shown_and_the_answer_is_being_written_until_it_comes():
    webphone, _ = made()
    await webphone.heard(parsed(text="Good morning"))
    (own,) = await webphone.since("amina", 0)
    assert own.is_own
    assert own.client == "0123456789abcdef"
    assert own.text == (Span("Good morning"),)
    assert webphone.is_writing("amina")
    await webphone.send(message())
    assert not webphone.is_writing("amina")


async def test_what_is_not_answered_is_not_being_written_for_ever():
    clock = Ticking()
    webphone = Webphone(bubbles=KeptBubbles(), clock=clock)
    await webphone.heard(parsed(token="abc"))
    clock.seconds = 5
    assert webphone.is_writing("amina")
    clock.seconds = 6
    assert not webphone.is_writing("amina")


async def test_a_tap_makes_no_bubble_of_its_own():
    webphone, _ = made()
    await webphone.heard(parsed(token="abc"))
    assert await webphone.since("amina", 0) == []
    assert webphone.is_writing("amina")


async def test_who_listens_wakes_for_their_own_phones_alone():
    webphone, _ = made()
    with webphone.listening(["amina", "tomas"]) as news, webphone.listening(["lerato"]) as other:
        assert webphone.streams == 2
        waiter = asyncio.create_task(news.wait())
        await webphone.send(message())
        await waiter
        assert not other.is_set()
        await webphone.close()
        assert other.is_set()
    assert webphone.streams == 0


async def test_a_phone_that_is_emptied_keeps_nothing_of_either_side_and_no_file():
    webphone, bubbles = made()
    await webphone.heard(parsed(text="my boss shouts"))
    await webphone.send(message("A lesson", document=Document("my-data.json", "application/json", b"x")))
    await webphone.send(OutboundMessage(Address("webphone", "tomas"), (Span("Another phone"),), "en"))
    receipt = await webphone.send(replace(message(), text=(), takes_back=("1", "2")))
    assert receipt.message_id is None
    (marker,) = await webphone.since("amina", 0)
    assert marker.empties
    assert standing([marker]) == []
    kept = " ".join(row.content for row in bubbles.rows)
    assert "boss" not in kept
    assert "A lesson" not in kept
    assert "Another phone" in kept
    assert webphone.document("amina", 2) is None
    await webphone.send(message("Tea break."))
    assert [one.text for one in standing(await webphone.since("amina", 0))] == [(Span("Tea break."),)]


async def test_who_listens_wakes_when_a_phone_is_emptied():
    webphone, _ = made()
    with webphone.listening(["amina"]) as news:
        await webphone.send(replace(message(), text=(), takes_back=("1",)))
        assert news.is_set()


class Failing(KeptBubbles):
    async def add(self, phone, content, sent_at):
        raise NotCommitted("The database is away.")


async def test_a_bubble_that_could_not_be_kept_was_not_sent():
    with pytest.raises(NotSent) as failed:
        await Webphone(bubbles=Failing(), clock=Ticking()).send(message("my words"))
    assert isinstance(failed.value, DeliveryFailed)
    assert "my words" not in str(failed.value)
    with pytest.raises(NotSent):
        await Webphone(bubbles=Failing(), clock=Ticking()).send(message(takes_back=("1",)))


async def test_the_channel_waits_for_nothing():
    webphone, _ = made()
    await webphone.listen(None)
    await webphone.noticed(parsed(token="abc"))
    assert webphone.waiting_for() is None
    assert webphone.features.invite_link == "/?join={code}"
    assert webphone.features.editing


def test_invitations_open_the_page_that_this_process_serves(tmp_path):
    parts = ChannelParts(Ticking(), None, KeptBubbles(), None, (), None, {})
    alone = make(read_settings({}, tmp_path / "none"), parts)
    assert alone.features.invite_link == "http://localhost:8080/?join={code}"
    public = {"PUBLIC_URL": "https://demo.example/", "SECRET_KEY": "x" * 32}
    assert (
        make(read_settings(public, tmp_path / "none"), parts).features.invite_link
        == "https://demo.example/?join={code}"
    )
