"""GET /: the demo with its phones, or a plain page that says what this is; and what was kept."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.core.messages import Phrase, Text, say
from bot.service.demo import Cohort
from bot.web import clock
from bot.web.guard import give_cookie, known_visitor, refuse_foreign, visitor_of
from bot.web.phone import demo_of, drawn_phone
from bot.web.room import Room, room_of
from bot.web.webhooks import limited_body

_CODE = re.compile(r"[A-Za-z0-9]{1,16}")
_LONGEST_FORM = 1024
_LAST_EVENTS = 3
_COUNTS: Mapping[str, Phrase] = {
    "events": say("events"),
    "answers": say("answers"),
    "people": say("people"),
    "companies": say("companies"),
    "waiting": say("messages waiting"),
    "sent": say("messages sent"),
    "messages": say("messages"),
    "set_aside": say("set aside"),
}


async def home(request: Request) -> Response:
    """GET /: the demo, or what this is."""
    room = room_of(request)
    asked = request.query_params.get("join", "")
    code = asked if _CODE.fullmatch(asked) else ""
    if not room.app.settings.is_demo:
        return room.pages.page(request, "landing.html", provider=room.app.settings.provider, code=code)
    visitor = visitor_of(request)
    # A visitor without a cookie gets one and no company yet: what cannot keep a cookie shall not make companies.
    cohort = await demo_of(room).cohort(visitor) if visitor else None
    if cohort is None or not cohort.ready:
        response = room.pages.page(request, "preparing.html")
        if visitor is None:
            give_cookie(request, response)
        return response
    phones = [await drawn_phone(room, phone) for phone in cohort.phones]
    kept = await _kept(room, cohort, room.pages.language(request))
    panel = await clock.panel(room, cohort)
    return room.pages.page(request, "demo.html", phones=phones, code=code, clock=panel, **kept)


async def kept(request: Request) -> Response:
    """GET /demo/kept: what was kept and what time it is, as pieces of the page; 202 while the sample is made."""
    visitor = known_visitor(request)
    room = room_of(request)
    cohort = await demo_of(room).cohort(visitor)
    if not cohort.ready:
        return Response(status_code=202)
    language = room.pages.language(request)
    strip = room.pages.fragment("kept.html", language, **await _kept(room, cohort, language))
    return HTMLResponse(strip + await clock.fragment(room, cohort, language))


async def new_worker(request: Request) -> Response:
    """POST /demo/worker: one more phone, which scans the poster."""
    refuse_foreign(request)
    room = room_of(request)
    visitor = known_visitor(request)
    form = dict(parse_qsl((await limited_body(request, _LONGEST_FORM)).decode("utf-8", "replace"), max_num_fields=4))
    phone = await demo_of(room).new_worker(visitor)
    code = form.get("code") or (await demo_of(room).cohort(visitor)).join_code
    webphone = room.webphone
    if webphone is None or not _CODE.fullmatch(code):
        raise HTTPException(400)
    opening = json.dumps({"phone": phone.id, "id": str(uuid4()), "start": code})
    parsed = webphone.parse(request.headers, opening.encode())
    for event in parsed.events:
        await webphone.heard(event)
    await room.app.accept(parsed.events)
    return RedirectResponse(f"/?lang={room.pages.language(request)}#phone-{phone.id}", 303)


async def start_again(request: Request) -> Response:
    """POST /demo/again: a fresh sample."""
    refuse_foreign(request)
    visitor = known_visitor(request)
    room = room_of(request)
    await demo_of(room).start_again(visitor)
    return RedirectResponse(f"/?lang={room.pages.language(request)}", 303)


async def _kept(room: Room, cohort: Cohort, language: str) -> dict[str, Any]:
    found = await room.app.kept({phone.id: phone.name for phone in cohort.phones})
    zone = ZoneInfo(cohort.phones[0].time_zone) if cohort.phones else ZoneInfo("UTC")

    def worded(text: Text | str) -> str:
        return text if isinstance(text, str) else room.pages.say(text, language)

    return {
        "shape": " ".join(phone.id for phone in cohort.phones),
        "counts": [(_COUNTS.get(name, name), number) for name, number in found.counts.items()],
        "last": [
            (f"{at.astimezone(zone):%H:%M:%S}", worded(who), worded(what), worded(outcome))
            for at, who, what, outcome in list(found.last)[:_LAST_EVENTS]
        ],
    }
