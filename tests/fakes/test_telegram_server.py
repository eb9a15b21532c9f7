"""The fake Bot API keeps Telegram's rules, so that what passes here would pass there."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.telegram_rules import Refused, parse_html, read_keyboard, read_text
from tests.fakes.telegram_server import TOKEN, TelegramServer

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(retry_unit=0.01) as server:
        yield server


async def call(server: TelegramServer, method: str, **fields: Any) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/bot{TOKEN}/{method}", json=fields) as response,
    ):
        answer = await response.json()
        return response.status, answer.get("result", answer.get("description"))


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.001)


class Hook:
    """A web server of a bot that answers as it is told, and then with 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.retry_after: str | None = None
        self.taken: list[tuple[int, str]] = []
        self.secrets: set[str | None] = set()

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.add(request.headers.get(SECRET_HEADER))
        message = (await request.json())["message"]
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.taken.append((message["chat"]["id"], message["text"]))
        return web.Response(status=status, headers={"Retry-After": self.retry_after} if self.retry_after else {})


@pytest.fixture
async def hook(server: TelegramServer) -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await call(server, "setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s3cret")
    yield hook
    await server.updates.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("a<b>b</b>", "ab"),
        ("<b><i>x</i></b>", "x"),
        ("<i>x</>", "x"),
        ("&lt;b&gt; &amp;amp; &quot;", '<b> &amp; "'),
        ("&#60;&#x3e;&nbsp; & &&", "<>&nbsp; & &&"),
        ('<a href="https://x">y</a>', "y"),
        ("&#0;&#55296;", "&#0;&#55296;"),
    ],
)
def test_html_is_read(html, shown):
    assert parse_html(html) == shown


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<", "Unclosed start tag at byte offset 0"),
        ("é<b", "Unclosed start tag at byte offset 2"),
        ("<q>x</q>", "Unsupported start tag"),
        ("<b>x", "Can't find end tag"),
        ("x</b>", "Unexpected end tag"),
        ("<b>x</i>", "Unmatched end tag"),
        ("1 < 2 > 1", "Unsupported start tag"),
    ],
)
def test_html_that_telegram_does_not_know_is_refused(html, reason):
    with pytest.raises(Refused, match="can't parse entities") as refused:
        parse_html(html)
    assert reason in refused.value.description
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("text", "", "message text is empty"),
        ("text", " \n ", "message text is empty"),
        ("text", "<b></b>", "message text is empty"),
        ("text", "x" * 4097, "message is too long"),
        ("text", "😀" * 2049, "message is too long"),
        ("text", "<b>x</b>" * 4096 + "y" * 1, "text is too long"),
        ("text", "\ud800", "encoded in UTF-8"),
        ("caption", "x" * 1025, "message caption is too long"),
    ],
)
def test_a_text_out_of_bounds_is_refused(name, text, reason):
    with pytest.raises(Refused, match=reason):
        read_text({name: text, "parse_mode": "HTML"}, name)


@pytest.mark.parametrize("text", ["x" * 4096, "😀" * 2048, "&amp;" * 4096, "<b>" + "x" * 4096 + "</b>"])
def test_a_text_is_measured_as_it_is_shown(text):
    assert read_text({"text": text, "parse_mode": "HTML"}, "text")


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "x", "callback_data": "y" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "BUTTON_DATA_INVALID"),
        ({"text": " ", "callback_data": "y"}, "Text buttons are unallowed"),
    ],
)
def test_a_button_out_of_bounds_is_refused(button, reason):
    with pytest.raises(Refused, match=reason):
        read_keyboard({"reply_markup": json.dumps({"inline_keyboard": [[button]]})})


async def test_who_never_wrote_cannot_be_written_to(server):
    assert await call(server, "sendMessage", chat_id=7, text="hi") == (400, "Bad Request: chat not found")
    await server.people.says(7, "/start")
    assert (await call(server, "sendMessage", chat_id=7, text="hi"))[0] == 200
    server.chat(7).is_deactivated = True
    assert await call(server, "sendMessage", chat_id=7, text="hi") == (403, "Forbidden: user is deactivated")


async def test_an_unknown_method_and_a_wrong_token_are_refused(server):
    assert await call(server, "sendTeapot") == (404, "Not Found")
    server.token = "654321:other"
    assert await call(server, "getMe") == (401, "Unauthorized")


async def test_an_update_is_given_until_an_offset_confirms_it(server):
    first = await server.people.says(7, "a")
    await server.people.says(7, "b")
    for _ in range(2):
        assert [update["message"]["text"] for update in (await call(server, "getUpdates"))[1]] == ["a", "b"]
    assert len((await call(server, "getUpdates", offset=first + 1))[1]) == 1
    assert len((await call(server, "getUpdates"))[1]) == 1


