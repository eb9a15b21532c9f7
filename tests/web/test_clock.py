"""The clock of the demo page: what its buttons say, and who may press them."""

import re
from datetime import timedelta

import aiohttp
import pytest

from bot.service.demo_clock import Move
from tests.web.fakes import START, FakeApp, Settings
from tests.web.serving import serving

SAME_PAGE = {"allow_redirects": False}


async def page(client, path="/?lang=en"):
    """Return the page without what isolates its values."""
    async with client.get(path) as answer:
        return re.sub("</?bdi>", "", " ".join((await answer.text()).split()))


async def test_the_clock_shows_day_and_time_where_the_phones_are_and_says_where_each_button_leads(client):
    html = await page(client)
    assert "<h2>Tuesday 10:04</h2>" in html
    assert "Today is 9 June 2026. What is due on the way comes at its own time." in html
    assert "The clock goes to 07:00 on Wednesday." in html
    assert "The clock goes to 07:00 on Tuesday, 16 June 2026." in html
    assert "All visitors of this demo share" not in html


async def test_without_anything_due_the_first_button_is_off_and_says_what_to_do(client):
    html = await page(client)
    assert '<button name="move" value="next" disabled>' in html
    assert "Nothing is due. Choose an hour on a phone, after its first lesson." in html
    assert html.count(" disabled>") == 1


@pytest.mark.parametrize(
    ("ahead", "phones", "words"),
    [
        (timedelta(hours=5), ("amina",), "A message for Amina, today at 15:04."),
        (timedelta(days=1), ("amina",), "A message for Amina, tomorrow at"),
        (timedelta(days=3), ("amina",), "A message for Amina, on Friday at"),
        (timedelta(days=3), ("amina", "tomas"), "Messages for Amina and 1 other, on Friday at"),
        (timedelta(days=3), ("amina", "tomas", "lerato"), "and 2 others, on Friday at"),
    ],
)
async def test_the_first_button_says_for_whom_the_next_message_is_and_when(client, app, ahead, phones, words):
    app.demo.next_at, app.demo.writes_to = START + ahead, phones
    html = await page(client)
    assert words in html
    assert f'data-leads-to="{" ".join(phones)}"' in html
    assert " disabled>" not in html


async def test_a_message_far_off_is_told_by_its_date(client, app):
    app.demo.next_at, app.demo.writes_to = START + timedelta(days=9), ("amina",)
    assert "A message for Amina, on 18 June 2026 at 10:04." in await page(client)


@pytest.mark.parametrize("move", ["next", "tomorrow", "week"])
async def test_a_form_moves_the_clock_and_comes_back_to_the_page(client, app, move):
    async with client.post("/demo/clock?lang=ar", data={"move": move, "seen": "0"}, **SAME_PAGE) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/?lang=ar#clock"
    assert app.demo.moved == [("local", Move(move), "0")]


async def test_a_script_gets_the_clock_as_it_is_now(client, app):
    async with client.post("/demo/clock?lang=en", json={"move": "tomorrow"}) as answer:
        assert answer.status == 200
        html = await answer.text()
    assert "Wednesday" in html
    assert "<html" not in html
    assert app.demo.moved == [("local", Move.TOMORROW, None)]


async def test_the_clock_comes_with_what_was_kept_so_that_every_page_follows(client, app):
    app.demo.now += timedelta(days=2)
    async with client.get("/demo/kept?lang=en") as answer:
        html = await answer.text()
    assert "clock-face" in html
    assert "Thursday" in html


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"move": "back"}', '{"move": 1}', '{"move": "week", "seen": 3}', "\xff"]
)
async def test_what_is_no_move_is_refused(client, app, body):
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": kind}
        async with client.post("/demo/clock", data=body.encode("latin-1"), headers=headers, **SAME_PAGE) as answer:
            assert answer.status == 400
    assert app.demo.moved == []


async def test_a_long_body_is_refused(client, app):
    async with client.post("/demo/clock", data={"move": "week" * 100}) as answer:
        assert answer.status == 413
    assert app.demo.moved == []


async def test_the_clock_is_moved_by_post_from_the_own_page_only(url, app):
    async with aiohttp.ClientSession(url) as session:
        async with session.get("/demo/clock") as answer:
            assert answer.status == 405
            assert answer.headers["Allow"] == "POST"
        for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            async with session.post("/demo/clock", data={"move": "week"}, headers=headers) as answer:
                assert answer.status == 403
        own = {"Origin": url}
        async with session.post("/demo/clock", data={"move": "week"}, headers=own, **SAME_PAGE) as answer:
            assert answer.status == 303
    assert len(app.demo.moved) == 1


async def test_a_bot_with_real_people_has_no_clock_to_move(media):
    async with serving(FakeApp(media, settings=Settings(is_demo=False))) as url, aiohttp.ClientSession(url) as session:
        own = {"Sec-Fetch-Site": "same-origin"}
        async with session.post("/demo/clock", data={"move": "week"}, headers=own) as answer:
            assert answer.status == 404


async def test_an_open_demo_says_that_its_clock_is_shared_and_moves_it_for_known_visitors_only(media):
    app = FakeApp(media, settings=Settings(demo_open=True))
    own = {"Sec-Fetch-Site": "same-origin"}
    async with (
        serving(app) as url,
        aiohttp.ClientSession(url, headers=own, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        async with session.post("/demo/clock", data={"move": "week"}) as answer:
            assert answer.status == 404
        assert "The sample is being prepared" in await page(session)
        assert "All visitors of this demo share this clock." in await page(session)
        async with session.post("/demo/clock", data={"move": "week"}, **SAME_PAGE) as answer:
            assert answer.status == 303
    assert len(app.demo.moved) == 1


async def test_while_the_sample_is_made_there_is_no_clock_yet(client, app):
    app.demo.is_ready = False
    async with client.post("/demo/clock?lang=en", json={"move": "week"}, **SAME_PAGE) as answer:
        assert answer.status == 303
