"""What stands around a chat: words in the language of its person, and the sign of writing."""

import json

from tests.web.talking import bubble, message, sent, streaming


async def test_what_stands_around_a_chat_comes_ahead_of_the_first_bubble_in_a_new_language(client, app):
    async with streaming(client, "/phone/amina/events?lang=en") as following:
        await app.say("amina", "Hello")
        await bubble(following)
        await app.say("amina", "Hello again")
        assert (await following())[0] == "bubble", "nothing has changed around it"
        await app.say("amina", "اللغة هي العربية الآن.", language="ar")
        kind, id_, data = await following()
        assert (kind, id_) == ("frame", None), "it must not be where a broken stream goes on"
        assert (data["phone"], data["language"], data["direction"]) == ("amina", "ar", "rtl")
        assert data["words"] == {
            "message": "رسالة",
            "send": "إرسال",
            "writing": "يكتب الآن",
            "offline": "في انتظار الاتصال",
            "about": "السلامة والصحة في العمل",
        }
        assert (await following())[0] == "bubble"


async def test_a_lesson_in_another_language_leaves_what_stands_around_it_as_the_person_speaks(client, app):
    app.store.speak["amina"] = "ar"
    card = "**ليس بلغتك بعد.**\nTwo cups of tea.\n**•**  Milk.\n**•**  سكر."
    rows = ((("1/6", "here"), ("التالي ◀", "forward")),)
    async with streaming(client, "/phone/amina/events?lang=en") as following:
        await app.say("amina", "مرحبًا", language="ar")
        await bubble(following)
        await app.say("amina", card, rows=rows)
        kind, _, data = await following()
        assert kind == "bubble"
    async with client.get("/phone/amina?lang=en") as answer:
        html = await answer.text()
    assert '<div class="phone" dir="rtl">' in html
    assert 'placeholder="رسالة"' in html
    for shown in (html, data["html"]):
        assert '<li class="bubble from-bot" data-key="2" data-day="2026-06-09" dir="ltr" lang="en">' in shown
        assert '<p dir="rtl" lang="ar"><strong>ليس بلغتك بعد.</strong></p>' in shown
        assert "<p>Two cups of tea.</p>" in shown
        assert '<p class="item"><b>•</b>' in shown
        assert '<p class="item" dir="rtl" lang="ar"><b>•</b>' in shown
        assert '<form class="options" lang="ar" dir="rtl"' in shown


async def test_what_leads_to_no_message_ends_the_sign_of_writing_at_once(client, app):
    app.replies = 0
    async with streaming(client, "/phone/amina/events?lang=en") as following:
        await sent(client, text="Silence")
        assert (await following())[0] == "bubble"
        assert not app.webphone.is_writing("amina")
        app.replies = 1
        await sent(client, id="another-message", token="t1")
        assert await following() == ("writing", None, {"phone": "amina", "writing": True})
        await sent(client, id="another-message", token="t1")
        assert await following() == ("writing", None, {"phone": "amina", "writing": False}), "it was taken before"


async def test_a_tap_without_an_answer_does_not_end_the_sign_of_a_later_one(app):
    first, second = (
        app.webphone.parse({}, json.dumps(message(id=f"message-{name}", token=name)).encode()).events[0]
        for name in ("first", "second")
    )
    await app.webphone.heard(first)
    await app.webphone.heard(second)
    app.webphone.nothing_follows(first)
    assert app.webphone.is_writing("amina")
    app.webphone.nothing_follows(second)
    assert not app.webphone.is_writing("amina")


async def test_what_could_not_be_committed_ends_the_sign_of_writing(client, app):
    app.can_commit = False
    async with client.post("/phone/amina/messages", json=message(text="1")) as answer:
        assert answer.status == 503
    assert not app.webphone.is_writing("amina")
