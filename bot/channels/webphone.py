"""The phones on a web page: a channel without a provider. Its bubbles are rows, and a listener waits for the next one.

Every change of a bubble is a new row. The row's id is the id of the server-sent event; the bubble's number is the id
of its first row, so that an edit can say which bubble it changes. A file made for somebody stays in memory only.
"""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.errors import NotSent, RequestRefused, StoreProblem
from bot.core.events import InboundContent, MessageReceived, Opened, Said, Tapped
from bot.core.messages import Address, Button, Document, Features, OutboundMessage, Receipt
from bot.core.rich_text import RichText, Span
from bot.ports import Accept, Bubbles, ChannelParts, Clock, Parsed
from bot.rows import Bubble
from bot.settings import Settings

_TEXT_LIMIT = 4096
_TOKEN_BYTES = 64
_KEPT_DOCUMENTS = 32
# More than stands on any phone: it is emptied with one call.
_TAKEN_BACK = 1_000
_SECONDS_OF_WRITING = 6
_PHONE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_START = re.compile(r"[A-Za-z0-9_-]{0,64}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)")
# Neither can be stored or sent on as UTF-8 text by every database and provider.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A bubble as the page draws it. `client` is the page's own id of words that were typed.

    One that `empties` is no bubble: it says that all before it are gone.
    """

    id: int
    number: int
    phone: str
    is_own: bool
    text: RichText
    rows: tuple[tuple[Button, ...], ...]
    picture: tuple[str, str] | None
    document: str | None
    language: str
    rtl: bool
    sent_at: datetime
    client: str | None
    empties: bool = False


def shown(bubble: Bubble) -> Shown:
    """Return what a kept bubble shows."""
    kept = json.loads(bubble.content)
    picture = kept.get("picture")
    return Shown(
        id=bubble.id,
        number=kept.get("number", bubble.id),
        phone=bubble.phone,
        is_own=kept["direction"] == "out",
        text=tuple(Span(text, bold, italic) for text, bold, italic in kept["text"]),
        rows=tuple(tuple(Button(label, token) for label, token in row) for row in kept.get("rows", ())),
        picture=(picture["url"], picture["alt"]) if picture else None,
        document=kept.get("document"),
        language=kept.get("language", ""),
        rtl=kept.get("rtl", False),
        sent_at=datetime.fromisoformat(kept["time"]),
        client=kept.get("client"),
        empties=kept.get("empties", False),
    )


class Webphone:
    """The channel `webphone`."""

    name = "webphone"
    body_limit = 32 * 1024

    def __init__(self, *, bubbles: Bubbles, clock: Clock, media: str = "/media/", page: str = "") -> None:
        self.features = Features(
            buttons=12, editing=True, taking_back=_TAKEN_BACK, invite_link=f"{page}/?join={{code}}"
        )
        self._bubbles = bubbles
        self._clock = clock
        self._media = media
        self._writing: dict[str, tuple[str, float]] = {}
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._documents: OrderedDict[tuple[str, int], Document] = OrderedDict()

    def parse(self, headers: Mapping[str, str], body: bytes) -> Parsed:
        """Return the event that a page sent as JSON."""
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            raise RequestRefused("The message is not JSON.", 400) from None
        if not isinstance(request, dict):
            raise RequestRefused("The message is not an object.", 400)
        phone = _matching(_PHONE, request.pop("phone", None), "phone")
        client = _matching(_CLIENT_ID, request.pop("id", None), "id")
        hint = _LANGUAGE.match(headers.get("accept-language", ""))
        event = MessageReceived(
            key=f"{self.name}:{phone}:{client}",
            address=Address(self.name, phone),
            content=_content(request),
            language_hint=hint[1] if hint else None,
            message_id=client,
        )
        return Parsed((event,))

    async def heard(self, event: MessageReceived) -> None:
        """Show what the person typed, and that an answer is being written."""
        phone = event.address.id
        self._writing[phone] = event.key, self._clock.monotonic()
        if isinstance(event.content, Said):
            client = event.key.rpartition(":")[2]
            words = [[event.content.text, False, False]]
            await self._keep(phone, {"direction": "out", "text": words, "client": client})
        else:
            self._wake(phone)

    def nothing_follows(self, event: MessageReceived) -> None:
        """End the sign of writing, unless something else was heard since."""
        phone = event.address.id
        key, _ = self._writing.get(phone, ("", 0.0))
        if key == event.key:
            del self._writing[phone]
            self._wake(phone)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Show a bubble, or change the one that the message replaces."""
        phone = message.address.id
        if message.takes_back:
            return await self._emptied(phone)
        if message.replaces and not message.text:
            return await self._without_buttons(phone, message.replaces)
        content: dict[str, Any] = {
            "direction": "in",
            "text": [[span.text, span.bold, span.italic] for span in message.text],
            "language": message.language,
            "rtl": message.rtl,
        }
        if message.rows:
            content["rows"] = [[[button.label, button.token] for button in row] for row in message.rows]
        if message.picture:
            url = f"{self._media}{message.picture.path}?lang={message.language}"
            content["picture"] = {"url": url, "alt": message.picture.alt}
        if message.document:
            content["document"] = message.document.name
        if message.replaces and _NUMBER.fullmatch(message.replaces):
            content["number"] = int(message.replaces)
        self._writing.pop(phone, None)
        try:
            number = await self._keep(phone, content, message.document)
        except StoreProblem as problem:
            raise NotSent("The bubble could not be kept.") from problem
        return Receipt(message_id=str(number))

    async def _emptied(self, phone: str) -> Receipt:
        """Erase all that stands on a phone, what its person typed too."""
        now = self._clock.now()
        content = {"direction": "in", "text": [], "empties": True, "time": now.isoformat()}
        try:
            await self._bubbles.empty(phone, json.dumps(content), now)
        except StoreProblem as problem:
            raise NotSent("The chat could not be emptied.") from problem
        for place in [place for place in self._documents if place[0] == phone]:
            del self._documents[place]
        self._wake(phone)
        return Receipt(None)

    async def _without_buttons(self, phone: str, number: str) -> Receipt:
        """Take the buttons off a bubble and leave its words as they are."""
        changes = await self._bubbles.since(phone, int(number) - 1) if _NUMBER.fullmatch(number) else ()
        versions = [
            json.loads(bubble.content) | {"number": int(number)} for bubble in changes if _is(bubble, int(number))
        ]
        if versions:
            versions[-1].pop("rows", None)
            await self._keep(phone, versions[-1])
        return Receipt(number)

    async def noticed(self, event: MessageReceived) -> None:
        """Do nothing: a button on the page does not spin."""

    async def listen(self, accept: Accept) -> None:
        """Return at once: the page's requests come by the web."""

    def waiting_for(self) -> str | None:
        """Return None: the page always works."""
        return None

    async def close(self) -> None:
        """Forget the files, and let those who listen look up."""
        self._documents.clear()
        for phone in list(self._listeners):
            self._wake(phone)

    async def since(self, phone: str, after: int) -> list[Shown]:
        """Return the changes of a phone after the one with this id, oldest first."""
        return [shown(bubble) for bubble in await self._bubbles.since(phone, after)]

    def is_writing(self, phone: str) -> bool:
        """Say whether something was heard and not yet answered; not for long, since an answer may be held up."""
        heard = self._writing.get(phone)
        return heard is not None and self._clock.monotonic() - heard[1] < _SECONDS_OF_WRITING

    @property
    def streams(self) -> int:
        """Return how many listen."""
        return len(set().union(*self._listeners.values()))

    def document(self, phone: str, number: int) -> Document | None:
        """Return the file in a bubble while it is still in memory."""
        return self._documents.get((phone, number))

    @contextmanager
    def listening(self, phones: Sequence[str]) -> Iterator[asyncio.Event]:
        """Lend an event that is set whenever one of the phones has something new."""
        news = asyncio.Event()
        for phone in phones:
            self._listeners.setdefault(phone, set()).add(news)
        try:
            yield news
        finally:
            for phone in phones:
                self._listeners[phone].discard(news)
                if not self._listeners[phone]:
                    del self._listeners[phone]

    async def _keep(self, phone: str, content: dict[str, Any], document: Document | None = None) -> int:
        now = self._clock.now()
        content["time"] = now.isoformat()
        bubble = await self._bubbles.add(phone, json.dumps(content, ensure_ascii=False), now)
        number: int = content.get("number", bubble.id)
        if document:
            self._documents[phone, number] = document
            if len(self._documents) > _KEPT_DOCUMENTS:
                self._documents.popitem(last=False)
        self._wake(phone)
        return number

    def _wake(self, phone: str) -> None:
        for news in self._listeners.get(phone, ()):
            news.set()


