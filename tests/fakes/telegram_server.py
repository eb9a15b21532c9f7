"""A Bot API on loopback that keeps Telegram's rules, misbehaves on a script, and logs all that took effect.

In a test: `async with TelegramServer() as telegram: ...`. For a test that kills the bot it runs in a process of its
own, `python -m tests.fakes.telegram_server --port 8081 --log effects.jsonl`, steered over `/control/...`.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.telegram_chats import Chat, Chats, Effect, Upload
from tests.fakes.telegram_control import Control
from tests.fakes.telegram_faults import Answer, Fault, Script
from tests.fakes.telegram_people import People
from tests.fakes.telegram_profile import BotProfile
from tests.fakes.telegram_rules import Refused, bad
from tests.fakes.telegram_updates import Updates, Webhook

TOKEN = "123456:a-token_for-tests"
USERNAME = "teabreak_test_bot"

Fields = dict[str, Any]
Method = Callable[[Fields], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came in, whatever became of it."""

    method: str
    fields: Fields
    at: float


@dataclass(kw_only=True, eq=False)
class TelegramServer:
    """The fake. `chats` is what people see, `people` what they do, `script` how it fails, `calls` what was asked."""

    token: str = TOKEN
    port: int = 0
    retry_unit: float = 1.0
    log: Path | None = None
    calls: list[Call] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self.script = Script()
        self.chats = Chats(self._now)
        self.profile = BotProfile()
        self._released = asyncio.Event()
        self._methods: dict[str, Method] = {
            "getme": lambda _: {"id": 123456, "is_bot": True, "first_name": "Teabreak", "username": USERNAME},
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": lambda fields: self._set_webhook({}),
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self.chats.send_message,
            "sendphoto": self.chats.send_photo,
            "senddocument": self.chats.send_document,
            "editmessagetext": self.chats.edit_message_text,
            "editmessagecaption": self.chats.edit_message_caption,
            "deletemessages": self.chats.delete_messages,
            "editmessagereplymarkup": self.chats.edit_message_reply_markup,
            "answercallbackquery": self._answer_callback_query,
            **self.profile.methods(),
        }

    async def __aenter__(self) -> Self:
        self.updates = Updates(self.retry_unit)
        self.people = People(self.chats, self.updates)
        if self.log is not None:
            self.chats.on_effect = self._logged
        app = web.Application(client_max_size=50 * 1024**2)
        app.add_routes(Control(self).routes())
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        # A caller who gives up ends its request here too, so that no test waits for a call that hangs.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        await self.updates.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Return the address to give as `api_url`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def effects(self) -> list[Effect]:
        """Return what happened to people, in order."""
        return self.chats.effects

    def chat(self, chat_id: int) -> Chat:
        """Return a chat as its person sees it."""
        return self.chats.know(chat_id)

    def called(self, method: str) -> list[Fields]:
        """Return the fields of every call of a method."""
        return [call.fields for call in self.calls if call.method == method.lower()]

    def release(self) -> None:
        """Let the calls go on that are held."""
        self._released.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        fields = await _fields(request)
        self.calls.append(Call(method, fields, self._now()))
        fault = self.script.take(method)
        if fault.waits:
            await self._released.wait()
        try:
            if request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            if fault.answer is Answer.ERROR:
                raise Refused(fault.status, fault.description, retry_after=fault.retry_after)
            result = await self._take(method, fields) if fault.has_effect else None
        except Refused as refused:
            return _error(refused)
        return await _answer(request, fault, json.dumps({"ok": True, "result": result}).encode())

    async def _take(self, method: str, fields: Fields) -> Any:
        if method not in self._methods:
            raise Refused(404, "Not Found")
        result = self._methods[method](fields)
        return await result if isinstance(result, Awaitable) else result

    async def _get_updates(self, fields: Fields) -> list[Fields]:
        return await self.updates.poll(
            offset=int(fields.get("offset", 0)),
            limit=int(fields.get("limit", 100)),
            seconds=float(fields.get("timeout", 0)),
        )

    async def _set_webhook(self, fields: Fields) -> bool:
        allowed = json.loads(fields.get("allowed_updates", "[]"))
        webhook = Webhook(
            str(fields.get("url", "")),
            str(fields.get("secret_token", "")),
            allowed,
            int(fields.get("max_connections", 40)),
        )
        await self.updates.point(webhook)
        return True

    def _get_webhook_info(self, _: Fields) -> Fields:
        webhook = asdict(self.updates.webhook)
        webhook.pop("secret")
        return webhook | {"has_custom_certificate": False, "pending_update_count": len(self.updates.pending)}

    def _answer_callback_query(self, fields: Fields) -> bool:
        if not self.people.answer(str(fields.get("callback_query_id"))):
            raise bad("query is too old and response timeout expired or query ID is invalid")
        return True

    def _logged(self, effect: Fields) -> None:
        assert self.log is not None
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(effect, ensure_ascii=False) + "\n")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def _fields(request: web.Request) -> Fields:
    if request.content_type == "application/json":
        return dict(await request.json())
    fields: Fields = dict(request.query)
    for name, value in (await request.post()).items():
        is_file = isinstance(value, web.FileField)
        fields[name] = Upload(value.filename, value.file.read()) if is_file else value  # type: ignore[union-attr]
    return fields


def _error(refused: Refused) -> web.Response:
    answer: Fields = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.retry_after:
        answer["parameters"] = {"retry_after": refused.retry_after}
    return web.json_response(answer, status=refused.status)


async def _answer(request: web.Request, fault: Fault, body: bytes) -> web.StreamResponse:
    match fault.answer:
        case Answer.NOT_OK:
            return web.json_response({"ok": False})
        case Answer.HTML:
            return web.Response(
                status=fault.status, content_type="text/html", text="<html><h1>502 Bad Gateway</h1></html>"
            )
        case Answer.EMPTY:
            return web.Response()
        case Answer.TORN:
            return web.Response(body=body[: len(body) // 2], content_type="application/json")
        case Answer.CUT:
            return await _cut(request, body)
        case Answer.NOTHING:
            await asyncio.Event().wait()
        case Answer.CLOSED if request.transport is not None:
            request.transport.close()
    return web.Response(body=body, content_type="application/json")


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _run(port: int, token: str, log: Path | None) -> None:
    async with TelegramServer(port=port, token=token, log=log) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Run the fake until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    asyncio.run(_run(given.port, given.token, given.log))


if __name__ == "__main__":
    main()
