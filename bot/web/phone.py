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
from bot.core.events import MessageReceived
from bot.core.messages import Address, Phrase, say
from bot.rows import Keys
from bot.service.demo import Demo, Phone
from bot.service.turns import Happened
from bot.web.bubbles import DrawnBubble, drawn, standing
from bot.web.guard import known_visitor, refuse_foreign
from bot.web.room import Room, room_of
from bot.web.webhooks import RETRY_AFTER, limited_body

_FORM = "application/x-www-form-urlencoded"
_MOST_PHONES_IN_A_STREAM = 24
_MOST_STREAMS = 300
# Bubbles wake a stream at once, except those that another process on the same database writes.
_SECONDS_BETWEEN_LOOKS = 2
_SECONDS_FOR_A_REPLY = 2
_SECONDS_BETWEEN_BUBBLES = 0.05
_SEEN = re.compile(r"\d{1,18}(?:\+\d{1,18})*")
ROLES: Mapping[str, Phrase] = {"worker": say("worker"), "owner": say("owner"), "trainer": say("trainer")}
_AROUND: Mapping[str, Phrase] = {
    "message": say("Message"),
    "send": say("Send"),
    "writing": say("is writing"),
    "offline": say("waiting for the connection"),
}


@dataclass(frozen=True, slots=True)
class DrawnPhone:
    """A phone with its chat as it stands; `seen` is the id of its newest change, `words` stand around the chat."""

    id: str
    name: str
    role: Phrase | str
    role_name: str
    channel_label: str
    language: str
    title: str
    words: Mapping[str, str]
    bubbles: tuple[DrawnBubble, ...]
    seen: int
    is_writing: bool


async def drawn_phone(room: Room, phone: Phone) -> DrawnPhone:
    """Return a phone ready for its template."""
    webphone = _webphone(room)
    changes = await webphone.since(phone.id, 0)
    bubbles = standing(changes)
    newest = next((bubble.language for bubble in reversed(bubbles) if bubble.language), phone.language)
    language = await _spoken(room, phone, newest)
    return DrawnPhone(
        id=phone.id,
        name=phone.name,
        role=ROLES.get(phone.role, phone.role),
        role_name=phone.role,
        channel_label=phone.channel_label,
        language=language,
        title=phone.title,
        words=_around(room, phone, language),
        bubbles=tuple(drawn(change, phone.time_zone, language) for change in bubbles),
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
            await _take(room, webphone, event)
        if not is_form:
            return JSONResponse({"accepted": True})
        await _reply(room, webphone, phone.id, news)
    return _back_to(request, phone.id, back)


async def _take(room: Room, webphone: Webphone, event: MessageReceived) -> None:
    """Return when an event is committed. The sign of writing ends with it if no message is on its way."""
    before = _last_turn(room, event.address)
    await webphone.heard(event)
    try:
        await room.app.accept([event])
    finally:
        now = _last_turn(room, event.address)
        if now is None or now is before or not now.messages:
            webphone.nothing_follows(event)


def _last_turn(room: Room, address: Address) -> Happened | None:
    return next((happened for happened in room.app.turns.happened if happened.address == address), None)


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
    framed: dict[str, str] = {}
    with webphone.listening(list(seen)) as news:
        yield ServerSentEvent(comment="open", retry=1000)
        while not room.app.stopping():
            news.clear()
            for phone in phones:
                for change in await webphone.since(phone.id, seen[phone.id]):
                    seen[phone.id] = change.id
                    if await _speaks_otherwise(room, phone, change, framed):
                        yield ServerSentEvent(_frame(room, phone, framed[phone.id]), event="frame")
                    newest = "+".join(str(number) for number in seen.values())
                    if change.empties:
                        yield ServerSentEvent(json.dumps({"phone": phone.id}), event="emptied", id=newest)
                        continue
                    html = _bubble(room, drawn(change, phone.time_zone, framed.get(phone.id, "")), language)
                    yield ServerSentEvent(html, event="bubble", id=newest)
                is_writing = webphone.is_writing(phone.id)
                if told.get(phone.id, False) is not is_writing:
                    told[phone.id] = is_writing
                    yield ServerSentEvent(json.dumps({"phone": phone.id, "writing": is_writing}), event="writing")
            await _wait(news, _SECONDS_BETWEEN_LOOKS)


def _bubble(room: Room, bubble: DrawnBubble, language: str) -> str:
    shown = bubble.shown
    html = room.pages.fragment("bubble.html", language, bubble=bubble, begins_day=True)
    key = shown.client or str(shown.number)
    return json.dumps({"phone": shown.phone, "key": key, "own": shown.is_own, "html": html})


async def _speaks_otherwise(room: Room, phone: Phone, change: Shown, framed: dict[str, str]) -> bool:
    """Note which language a phone's frame must be in from this bubble on, and say whether that is another one."""
    if not change.language or framed.get(phone.id) == change.language:
        return False
    before, framed[phone.id] = framed.get(phone.id), await _spoken(room, phone, change.language)
    return framed[phone.id] != before


async def _spoken(room: Room, phone: Phone, newest: str) -> str:
    """Return the language of whoever has this phone; for who is not known, or no more, that of the newest bubble.

    The newest bubble alone does not tell: a lesson that is not translated yet comes in another language.
    """
    keys = [Keys(Address(Webphone.name, phone.id))]
    (memory,) = await room.app.store.read(lambda uow: uow.memories.load(keys))
    return memory.person.language if memory.person else newest


def _frame(room: Room, phone: Phone, language: str) -> str:
    direction = "rtl" if room.app.translator.is_rtl(language) else "ltr"
    words = _around(room, phone, language)
    return json.dumps({"phone": phone.id, "language": language, "direction": direction, "words": words})


def _around(room: Room, phone: Phone, language: str) -> dict[str, str]:
    """Return the words that stand around a chat, in the language of its person."""
    words = {name: room.pages.say(phrase, language) for name, phrase in _AROUND.items()}
    return {**words, "about": room.pages.say(Phrase(phone.subtitle), language)}


async def _reply(room: Room, webphone: Webphone, phone: str, news: asyncio.Event) -> None:
    """Wait a moment for the whole answer, so that a page without a script shows it when it comes back."""
    try:
        async with asyncio.timeout(_SECONDS_FOR_A_REPLY):
            while webphone.is_writing(phone) or not room.app.delivery.is_idle():
                news.clear()
                await _wait(news, _SECONDS_BETWEEN_BUBBLES)
    except TimeoutError:
        return


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return


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