async def test_an_offset_far_in_the_future_confirms_nothing_and_a_near_one_loses_lower_ids(server):
    await server.people.says(7, "a", update_id=100)
    assert len((await call(server, "getUpdates", offset=5_000))[1]) == 1
    assert (await call(server, "getUpdates", offset=105))[1] == []
    assert (await call(server, "getUpdates"))[1] == []


async def test_a_second_poll_ends_the_first(server):
    first = asyncio.create_task(call(server, "getUpdates", timeout=25))
    await until(lambda: server.calls)
    second = asyncio.create_task(call(server, "getUpdates", timeout=25))
    status, description = await first
    assert (status, "terminated by other getUpdates" in description) == (409, True)
    await server.people.says(7, "a")
    assert (await second)[0] == 200


async def test_a_poll_that_finds_nothing_ends_empty(server):
    assert await call(server, "getUpdates", timeout=0) == (200, [])


async def test_a_webhook_is_told_the_secret_and_ends_polling(server, hook):
    await server.people.says(7, "a")
    await server.updates.delivered()
    assert hook.secrets == {"s3cret"}
    assert hook.taken == [(7, "a")]
    assert (await call(server, "getUpdates"))[0] == 409
    info = (await call(server, "getWebhookInfo"))[1]
    assert "s3cret" not in str(info)


async def test_a_webhook_that_fails_keeps_back_its_chat_and_no_other(server, hook):
    hook.answers = [503, 503]
    await server.people.says(7, "a")
    await server.people.says(7, "b")
    await until(lambda: server.updates.posts)
    hook.answers = [503]
    await server.people.says(8, "c")
    await server.updates.delivered()
    assert [text for chat, text in hook.taken if chat == 7] == ["a", "b"]
    assert (8, "c") in hook.taken
    assert 503 in {status for _, status in server.updates.posts}


async def test_a_webhook_may_ask_for_a_pause(server, hook):
    hook.answers, hook.retry_after = [503], "3"
    await server.people.says(7, "a")
    await server.updates.delivered()
    assert hook.taken == [(7, "a")]


async def test_an_update_can_be_delivered_twice(server, hook):
    number = await server.people.says(7, "a")
    await server.updates.delivered()
    await server.updates.repeat(number)
    await server.updates.delivered()
    assert hook.taken == [(7, "a"), (7, "a")]


async def test_taps_expire(server):
    server.chat(7)
    await server.people.taps_token(7, "x", message_id=1)
    assert (await call(server, "answerCallbackQuery", callback_query_id="query-1"))[0] == 200
    server.people.expire_taps()
    assert "query is too old" in (await call(server, "answerCallbackQuery", callback_query_id="query-1"))[1]
    assert (await call(server, "getUpdates"))[1] == []


async def test_a_button_is_tapped_by_its_label(server):
    await server.people.says(7, "/start")
    keyboard = {"inline_keyboard": [[{"text": "Next", "callback_data": "n"}]]}
    await call(server, "sendMessage", chat_id=7, text="hi", reply_markup=keyboard)
    await server.people.taps(7, "Next")
    assert (await call(server, "getUpdates"))[1][-1]["callback_query"]["data"] == "n"
    with pytest.raises(LookupError):
        await server.people.taps(7, "Back")


async def test_it_runs_in_a_process_of_its_own(tmp_path):
    log = tmp_path / "effects.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.telegram_server", "--log", str(log), stdout=asyncio.subprocess.PIPE
    )
    try:
        await steer((await process.stdout.readline()).decode().strip())
    finally:
        process.terminate()
        await process.communicate()
    effects = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(effect["chat"], effect["text"]) for effect in effects] == [(7, "hi"), (7, "lost")]


async def steer(url: str) -> None:
    async with aiohttp.ClientSession() as session:

        async def post(path: str, **content: Any) -> aiohttp.ClientResponse:
            return await session.post(f"{url}{path}", json=content)

        await post("/control/act", act="says", chat=7, text="/start")
        assert (await post(f"/bot{TOKEN}/sendMessage", chat_id=7, text="hi")).status == 200
        await post("/control/script", method="sendMessage", faults=["lost"])
        with pytest.raises(aiohttp.ClientError):
            await post(f"/bot{TOKEN}/sendMessage", chat_id=7, text="lost")
        await post("/control/always", method="sendMessage", fault="502")
        assert (await post(f"/bot{TOKEN}/sendMessage", chat_id=7, text="x")).status == 502
        await post("/control/always", method="sendMessage", fault=None)
        effects = await (await session.get(f"{url}/control/effects")).json()
        chat = await (await session.get(f"{url}/control/chats/7")).json()
        assert [effect["text"] for effect in effects] == [shown["text"] for shown in chat["messages"]] == ["hi", "lost"]
        await post("/control/release")
        await post("/control/token", token="9:other")
        assert (await post(f"/bot{TOKEN}/getMe")).status == 401
