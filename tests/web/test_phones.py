"""The phones over real HTTP: pages, messages, streams, files."""

import asyncio
import re

import pytest

from bot.core.events import Opened, Said, Tapped
from bot.core.messages import Document
from tests.web.talking import ID, bubble, message, sent, streaming


async def test_a_phone_page_shows_its_chat_in_the_direction_of_each_bubble(client, app):
    await app.say("amina", "**Question 1**\nWhich?\n\n**1**  One.", rows=((("1", "t1"),),))
    await app.say("amina", "**الحادث** وشيك", language="ar")
    async with client.get("/phone/amina?lang=en") as answer:
        html = await answer.text()
        assert answer.status == 200
    assert '<html lang="en" dir="ltr">' in html
    assert 'dir="rtl" lang="ar"' in html
    assert '<div class="phone" dir="rtl">' in html, "the frame follows the newest words"
    assert '<button name="token" value="t1">1</button>' in html
    assert re.search(r'<p class="item"><b>1</b>\s*<span>One\.</span></p>', html)


async def test_nasty_words_and_names_break_nothing(client, app):
    nasty = "<script>alert(1)</script> \"' & {{ 7*7 }} \u202egnp"
    await app.say("amina", nasty, rows=(((nasty[:60], "t"),),))
    await sent(client, text=nasty)
    async with client.get("/phone/amina") as answer:
        html = await answer.text()
    assert "<script>alert" not in html
    assert "{{ 7*7 }}" in html
    assert html.count("&lt;script&gt;") == 3


async def test_an_unknown_phone_is_not_there(client):
    for path in ("/phone/nobody", "/phone/nobody/events", "/phone/nobody/files/1", "/phone/%00", "/phone/a%2fb"):
        async with client.get(path) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        ({"text": "2"}, Said("2")),
        ({"token": "abc", "message": "1"}, Tapped("abc", "1")),
        ({"start": "7Q2KM4XW9B"}, Opened("7Q2KM4XW9B")),
    ],
)
async def test_what_is_sent_becomes_an_event(client, app, fields, content):
    async with client.post("/phone/amina/messages", json=message(**fields)) as answer:
        assert answer.status == 200
    assert [(event.key, event.content) for event in app.accepted] == [(f"webphone:amina:{ID}", content)]


async def test_a_message_sent_again_stands_once_in_the_chat(client, app):
    for _ in range(2):
        await sent(client, text="only once")
    async with client.get("/phone/amina") as answer:
        assert (await answer.text()).count("only once") == 1


@pytest.mark.parametrize("fields", [{}, {"text": ""}, {"text": 1}, {"text": "x", "other": 1}, {"token": "x" * 65}])
async def test_a_message_of_another_form_is_refused(client, app, fields):
    async with client.post("/phone/amina/messages", json=message(**fields)) as answer:
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"
    assert app.accepted == []


async def test_a_message_for_another_phone_is_refused(client, app):
    async with client.post("/phone/tomas/messages", json=message(text="1")) as answer:
        assert answer.status == 404
    assert app.accepted == []


async def test_a_message_that_is_too_long_to_read_is_refused(client):
    async with client.post("/phone/amina/messages", json=message(text="x" * 40_000)) as answer:
        assert answer.status == 413


async def test_a_message_that_could_not_be_committed_is_to_be_sent_again(client, app):
    app.can_commit = False
    async with client.post("/phone/amina/messages", json=message(text="1")) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"]


async def test_the_stream_brings_own_words_then_the_sign_of_writing_then_the_answer(client, app):
    async with streaming(client, "/phone/amina/events?lang=en") as following:
        await sent(client, text="Good morning")
        kind, id_, data = await following()
        assert (kind, id_) == ("bubble", "1")
        assert data["own"]
        assert data["key"] == ID
        assert "Good morning" in data["html"]
        assert await following() == ("writing", None, {"phone": "amina", "writing": True})
        await app.say("amina", "Hello", rows=((("Next", "n"),),))
        assert (await following())[0] == "frame"
        kind, id_, data = await following()
        assert (kind, id_, data["key"], data["own"]) == ("bubble", "2", "2", False)
        assert (await following())[2]["writing"] is False
        await app.say("amina", "Hello again", replaces="2")
        kind, id_, data = await following()
        assert (id_, data["key"]) == ("3", "2")
        assert "Next" not in data["html"]