def _is(bubble: Bubble, number: int) -> bool:
    """Say whether a row is a version of the bubble with this number."""
    return number in {bubble.id, json.loads(bubble.content).get("number")}


def make(settings: Settings, parts: ChannelParts) -> Webphone:
    """Return the channel; its invitations open the page that this process serves."""
    page = settings.public_url or f"http://localhost:{settings.port}"
    return Webphone(bubbles=parts.bubbles, clock=parts.clock, page=page)


def _content(request: dict[str, Any]) -> InboundContent:
    """Return what is said, tapped or opened; exactly one of them, and nothing else."""
    match request:
        case {"text": str(text), **rest} if not rest and text.strip():
            return Said(_UNSTORABLE.sub("\ufffd", text)[:_TEXT_LIMIT])
        case {"token": str(token), **rest} if not set(rest) - {"message"}:
            message = rest.get("message")
            if _UNSTORABLE.search(token) or len(token.encode()) > _TOKEN_BYTES:
                raise RequestRefused("The button is none of ours.", 400)
            return Tapped(token, None if message is None else _matching(_NUMBER, message, "message"))
        case {"start": str(payload), **rest} if not rest:
            return Opened(_matching(_START, payload, "start"))
    raise RequestRefused("Exactly one of text, token or start is needed.", 400)


def _matching(form: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise RequestRefused(f"The field {name} is missing or has another form.", 400)
    return value
