"""The phones by plain forms, as a page without a script sends them."""

import asyncio

from bot.core.events import Said, Tapped
from tests.web.talking import message


async def test_without_a_script_a_form_is_taken_and_the_page_comes_back_with_the_answer(client, app):
    async def answer_later(app, event):
        async def reply():
            await app.say("amina", "The answer")

        app.task = asyncio.create_task(reply())

    app.script = answer_later
    form = message(text="2", back="phone")
    async with client.post("/phone/amina/messages?lang=en", data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/phone/amina?lang=en"
    async with client.get("/phone/amina") as answer:
        assert "The answer" in await answer.text()
    assert app.accepted[0].content == Said("2")


async def test_without_a_script_the_page_comes_back_with_all_bubbles_of_an_answer(client, app):
    async def answer_in_parts(app, event):
        waiting = ["The picture", "The text below it"]
        app.delivery.is_idle = lambda: not waiting

        async def reply():
            while waiting:
                await asyncio.sleep(0.1)
                await app.say("amina", waiting[0])
                waiting.pop(0)

        app.task = asyncio.create_task(reply())

    app.script = answer_in_parts
    async with client.post("/phone/amina/messages?lang=en", data=message(token="t1", back="phone")) as answer:
        html = await answer.text()
    assert "The picture" in html
    assert "The text below it" in html


async def test_without_a_script_a_tap_that_leads_to_no_message_brings_the_page_back_at_once(client, app):
    app.replies = 0
    async with asyncio.timeout(1):
        async with client.post("/phone/amina/messages", data=message(token="here", back="phone")) as answer:
            assert answer.status == 200


async def test_a_form_of_the_page_goes_back_to_its_phone_and_an_empty_one_sends_nothing(client, app):
    for form in (message(text=" "), message(text="", back="https://evil.example")):
        async with client.post("/phone/amina/messages?lang=ar", data=form, allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/?lang=ar#phone-amina"
    assert app.accepted == []


async def test_a_button_of_a_form_is_a_tap(client, app):
    async def answer_at_once(app, event):
        await app.say("amina", "Good.")

    app.script = answer_at_once
    form = message(token="t1", message="1", back="page")
    async with client.post("/phone/amina/messages", data=form, allow_redirects=False) as answer:
        assert answer.status == 303
    assert app.accepted[0].content == Tapped("t1", "1")
