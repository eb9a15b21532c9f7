"""What stands behind the web room in its tests: an app that keeps what it was given and answers from a script."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.channels.webphone import Webphone
from bot.core.course import Language
from bot.core.errors import NotCommitted
from bot.core.events import MessageReceived
from bot.core.messages import Address, Button, Media, OutboundMessage
from bot.core.rich_text import parse
from bot.ports import Parsed
from bot.rows import Bubble, Keys
from bot.service.demo_clock import Comes, Move
from bot.service.turns import Happened
from tests.web.wording import Translations

START = datetime(2026, 6, 9, 8, 4, tzinfo=UTC)
LANGUAGES = (
    Language("en", "English"),
    Language("fr", "Français"),
    Language("ar", "العربية", rtl=True),
    Language("ru", "Русский"),
)


class Ticking:
    """A clock that goes on by a minute whenever it is asked."""

    def __init__(self) -> None:
        self.time = START
        self.seconds = 0.0

    def now(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class KeptBubbles:
    """The bubbles' port, in memory."""

    def __init__(self) -> None:
        self.rows: list[Bubble] = []
        self.made = 0

    async def add(self, phone: str, content: str, sent_at: datetime) -> Bubble:
        self.made += 1
        self.rows.append(Bubble(self.made, phone, content, sent_at))
        return self.rows[-1]

    async def empty(self, phone: str, content: str, at: datetime) -> Bubble:
        self.rows = [row for row in self.rows if row.phone != phone]
        return await self.add(phone, content, at)

    async def since(self, phone: str, after: int) -> Sequence[Bubble]:
        return [row for row in self.rows if row.phone == phone and row.id > after]


