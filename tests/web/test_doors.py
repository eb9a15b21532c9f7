"""Who may see the phones, and what every answer carries."""

import aiohttp
import pytest

from tests.web.serving import serving

PAGES = [
    "/",
    "/phone/amina",
    "/nothing",
    "/phone/nobody",
    "/static/nothing.css",
    "/static/page.css",
    "/healthz",
    "/readyz",
    "/media/../secret.png",
]
FORWARDED = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"]


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_carries_the_headers_that_keep_a_page_safe(client, path):
    async with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for rule in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "script-src 'self'"):
            assert rule in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"]
        assert "server" not in {name.lower() for name in answer.headers}


async def test_pages_and_errors_are_never_kept_by_a_cache(client):
    for path in ("/", "/phone/amina", "/nothing"):
        async with client.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"


async def test_a_failure_on_our_side_shows_nothing_of_our_inside(client, app, capsys):
    async def broken(names):
        raise RuntimeError("the words of Amina")

    app.kept = broken
    async with client.get("/") as answer:
        text = await answer.text()
        assert answer.status == 500
    assert "Something failed on our side" in text
    assert "not your mistake" in text
    assert "Amina" not in text
    assert "Traceback" not in text
    logged = capsys.readouterr().out
    assert "RuntimeError" in logged
    assert "Amina" not in logged


async def test_errors_are_a_page_for_people_and_a_problem_for_programs(client):
    async with client.get("/nothing?lang=en") as answer:
        assert answer.status == 404
        assert "There is nothing here" in await answer.text()
    async with client.get("/nothing", headers={"Accept": "application/json"}) as answer:
        assert answer.content_type == "application/problem+json"
        assert (await answer.json())["status"] == 404
    async with client.get("/phone/amina/messages") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"


async def test_a_cookie_of_8_kilobytes_is_refused(client):
    async with client.get("/", headers={"Cookie": "a=" + "x" * 8000}) as answer:
        assert answer.status == 400


async def test_a_path_of_70_kilobytes_gets_an_error_of_ours_or_of_the_server(url):
    async with aiohttp.ClientSession() as session, session.get(url + "/" + "x" * 70_000) as answer:
        assert 400 <= answer.status < 500


@pytest.mark.parametrize("name", FORWARDED)
@pytest.mark.parametrize("path", ["/", "/phone/amina", "/phone/amina/events", "/demo/kept"])
async def test_phones_are_closed_to_what_came_by_a_proxy(client, path, name):
    async with client.get(path, headers={name: "127.0.0.1"}) as answer:
        assert answer.status == 403
        assert "on the computer where it runs" in await answer.text()


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:1", "127.0.0.1", "a@localhost", "[::1", ""]
)
async def test_phones_are_closed_to_a_foreign_name_or_port(client, host):
    async with client.get("/", headers={"Host": host}) as answer:
        assert answer.status in {400, 403}


async def test_phones_are_open_to_this_computer_by_each_of_its_names(client, url):
    port = url.rpartition(":")[2]
    for name in ("localhost", "127.0.0.1", "[::1]"):
        async with client.get("/", headers={"Host": f"{name}:{port}"}) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("path", ["/phone/amina/messages", "/demo/worker", "/demo/again"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_another_sites_page_cannot_send_anything(client, app, path, headers):
    async with client.post(path, json={"text": "x"}, headers=headers) as answer:
        assert answer.status == 403
    assert app.accepted == []


async def test_a_browser_without_fetch_metadata_is_known_by_its_origin(url, app):
    message = {"phone": "amina", "id": "0123456789", "text": "1"}
    async with aiohttp.ClientSession() as session:
        for origin, status in ((url, 200), ("http://evil.example", 403), ("null", 403), ("", 403)):
            async with session.post(f"{url}/phone/amina/messages", json=message, headers={"Origin": origin}) as answer:
                assert answer.status == status
    assert len(app.accepted) == 1


async def test_without_a_demo_there_are_no_phones(media):
    from tests.web.fakes import FakeApp, Settings

    app = FakeApp(media, Settings(is_demo=False, public_url="https://lessons.example"))
    async with (
        serving(app) as url,
        aiohttp.ClientSession(url, headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}) as session,
    ):
        for path in ("/phone/amina", "/phone/amina/events", "/demo/kept"):
            async with session.get(path) as answer:
                assert answer.status == 404
        async with session.post("/phone/amina/messages", json={}) as answer:
            assert answer.status == 404
        async with session.get("/?join=7Q2KM4XW9B") as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "7Q2KM4XW9B" in text
            assert "Harbour Training" in text
            assert "max-age" in answer.headers["Strict-Transport-Security"]
        async with session.get('/?join="><script>') as answer:
            assert "<script>" not in await answer.text()


async def test_in_an_open_demo_each_visitor_sees_their_own_phones_alone(media):
    from tests.web.fakes import FakeApp, Settings

    app = FakeApp(media, Settings(demo_open=True, public_url="https://demo.example"))
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "203.0.113.9"}

    async def visit(session, cookie=None):
        extra = {"Cookie": cookie} if cookie else {}
        async with session.get("/", headers=extra) as answer:
            return await answer.text(), answer.headers.get("Set-Cookie", "")

    async with (
        serving(app) as url,
        aiohttp.ClientSession(url, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        first, given = await visit(session)
        assert "being prepared" in first
        assert app.demo.cohorts == {}, "who cannot keep a cookie makes no company"
        for attribute in ("HttpOnly", "SameSite=lax", "Secure"):
            assert attribute in given
        mine = given.partition(";")[0]
        _, given = await visit(session)
        other = given.partition(";")[0]
        assert mine != other
        assert "phone-amina-" in (await visit(session, mine))[0]
        await visit(session, other)
        own, foreign = (cohort.phones[0].id for cohort in app.demo.cohorts.values())
        for phone, status in ((own, 200), (foreign, 404)):
            async with session.get(f"/phone/{phone}", headers={"Cookie": mine}) as answer:
                assert answer.status == status
            message = {"phone": phone, "id": "0123456789", "text": "1"}
            async with session.post(f"/phone/{phone}/messages", json=message, headers={"Cookie": mine}) as answer:
                assert answer.status == status
        async with session.get(f"/phone/{own}+{foreign}/events", headers={"Cookie": mine}) as answer:
            assert answer.status == 404
        async with session.get(f"/phone/{own}") as answer:
            assert answer.status == 404
        _, given = await visit(session, "teabreak_demo=forged")
        assert given, "a cookie that is none of ours is replaced"
        assert not any("teabreak" in visitor or mine.partition("=")[2] in visitor for visitor in app.demo.cohorts)