async def test_a_stream_goes_on_where_it_broke_off(client, app):
    for text in ("one", "two", "three"):
        await app.say("amina", text)
    async with streaming(client, "/phone/amina/events", **{"Last-Event-ID": "2"}) as following:
        assert "three" in (await bubble(following))[2]["html"]
    async with streaming(client, "/phone/amina/events?after=1") as following:
        assert "two" in (await bubble(following))[2]["html"]
    async with streaming(client, "/phone/amina/events?after=nonsense") as following:
        assert "one" in (await bubble(following))[2]["html"]


async def test_one_stream_serves_several_phones_and_knows_where_each_of_them_stands(client, app):
    await app.say("amina", "one")
    await app.say("tomas", "two")
    async with streaming(client, "/phone/amina+tomas+lerato/events?after=1%2B0%2B0") as following:
        _, id_, data = await bubble(following)
        assert (id_, data["phone"]) == ("1+2+0", "tomas")
        await app.say("lerato", "three")
        _, id_, data = await bubble(following)
        assert (id_, data["phone"]) == ("1+2+3", "lerato")
    async with streaming(client, "/phone/amina+tomas+lerato/events", **{"Last-Event-ID": "1+2+0"}) as following:
        assert (await bubble(following))[2]["phone"] == "lerato"


async def test_a_stream_ends_with_the_server_and_is_not_opened_again(client, app):
    async with client.get("/phone/amina/events") as answer:
        app.is_stopping = True
        await app.webphone.close()
        await asyncio.wait_for(answer.content.read(), 5)
    async with client.get("/phone/amina/events") as answer:
        assert answer.status == 503
    assert app.webphone.streams == 0


async def test_a_file_can_be_fetched_once_it_was_sent_and_is_gone_after_a_restart(client, app):
    name = 'my "data" بيانات.json'
    await app.say("amina", "Your data.", document=Document(name, "application/json", b"{}"))
    async with client.get("/phone/amina") as answer:
        assert 'href="/phone/amina/files/1"' in await answer.text()
    async with client.get("/phone/amina/files/1") as answer:
        assert await answer.read() == b"{}"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''my%20%22data%22%20")
        assert answer.headers["Cache-Control"] == "no-store"
    await app.webphone.close()
    for path in ("/phone/amina/files/1", "/phone/tomas/files/1"):
        async with client.get(path) as answer:
            assert answer.status == 404


async def test_pictures_come_in_the_form_of_the_language_and_from_their_folder_alone(client, app):
    async with client.get("/media/safety/media/box.png?lang=ar") as answer:
        assert answer.status == 200
        assert answer.content_type == "image/png"
        assert (await answer.read()).endswith(b"ar/safety/media/box.png")
        assert "max-age" in answer.headers["Cache-Control"]
        assert answer.headers["ETag"]
    for path in (
        "safety/media/drawing.svg",
        "safety/media/none.png",
        "..%2fsecret.png",
        "%2e%2e/secret.png",
        "safety/media/..%2f..%2f..%2f..%2fsecret.png",
        "/etc/passwd",
        "safety/media/box.png%00.png",
        "safety",
        "x" * 300 + ".png",
    ):
        async with client.get(f"/media/{path}") as answer:
            assert answer.status == 404, path


async def test_a_phone_that_was_emptied_is_empty_on_the_stream_and_on_the_page(client, app):
    await app.say("amina", "A lesson about something")
    await sent(client, text="my own words")
    async with streaming(client, "/phone/amina/events") as following:
        await bubble(following)
        await bubble(following)
        await app.say("amina", "", takes_back=("1",))
        while (event := await following())[0] != "emptied":
            pass
        assert event[2] == {"phone": "amina"}
        assert event[1] == "3"
        await app.say("amina", "Tea break.")
        assert "Tea break." in (await bubble(following))[2]["html"]
    async with streaming(client, "/phone/amina/events", **{"Last-Event-ID": "1"}) as following:
        while (event := await following())[0] == "frame":
            pass
        assert event[0] == "emptied", "who was away meanwhile hears it too"
    async with client.get("/phone/amina") as answer:
        html = await answer.text()
    assert "Tea break." in html
    assert "A lesson" not in html
    assert "my own words" not in html
