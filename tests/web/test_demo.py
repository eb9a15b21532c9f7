"""The demo page, what was kept, and what a machine asks."""

import pytest

from bot.core.events import Opened
from bot.web.pages import STATIC


async def test_the_page_shows_three_phones_with_name_role_channel_and_language(client):
    async with client.get("/?lang=en") as answer:
        html = await answer.text()
    for words in ("Amina", "worker", "Tomas", "owner", "Lerato", "trainer", "Telegram", "Demo on throw-away data"):
        assert words in html
    assert html.count('<option value="/language ar"') == 3
    assert "No message text is kept." in html
    assert "Step 5 of 5." in html


@pytest.mark.parametrize(
    ("address", "accepts", "language"),
    [
        ("/", "fr-CH, ar;q=0.9", "fr"),
        ("/", "xx, ar-EG;q=0.8, en;q=0.1", "ar"),
        ("/", "xx;q=nonsense", "en"),
        ("/", "", "en"),
        ("/?lang=ru", "fr", "ru"),
        ("/?lang=xx", "fr", "fr"),
    ],
)
async def test_the_language_of_the_page_is_asked_for_or_guessed(client, address, accepts, language):
    async with client.get(address, headers={"Accept-Language": accepts}) as answer:
        assert f'<html lang="{language}"' in await answer.text()
        assert answer.headers["Content-Language"] == language
        assert answer.headers["Vary"] == "Accept-Language"


async def test_an_arabic_page_is_mirrored_and_names_are_isolated(client):
    async with client.get("/?lang=ar") as answer:
        html = await answer.text()
    assert '<html lang="ar" dir="rtl">' in html
    assert "عرض ببيانات مؤقتة" in html
    assert "تعلّم مع <bdi>Amina</bdi>:" in html
    assert "\u2068" not in html.replace('aria-label="Language of \u2068', "").replace('"Chat of \u2068', "").replace(
        '"Message of \u2068', ""
    )


async def test_while_the_sample_is_made_the_page_says_so(client, app):
    app.demo.is_ready = False
    async with client.get("/?lang=en") as answer:
        html = await answer.text()
    assert "The sample is being prepared" in html
    assert 'http-equiv="refresh"' in html
    async with client.get("/demo/kept") as answer:
        assert answer.status == 202
    app.demo.is_ready = True
    async with client.get("/demo/kept") as answer:
        assert answer.status == 200


async def test_what_was_kept_is_told_in_counts_and_three_events(client, app):
    app.counts["unheard_of"] = 5
    async with client.get("/demo/kept?lang=en") as answer:
        html = await answer.text()
    assert "messages sent <b>38</b>" in html
    assert "unheard_of <b>5</b>" in html
    assert html.count('<th scope="row">') == 3
    assert "10:04:00" in html, "the hour of the sample's place"


async def test_a_new_worker_scans_the_poster_of_the_sample(client, app):
    async with client.post("/demo/worker?lang=en", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/?lang=en#phone-new3"
    (event,) = app.accepted
    assert event.address.id == "new3"
    assert event.content == Opened("7Q2KM4XW9B")
    async with client.get("/") as answer:
        assert 'id="phone-new3"' in await answer.text()


async def test_an_invitation_is_opened_on_a_new_phone_only_after_a_click(client, app):
    async with client.get("/?lang=en&join=ABCDEFGHJK") as answer:
        assert 'name="code" value="ABCDEFGHJK"' in await answer.text()
    assert app.accepted == []
    async with client.post("/demo/worker", data={"code": "ABCDEFGHJK"}, allow_redirects=False) as answer:
        assert answer.status == 303
    assert app.accepted[0].content == Opened("ABCDEFGHJK")
    async with client.post("/demo/worker", data={"code": "a b"}, allow_redirects=False) as answer:
        assert answer.status == 400


async def test_starting_again_gives_a_fresh_sample(client, app):
    async with client.post("/demo/worker") as answer:
        assert answer.status == 200
    async with client.post("/demo/again?lang=ar", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/?lang=ar"
    async with client.get("/") as answer:
        assert "phone-new3" not in await answer.text()


async def test_health_is_told_in_full_to_the_own_network_only(client, app):
    async with client.get("/healthz") as answer:
        assert answer.status == 200
        assert (await answer.json())["problems"] == ["content/x.md:3:1 E01 wrong → mend"]
    outside = {"X-Forwarded-For": "203.0.113.9"}
    async with client.get("/healthz", headers=outside) as answer:
        assert await answer.json() == {"status": "ok"}
    async with client.get("/readyz") as answer:
        assert answer.status == 200
        assert (await answer.json())["provider"] == "waits for its token"
    app.is_ready = False
    async with client.get("/readyz", headers=outside) as answer:
        assert answer.status == 503
        assert await answer.json() == {"ready": False}


async def test_metrics_are_for_the_own_network_only(client):
    async with client.get("/metrics") as answer:
        assert await answer.read() == b"teabreak_up 1\n"
    async with client.get("/metrics", headers={"Forwarded": "for=203.0.113.9"}) as answer:
        assert answer.status == 404


async def test_static_files_are_kept_for_long_under_an_address_that_changes_with_them(client):
    async with client.get("/?lang=en") as answer:
        html = await answer.text()
    for name in ("tokens.css", "page.css", "phone.css", "page.js", "phone.js", "favicon.svg", "mark-white.svg"):
        address = html.split(f"/static/{name}")[1].split('"')[0]
        async with client.get(f"/static/{name}{address}") as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]
    async with client.get("/static/page.css") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_no_page_holds_a_script_or_a_style_of_its_own():
    for template in (STATIC.parent / "templates").glob("*.html"):
        source = template.read_text(encoding="utf-8")
        assert " style=" not in source, template.name
        assert "<style" not in source, template.name
        assert " onclick" not in source, template.name
        assert "|safe" not in source.replace(" ", ""), template.name
        assert source.count("<script") == source.count('<script type="module" src='), template.name
