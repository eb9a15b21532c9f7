"""One phone on a web page: its chat, what is typed into it, and a stream of what changes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.channels.webphone import Shown, Webphone
from bot.core.messages import Phrase, say
from bot.service.demo import Demo, Phone
from bot.web.bubbles import Line, hour, lines, standing
from bot.web.guard import known_visitor, refuse_foreign
from bot.web.room import Room, room_of
from bot.web.webhooks import RETRY_AFTER, limited_body

_FORM = "application/x-www-form-urlencoded"
_MOST_PHONES_IN_A_STREAM = 24
_MOST_STREAMS = 300
# Bubbles wake a stream at once, except those that another process on the same database writes.
_SECONDS_BETWEEN_LOOKS = 2
_SECONDS_FOR_A_REPLY = 2
_SEEN = re.compile(r"\d{1,18}(?:\+\d{1,18})*")
ROLES: Mapping[str, Phrase] = {"worker": say("worker"), "owner": say("owner"), "trainer": say("trainer")}


@dataclass(frozen=True, slots=True)
class DrawnBubble:
    """A bubble with all that its template needs."""

    shown: Shown
    lines: tuple[Line, ...]
    hour: str

    @property
    def has_words(self) -> bool:
        """Say whether there is anything to read, or a file to fetch."""
        return any(line.pieces for line in self.lines) or self.shown.document is not None


@dataclass(frozen=True, slots=True)
class DrawnPhone:
    """A phone with its chat as it stands; `seen` is the id of its newest change."""

    id: str
    name: str
    role: Phrase | str
    role_name: str
    channel_label: str
    language: str
    title: str
    subtitle: str
    bubbles: tuple[DrawnBubble, ...]
    seen: int
    is_writing: bool


async def drawn_phone(room: Room, phone: Phone) -> DrawnPhone:
    """Return a phone ready for its template."""
    webphone = _webphone(room)
    changes = await webphone.since(phone.id, 0)
    bubbles = standing(changes)
    # Who changed the language in the chat is spoken to in the new one, whatever the sample began with.
    spoken = [bubble.language for bubble in bubbles if bubble.language]
    return DrawnPhone(
        id=phone.id,
        name=phone.name,
        role=ROLES.get(phone.role, phone.role),
        role_name=phone.role,
        channel_label=phone.channel_label,
        language=spoken[-1] if spoken else phone.language,
        title=phone.title,
        subtitle=room.pages.say(Phrase(phone.subtitle), spoken[-1] if spoken else phone.language),
        bubbles=tuple(_drawn_bubble(change, phone) for change in bubbles),
        seen=changes[-1].id if changes else 0,
        is_writing=webphone.is_writing(phone.id),
    )


async def show(request: Request) -> Response:
    """GET /phone/{id}: the phone alone, for a real phone's screen."""
    room = room_of(request)
    (phone,) = await _own_phones(request, [request.path_params["phone"]])
    return room.pages.page(request, "alone.html", phone=await drawn_phone(room, phone))


async def take_message(request: Request) -> Response:
    """POST /phone/{id}/messages: words or a tap, as JSON from the script or as a form without one."""
    refuse_foreign(request)
    room = room_of(request)
    (phone,) = await _own_phones(request, [request.path_params["phone"]])
    webphone = _webphone(room)
    body = await limited_body(request, webphone.body_limit)
    is_form = request.headers.get("content-type", "").startswith(_FORM)
    back = "page"
    if is_form:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=12))
        back = fields.pop("back", back)
        if not fields.get("text", "text").strip():
            return _back_to(request, phone.id, back)
        body = json.dumps({name: value for name, value in fields.items() if value}).encode()
    parsed = webphone.parse(request.headers, body)
    if any(event.address.id != phone.id for event in parsed.events):
        raise HTTPException(404)
    with webphone.listening([phone.id]) as news:
        for event in parsed.events:
            await webphone.heard(event)
        await room.app.accept(parsed.events)
        if not is_form:
            return JSONResponse({"accepted": True})
        await _reply(webphone, phone.id, news)
    return _back_to(request, phone.id, back)


