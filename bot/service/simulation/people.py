"""One person who is played: what they do next follows from what is on their phone and from how they are."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from bot.core.events import Blocked, InboundContent, Opened, Said, Tapped, Unblocked
from bot.core.messages import Address
from bot.service.simulation.answering import Answer, Answering, Manner
from bot.service.simulation.phones import Asked, Phone
from bot.service.simulation.temperaments import Temperament

# Everybody takes about a minute for a card, so that people of the same minute act in the same moment.
GRID = timedelta(minutes=1)
_A_WHILE = 5
_PATIENCE = timedelta(days=1)
_ONWARDS = ("/resume", "/next")
_NEVER_BY_CHANCE = frozenset({"/stop", "/forget", "/pause", "/company", "/language", "/hour", "/fewer", "/menu"})
_DONE = frozenset({"today", "tomorrow", "not_for_me"})
_ENDS_REMINDERS = frozenset({"none", "/pause"})
_TURNS_AWAY, _COMES_BACK = frozenset({"stop", "block"}), frozenset({"start", "unblock", "join"})
_ASKS_FOR_ONE = "/snooze"


@dataclass(order=True, slots=True)
class Deed:
    """Something a person does by themselves at a moment; `words` are said, and `wishes` are what they mean by it."""

    at: datetime
    kind: str = "say"
    words: str = ""
    wishes: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(slots=True)
class Told:
    """What the person has told the bot, as they know it themselves; the observer judges by this alone."""

    zone: tzinfo
    works_nights: bool = False
    is_reminded: bool = False
    has_hour: bool = False
    lessons: int = 0
    asked_for: list[datetime] = field(default_factory=list)
    acted_at: datetime | None = None


@dataclass(slots=True)
class Actor:
    """A person with a phone. `silences` are spells in which they look at nothing."""

    name: str
    address: Address
    home: str
    temperament: Temperament
    manner: Manner
    phone: Phone
    answering: Answering
    told: Told
    deeds: list[Deed]
    silences: list[tuple[datetime, datetime]] = field(default_factory=list)
    own_zone: str = ""
    next_at: datetime | None = None
    is_willing: bool = True
    _is_there: bool = False
    _news: int = 0
    _seen: Asked | None = None

    def due(self) -> datetime | None:
        """Return when the person does something next."""
        return min((at for at in (self.next_at, self.deeds[0].at if self.deeds else None) if at), default=None)

    def joins(self, now: datetime) -> bool:
        """Say whether the person comes for the first time now, perhaps to a phone that was somebody else's."""
        return bool(self.deeds and self.deeds[0].at <= now and self.deeds[0].kind == "join")

    def retire(self) -> None:
        """Do nothing more: the phone is somebody else's now."""
        self.deeds, self.next_at = [], None

    def act(self, now: datetime) -> InboundContent | None:
        """Return what the person does now, if anything."""
        self.manner.clock = now.astimezone(ZoneInfo(self.own_zone or self.home)).time()
        if self.deeds and self.deeds[0].at <= now:
            return self._do(self.deeds.pop(0), now)
        waited = self._news == self.phone.news
        # Somebody who hears nothing for a day tries once more.
        found = Answer(Said("/next")) if waited and self._is_there else self._answer()
        self._is_there = self._is_there and not waited
        self.next_at = now + _PATIENCE if found and not waited else None
        self._news = self.phone.news
        if found:
            self._note(found.choice, now)
        return found.content if found else None

    def look(self, now: datetime, *, is_reminder: bool) -> None:
        """See what came, and think of when to do something about it."""
        if not self.is_willing or any(begins <= now < ends for begins, ends in self.silences):
            return
        dice, how = self.manner.dice, self.temperament
        if is_reminder:
            if dice.random() < how.answers:
                self._is_there = True
                self.next_at = self._in(now, timedelta(minutes=_A_WHILE * dice.randint(*how.whiles)))
            return
        asked = self.phone.asked
        if not self._is_there or asked is None or asked is self._seen:
            # Nothing to answer yet: the rest may still be on its way.
            return
        self._seen = asked
        goes_on = how.stays if self.manner.types or asked.answers() else how.more
        self._is_there = dice.random() < goes_on or bool(self.manner.wishes & asked.buttons.keys())
        self.next_at = self._in(now, GRID) if self._is_there else None

    def _in(self, now: datetime, delay: timedelta) -> datetime:
        seconds = int((now + delay - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds())
        step = int(GRID.total_seconds())
        return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=-(-seconds // step) * step)

    def _do(self, deed: Deed, now: datetime) -> InboundContent:
        self.manner.wishes |= deed.wishes
        self._is_there, self._news = deed.kind not in _TURNS_AWAY, self.phone.news
        self.next_at = None
        self.told.acted_at = now
        if deed.kind == "join":
            return Opened(deed.words)
        if deed.kind == "switch":
            self.manner.language = deed.words
        if deed.kind in _TURNS_AWAY | _COMES_BACK:
            self.is_willing = deed.kind in _COMES_BACK
        if deed.kind in {"block", "unblock"}:
            return Blocked() if deed.kind == "block" else Unblocked()
        if deed.words in {"/pause", "/resume"}:
            self.told.is_reminded = deed.words == "/resume" and self.told.has_hour
        return Said("/language" if deed.kind == "switch" else deed.words)

    def _answer(self) -> Answer | None:
        """Answer what is asked, or go on by a command that is offered."""
        answer = self.answering.answer(self.phone, self.manner)
        if answer or self.phone.asked is None:
            return answer
        offered = self.phone.asked.commands()
        wished = sorted(self.manner.wishes & offered.keys())
        usual = wished or [choice for choice in offered if choice not in _NEVER_BY_CHANCE]
        if not usual:
            return None
        by_chance = self.manner.dice.random() < self.temperament.strays
        onwards = next((choice for choice in _ONWARDS if choice in usual), usual[0])
        choice = self.manner.dice.choice(usual) if by_chance and not wished else onwards if not wished else wished[0]
        self.manner.wishes.discard(choice)
        return Answer(Tapped(offered[choice].token, self.phone.asked.message_id), choice)

    def _note(self, choice: str, now: datetime) -> None:
        """Remember what was told by an answer."""
        told = self.told
        told.acted_at = now
        told.lessons += choice in _DONE
        if choice.startswith("at_") or choice == "hour":
            told.is_reminded = told.has_hour = True
        elif choice in _ENDS_REMINDERS:
            told.is_reminded = False
        elif choice == "erase":
            self.is_willing = False
        elif choice == "nights_yes":
            told.works_nights = True
        elif choice.startswith("zone "):
            told.zone = ZoneInfo(choice.removeprefix("zone "))
        elif choice == "clock" and self.own_zone:
            told.zone = timezone(now.astimezone(ZoneInfo(self.own_zone)).utcoffset() or timedelta())
        elif choice.startswith(_ASKS_FOR_ONE):
            told.asked_for.append(now)