class Shelf:
    """The parts of the catalogue's port that the web asks."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def languages(self) -> tuple[Language, ...]:
        return LANGUAGES

    def media(self, path: str, language: str) -> Path | None:
        for name in (f"{language}/{path}", path):
            found = (self.root / name).resolve()
            if found.is_file() and found.is_relative_to(self.root):
                return found
        return None


@dataclass(frozen=True)
class Phone:
    id: str
    name: str
    role: str
    channel_label: str
    language: str
    title: str
    subtitle: str
    time_zone: str = "Africa/Johannesburg"


@dataclass(frozen=True)
class Cohort:
    ready: bool
    phones: tuple[Phone, ...]
    join_code: str


class Demo:
    """One cohort for each visitor."""

    def __init__(self) -> None:
        self.cohorts: dict[str, Cohort] = {}
        self.is_ready = True
        self.fixed_names = True
        self.moved: list[tuple[str, Move, str | None]] = []
        self.next_at: datetime | None = None
        self.writes_to: tuple[str, ...] = ()
        self.now = START

    async def cohort(self, visitor: str) -> Cohort:
        mark = "" if visitor == "local" else f"-{visitor[:6]}"
        phones = (
            Phone(f"amina{mark}", "Amina", "worker", "Telegram", "en", "Teabreak", "Safe and healthy at work"),
            Phone(f"tomas{mark}", "Tomas", "owner", "Telegram", "en", "Teabreak", "Sunrise Joinery · owner"),
            Phone(f"lerato{mark}", "Lerato", "trainer", "Telegram", "en", "Teabreak", "Lerato · 6 companies"),
        )
        cohort = self.cohorts.setdefault(visitor, Cohort(True, phones, "7Q2KM4XW9B"))
        return cohort if self.is_ready else Cohort(False, (), "")

    async def new_worker(self, visitor: str) -> Phone:
        cohort = await self.cohort(visitor)
        phone = Phone(
            f"new{len(cohort.phones)}", "New worker", "worker", "Telegram", "en", "Teabreak", "Lessons for your work"
        )
        self.cohorts[visitor] = replace(cohort, phones=(*cohort.phones, phone))
        return phone

    async def start_again(self, visitor: str) -> None:
        self.cohorts.pop(visitor, None)

    async def comes(self, cohort: Cohort) -> Comes:
        morning = datetime(2026, 6, 10, 5, 0, tzinfo=UTC) + (self.now - START)
        moves = {Move.TOMORROW: morning, Move.WEEK: morning + timedelta(days=6)}
        if self.next_at:
            moves[Move.NEXT] = self.next_at
        return Comes(
            self.now, moves, tuple(Address("webphone", phone) for phone in self.writes_to), str(len(self.moved))
        )

    async def move(self, visitor: str, move: Move, *, seen: str | None = None) -> None:
        self.moved.append((visitor, move, seen))
        self.now += timedelta(days=1)


@dataclass
class Kept:
    counts: dict[str, int]
    last: list[tuple[datetime, str, str, str]]


@dataclass
class Settings:
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    is_demo: bool = True
    demo_open: bool = False
    provider: str = "Harbour Training"


class Provider:
    """A channel with a webhook that hands on a fixed event, or raises what it is told to."""

    name = "provider"
    body_limit = 1000

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.error: Exception | None = None

    def parse(self, headers: Any, body: bytes) -> Parsed:
        if self.error:
            raise self.error
        self.bodies.append(body)
        return (
            Parsed((SimpleNamespace(key="provider:1", address=Address(self.name, "1")),))
            if body
            else Parsed(ignored=("empty",))
        )


class People:
    """Reads who has a phone: nobody known, unless a test says which language they speak."""

    def __init__(self) -> None:
        self.speak: dict[str, str] = {}

    async def read(self, step: Callable[[Any], Any]) -> Any:
        return step(SimpleNamespace(memories=self))

    def load(self, wanted: Sequence[Keys]) -> list[Any]:
        spoken = [self.speak.get(keys.address.id) for keys in wanted]
        return [SimpleNamespace(person=code and SimpleNamespace(language=code)) for code in spoken]


Script = Callable[["FakeApp", MessageReceived], Awaitable[None]]


@dataclass
class FakeApp:
    """The surface of the App that the web room uses."""

    media_root: Path
    settings: Settings = field(default_factory=Settings)
    script: Script | None = None
    bubbles: KeptBubbles = field(default_factory=KeptBubbles)
    clock: Ticking = field(default_factory=Ticking)

    def __post_init__(self) -> None:
        self.translator = Translations()
        self.catalogue = Shelf(self.media_root.resolve())
        self.webphone = Webphone(bubbles=self.bubbles, clock=self.clock)
        self.provider = Provider()
        self.channels = {"webphone": self.webphone, "provider": self.provider}
        self.demo: Demo | None = Demo() if self.settings.is_demo else None
        self.accepted: list[MessageReceived] = []
        self.store = People()
        self.turns = SimpleNamespace(happened=deque[Happened]())
        self.delivery = SimpleNamespace(is_idle=lambda: True)
        self.replies = 1
        self.can_commit = True
        self.is_ready = True
        self.has_started = self.is_stopping = False
        self.counts = {"events": 42, "answers": 7, "waiting": 0, "sent": 38, "set_aside": 0}

    async def accept(self, events: Sequence[MessageReceived]) -> None:
        if not self.can_commit:
            raise NotCommitted("The turn could not be committed in time.")
        new = [event for event in events if event.key not in {known.key for known in self.accepted}]
        self.accepted += new
        for event in new:
            self.turns.happened.appendleft(Happened(START, event.address, "said", self.replies))
            if self.script:
                await self.script(self, event)

    def started(self) -> bool:
        return self.has_started

    def stopping(self) -> bool:
        return self.is_stopping

    async def start(self) -> None:
        self.has_started = True

    async def stop(self) -> None:
        self.is_stopping = True
        await self.webphone.close()

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "version": "0.1.0", "problems": ["content/x.md:3:1 E01 wrong → mend"]}

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        return self.is_ready, {"provider": "waits for its token"}

    def metrics(self) -> bytes:
        return b"teabreak_up 1\n"

    async def kept(self, names: dict[str, str]) -> Kept:
        last = [
            (START, "Amina", "Question shown: safe-04, question 1", "kept, sent"),
            (START - timedelta(minutes=2), "Amina", "Tapped Next", "kept, answered"),
            (START - timedelta(minutes=34), "Lerato", "Asked /summary", "kept, 1 picture sent"),
        ]
        return Kept(self.counts, last)

    async def say(self, phone: str, text: str, **more: Any) -> str:
        """Let the bot say something on a phone and return the bubble's number."""
        language = more.pop("language", "en")
        rows = tuple(tuple(Button(label, token) for label, token in row) for row in more.pop("rows", ()))
        picture = more.pop("picture", None)
        message = OutboundMessage(
            address=Address("webphone", phone),
            text=parse(text) if text else (),
            language=language,
            rtl=self.translator.is_rtl(language),
            rows=rows,
            picture=Media(*picture) if picture else None,
            **more,
        )
        return (await self.webphone.send(message)).message_id or ""