async def stream(request: Request) -> Response:
    """GET /phone/{id}/events: what changes on a phone, or on several whose ids are joined by `+`.

    A page opens one stream for all its phones, since a browser keeps few connections to one host.
    """
    room = room_of(request)
    webphone = _webphone(room)
    phones = await _own_phones(request, request.path_params["phone"].split("+"))
    if webphone.streams >= _MOST_STREAMS or room.app.stopping():
        raise HTTPException(503, headers=RETRY_AFTER)
    seen = request.headers.get("last-event-id") or request.query_params.get("after", "").replace(" ", "+")
    after = [int(number) for number in seen.split("+")] if _SEEN.fullmatch(seen) else []
    if len(after) != len(phones):
        after = [0] * len(phones)
    return EventSourceResponse(_events(room, phones, after, room.pages.language(request)))


async def document(request: Request) -> Response:
    """GET /phone/{id}/files/{number}: the file in a bubble, while it is still in memory."""
    (phone,) = await _own_phones(request, [request.path_params["phone"]])
    found = _webphone(room_of(request)).document(phone.id, request.path_params["number"])
    if found is None:
        raise HTTPException(404)
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"Content-Disposition": f"attachment; filename*=utf-8''{quote(found.name, safe='')}"},
    )


async def _own_phones(request: Request, ids: Sequence[str]) -> list[Phone]:
    """Return the phones of these ids, or 404 if one of them is not this visitor's."""
    visitor = known_visitor(request)
    cohort = await demo_of(room_of(request)).cohort(visitor)
    own = {phone.id: phone for phone in cohort.phones}
    if len(ids) > _MOST_PHONES_IN_A_STREAM or not all(id_ in own for id_ in ids):
        raise HTTPException(404)
    return [own[id_] for id_ in ids]


async def _events(
    room: Room, phones: Sequence[Phone], after: Sequence[int], language: str
) -> AsyncIterator[ServerSentEvent]:
    webphone = _webphone(room)
    seen = {phone.id: number for phone, number in zip(phones, after, strict=True)}
    told: dict[str, bool] = {}
    with webphone.listening(list(seen)) as news:
        yield ServerSentEvent(comment="open", retry=1000)
        while not room.app.stopping():
            news.clear()
            for phone in phones:
                for change in await webphone.since(phone.id, seen[phone.id]):
                    seen[phone.id] = change.id
                    newest = "+".join(str(number) for number in seen.values())
                    yield ServerSentEvent(_bubble(room, phone, change, language), event="bubble", id=newest)
                is_writing = webphone.is_writing(phone.id)
                if told.get(phone.id, False) is not is_writing:
                    told[phone.id] = is_writing
                    yield ServerSentEvent(json.dumps({"phone": phone.id, "writing": is_writing}), event="writing")
            await _wait(news, _SECONDS_BETWEEN_LOOKS)


def _bubble(room: Room, phone: Phone, change: Shown, language: str) -> str:
    html = room.pages.fragment("bubble.html", language, bubble=_drawn_bubble(change, phone))
    key = change.client or str(change.number)
    return json.dumps({"phone": phone.id, "key": key, "own": change.is_own, "html": html})


async def _reply(webphone: Webphone, phone: str, news: asyncio.Event) -> None:
    """Wait a moment for the answer, so that a page without a script shows it when it comes back."""
    try:
        async with asyncio.timeout(_SECONDS_FOR_A_REPLY):
            while webphone.is_writing(phone):
                news.clear()
                await news.wait()
    except TimeoutError:
        return


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return


def _drawn_bubble(change: Shown, phone: Phone) -> DrawnBubble:
    return DrawnBubble(change, tuple(lines(change.text)), hour(change, phone.time_zone))


def _back_to(request: Request, phone: str, back: str) -> Response:
    language = room_of(request).pages.language(request)
    place = f"/phone/{phone}?lang={language}" if back == "phone" else f"/?lang={language}#phone-{phone}"
    return RedirectResponse(place, 303)


def demo_of(room: Room) -> Demo:
    """Return the demo; 404 where there is none."""
    if room.app.demo is None:
        raise HTTPException(404)
    return room.app.demo


def _webphone(room: Room) -> Webphone:
    webphone = room.webphone
    if webphone is None:
        raise HTTPException(404)
    return webphone
