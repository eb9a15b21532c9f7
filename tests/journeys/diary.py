"""Somebody's weeks with the bot, written down line by line: a whole App, its database, its courses and its words.

Only the phone is ours, so that each message is kept with the moment it came at, and the clock, which a test sets
forward. Chance is drawn from a seed, so that the options of a question stand in the same order each time.
"""

import itertools
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.bootstrap import open_app
from bot.clock import SystemClock
from bot.core.course import QuestionCard
from bot.core.events import InboundContent, MessageReceived, Opened, Said, Tapped
from bot.core.facts import CompanyMade, InvitationMade
from bot.core.learner import Company, Memory, Role
from bot.core.messages import Address, Button, Features, OutboundMessage, Receipt
from bot.core.rich_text import fill, plain
from bot.ports import Parsed
from bot.rows import Keys, Lane, TurnRow
from bot.service.retention import Retention
from tests.journeys.telegram import quick, settings_for
from tests.waiting import eventually

CODE = "7Q2KM4XW9B"
HERE = Address("telegram", "1")
# What one tap and the reading before it take.
A_TAP = timedelta(seconds=15)
# Isolates and marks that steer a right-to-left line: nobody sees them, and in a file they only disturb.
_STEERING = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))
_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")
_OPTION = re.compile(r"^(?:✓ )?([0-9٠-٩]+)  (.+)$", re.MULTILINE)
_MOMENT = timedelta(microseconds=1)


class WoundClock(SystemClock):
    """A clock that shows what it was set to; waiting stays real."""

    def __init__(self, now: datetime) -> None:
        self.shown = now

    def now(self) -> datetime:
        return self.shown


