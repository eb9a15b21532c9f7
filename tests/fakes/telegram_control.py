"""The control API of the fake, for tests that run it in a process of its own."""

from dataclasses import asdict
from typing import Any, Protocol

from aiohttp import web

from tests.fakes.telegram_chats import Chat, Effect
from tests.fakes.telegram_faults import Script
from tests.fakes.telegram_people import People
from tests.fakes.telegram_updates import Updates


class Steered(Protocol):
    """What can be steered from outside: the server itself."""

    token: str
    script: Script
    people: People
    updates: Updates

    @property
    def effects(self) -> list[Effect]:
        """Return what happened to people."""

    def chat(self, chat_id: int) -> Chat:
        """Return a chat."""

    def release(self) -> None:
        """Let held calls go on."""


class Control:
    """The routes under `/control/`, all of them JSON."""

    def __init__(self, server: Steered) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; each method says what its body holds."""
        return [
            web.post("/control/script", self.script),
            web.post("/control/always", self.always),
            web.post("/control/act", self.act),
            web.post("/control/release", self.release),
            web.post("/control/token", self.token),
            web.get("/control/effects", self.effects),
            web.get("/control/chats/{id}", self.chat),
        ]

    async def script(self, request: web.Request) -> web.Response:
        """Script the next calls: `{"method", "faults": [...]}`."""
        asked = await request.json()
        self._server.script.add(asked["method"], asked["faults"])
        return web.json_response({})

    async def always(self, request: web.Request) -> web.Response:
        """Script every call: `{"method", "fault": "502" or null}`."""
        asked = await request.json()
        self._server.script.always(asked["method"], asked["fault"])
        return web.json_response({})

    async def act(self, request: web.Request) -> web.Response:
        """Let somebody do something: `{"act": "says", "chat": 7, "text": "hi"}`.

        An act is a method of People, or `push` or `repeat` of Updates, with its arguments.
        """
        asked: dict[str, Any] = await request.json()
        name = asked.pop("act")
        actor = self._server.updates if name in {"push", "repeat"} else self._server.people
        return web.json_response({"update_id": await getattr(actor, name)(**asked)})

    async def release(self, _: web.Request) -> web.Response:
        """Let held calls go on."""
        self._server.release()
        return web.json_response({})

    async def token(self, request: web.Request) -> web.Response:
        """Let the bot have another token from now on: `{"token"}`."""
        self._server.token = (await request.json())["token"]
        return web.json_response({})

    async def effects(self, _: web.Request) -> web.Response:
        """Return what happened to people, in order."""
        return web.json_response([asdict(effect) for effect in self._server.effects])

    async def chat(self, request: web.Request) -> web.Response:
        """Return a chat as its person sees it."""
        return web.json_response(asdict(self._server.chat(int(request.match_info["id"]))))