class Phone:
    """A phone that takes every message and remembers when it came."""

    name = "telegram"
    body_limit = 1000

    def __init__(self, features: Features, clock: WoundClock) -> None:
        self.features, self._clock = features, clock
        self.came: list[tuple[datetime, OutboundMessage]] = []
        self._ids = itertools.count(1)

    def parse(self, _headers: Mapping[str, str], _body: bytes) -> Parsed:
        return Parsed()

    async def send(self, message: OutboundMessage) -> Receipt:
        self.came.append((self._clock.now(), message))
        return Receipt(message.replaces or str(next(self._ids)))

    async def noticed(self, event: MessageReceived) -> None:
        """Let an update stand as read."""

    async def listen(self, accept: object) -> None:
        """Hear nothing: what is said here is handed over by the test."""

    def waiting_for(self) -> None:
        return None

    async def close(self) -> None:
        """Let go of nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a diary. `begun` is True for what the bot began by itself."""

    at: datetime
    who: str
    text: str
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a firm is, and what is spoken there."""

    zone: str
    country: str
    language: str = "en"


class Diary:
    """One worker and what they see. What they do ends when the bot has reacted and is quiet again."""

    def __init__(self, app: App, phone: Phone, clock: WoundClock, place: Place) -> None:
        self.app, self.phone, self.clock = app, phone, clock
        self.zone, self.language, self.shows_offset = ZoneInfo(place.zone), place.language, False
        self.entries: list[Entry] = []
        self.memory: Memory | None = None
        self._keys = itertools.count(1)
        self._brief = False
        questions = [
            card.question
            for course in app.catalogue.courses(place.language)
            for lesson in course.lessons
            for card in lesson.cards
            if isinstance(card, QuestionCard)
        ]
        self._right = {
            _bare(option.text): option.is_right for question in questions for option in getattr(question, "options", ())
        }
        self._numbers = {
            _bare(question.heading): question.answer for question in questions if hasattr(question, "answer")
        }

    # --- what the worker does -------------------------------------------------------------------------------------

    async def opens(self, payload: str) -> None:
        await self._does(f"opens the link with the code {payload}", Opened(payload))

    async def says(self, text: str) -> None:
        await self._does(text, Said(text))

    async def taps(self, label: str) -> None:
        """Tap the newest button of that label that was shown."""
        buttons = [(found, number) for number, found in self._buttons() if found.label.translate(_STEERING) == label]
        assert buttons, f"There is no button {label!r}: {[found.label for _, found in self._buttons()][:8]}"
        await self._does(f"[{label}]", Tapped(buttons[0][0].token, buttons[0][1]))

    async def chooses(self, choice: str) -> None:
        """Tap the newest button that means this, whatever language it speaks."""
        ends = (f":{choice}", f":/{choice}")
        button = next((found for _, found in self._buttons() if found.token.endswith(ends)), None)
        assert button, f"Nothing means {choice!r}: {self.choices()}"
        await self.taps(button.label.translate(_STEERING))

    async def answers(self, *, rightly: bool = True, typed: str = "") -> None:
        """Answer the question that is shown, by typing the numbers of the options, or one of them wrongly."""
        if not self._options():
            await self.says(self._number(rightly=rightly).translate(_digits(typed)))
            return
        options = [(number, self._right[text]) for number, text in self._options()]
        numbers = [number for number, is_right in options if is_right is rightly]
        if not rightly:
            numbers = numbers[:1]
        digits = " ".join(numbers).translate(_EASTERN)
        await self.says(digits.translate(_digits(typed)))

    def _number(self, *, rightly: bool) -> str:
        shown = self._shown().split("\n")
        answer = next(self._numbers[line] for line in shown if line in self._numbers)
        return str(answer if rightly else answer + 1)

    async def learns(self, *, wrong: Iterable[int] = (), typed: str = "", action: str = "today") -> None:
        """Go through a lesson from its first card, with some of its questions answered wrongly."""
        missed, number = set(wrong), 0
        self._brief = True
        while "today" not in self.choices():
            if "forward" not in self.choices():
                number += 1
                await self.answers(rightly=number not in missed, typed=typed if number == 1 else "")
            else:
                await self.chooses("forward")
        self._brief = False
        await self.chooses(action)

    async def takes_up(self, follow_up: str = "done", *, rightly: bool = True) -> None:
        """Answer what comes back, until a lesson is open or nothing more is asked."""
        while True:
            offered = self.choices()
            if "gain" in offered:
                await self.chooses("gain")
            elif "not_yet" in offered:
                await self.chooses(follow_up)
            elif "skip" in offered:
                await self.answers(rightly=rightly)
                rightly = True
            elif offered == ["forward"]:
                await self.chooses("forward")
            else:
                return

    def choices(self) -> list[str]:
        """Return what the newest bubble offers."""
        message = self._newest()
        return [button.token.split(":", 2)[2] for row in message.rows for button in row] if message else []

    def newest(self) -> str:
        """Return the text that came last."""
        return plain(self.phone.came[-1][1].text).translate(_STEERING)

    def _newest(self) -> OutboundMessage | None:
        return next((message for _, message in reversed(self.phone.came) if message.rows), None)

    def _shown(self) -> str:
        message = self._newest()
        return plain(message.text).translate(_STEERING) if message else ""

    def _options(self) -> list[tuple[str, str]]:
        return _OPTION.findall(self._shown())

    def _buttons(self) -> list[tuple[str, Button]]:
        return [
            (message.replaces or "1", button)
            for _, message in reversed(self.phone.came)
            for row in message.rows
            for button in row
        ]

    async def _does(self, words: str, content: InboundContent) -> None:
        self.clock.shown += A_TAP
        self.entries.append(Entry(self.clock.now(), "Worker", words))
        before = len(self.phone.came)
        key = f"telegram:{next(self._keys)}"
        await self.app.accept([MessageReceived(key, HERE, content, self.language, message_id=key)])
        await self._settled()
        self._note(before, begun=False)

    # --- how time passes ------------------------------------------------------------------------------------------

    async def waits(self, *, weeks: int = 2) -> str:
        """Let time pass until the bot begins to speak, and return its text; fail if it says nothing for so long."""
        assert await self.until(self.clock.now() + timedelta(weeks=weeks), first=True), "Nothing came."
        return self.newest()

    async def until(self, end: datetime, *, first: bool = False) -> int:
        """Play time forward, from one moment at which somebody is due to the next; return how many messages came."""
        before = len(self.phone.came)
        while True:
            due = await self.app.store.read(lambda uow: uow.rhythms.first_due(end))
            if due is None:
                break
            self.clock.shown = max(due, self.clock.now() + _MOMENT)
            seen = len(self.phone.came)
            await Retention(self.app.store, self.clock).forget()
            await self.app.tick.look()
            await self._settled()
            self._note(seen, begun=True)
            if first and len(self.phone.came) > seen:
                return len(self.phone.came) - before
        self.clock.shown = end
        return len(self.phone.came) - before

    async def day(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """Go to a local time of today or of a later day, through all that comes until then."""
        local = self.clock.now().astimezone(self.zone)
        then = datetime.combine(local.date() + timedelta(days=days), time(hour, minute), self.zone)
        await self.until(then.astimezone(UTC))

    async def _settled(self) -> None:
        await eventually(self._is_quiet)

    async def _is_quiet(self) -> bool:
        if not self.app.delivery.is_idle() or self.app.turns._has_work():
            return False
        now = self.clock.now()
        await self.app.delivery.look()
        busy = await self.app.store.read(
            lambda uow: uow.outbox.is_in_flight() or any(uow.outbox.is_due(now, lane) for lane in Lane)
        )
        return not busy and self.app.delivery.is_idle() and not self.app.turns._has_work()

    # --- how it is written down -----------------------------------------------------------------------------------

    def _note(self, after: int, *, begun: bool) -> None:
        for at, message in self.phone.came[after:]:
            # An old bubble that loses its buttons tells nobody anything.
            if not message.takes_back and (message.rows or not message.replaces):
                self.entries.append(Entry(at, "Teabreak", self._written(message), begun))

    def _written(self, message: OutboundMessage) -> str:
        lines = [line for line in plain(message.text).translate(_STEERING).split("\n") if line.strip()]
        text = f"{lines[0]} …" if self._brief and len(lines) > 1 else " / ".join(lines)
        picture = f"(a picture: {message.picture.alt})" if message.picture else ""
        labels = " ".join(f"[{button.label.translate(_STEERING)}]" for row in message.rows for button in row)
        return "  ".join(part for part in ("(rings)" * (not message.silent), picture, text, labels) if part)

    async def closes(self) -> None:
        """Keep what is known at the end."""
        self.memory = (await self.app.store.read(lambda uow: uow.memories.load([Keys(HERE)])))[0]

    def text(self, title: str) -> str:
        """Return the diary as a file shows it: a line for each thing said, a gap between days."""
        lines, before = [title], None
        for entry in self.entries:
            local = entry.at.astimezone(self.zone)
            if before != local.date():
                lines += ["", *_silence(before and (local.date() - before).days)]
            before = local.date()
            lines.append(f"{self._when(local)}  {entry.who:8}  {entry.text}")
        return "\n".join(lines) + "\n"

    def _when(self, local: datetime) -> str:
        offset = f" (UTC{local:%z})" if self.shows_offset else ""
        return f"{local:%a} {local.day:2} {local:%b %Y, %H:%M}{offset}"


def _bare(source: str) -> str:
    return plain(fill(source, {}, rtl=False)).translate(_STEERING)


def _digits(typed: str) -> dict[int, int]:
    return str.maketrans("0123456789", typed or "0123456789")


def _silence(days: int | None) -> Sequence[str]:
    if not days or days < 2:
        return []
    return [f"({'one day' if days == 2 else f'{days - 1} days'} without a message)", ""]


@asynccontextmanager
async def diary(folder: Path, began: datetime, place: Place) -> AsyncIterator[Diary]:
    """Open a whole bot with one firm, where a worker lives."""
    clock, chance = WoundClock(began), Random(7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.bootstrap.token_bytes", chance.randbytes)
        settings = settings_for(folder, _Nowhere())
        app = await open_app(settings, clock=clock, pace=quick)
        phone = Phone(app.channels["telegram"].features, clock)
        await app.channels["telegram"].close()
        app.channels["telegram"] = phone
        company = Company("mill", "Sunrise Joinery", place.country, place.zone, "10-49", (place.language,))
        made = (CompanyMade(company, ""), InvitationMade(CODE, Role.WORKER, company.id, None))
        nobody = TurnRow(Address("telegram", "0"), None, None, made)
        await app.store.write(lambda transaction: transaction.run(lambda uow: uow.memories.save([nobody], began)))
        await app.start()
        worker = Diary(app, phone, clock, place)
        try:
            yield worker
            await worker.closes()
        finally:
            await app.stop()


class _Nowhere:
    url = "http://127.0.0.1:9"
