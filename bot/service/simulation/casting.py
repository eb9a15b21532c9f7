"""Who is played: companies in different time zones, their trainers, owners and workers, all from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bot.core.messages import Address
from bot.ports import Catalogue
from bot.service.simulation.answering import Answering, Manner
from bot.service.simulation.people import Actor, Deed, Told
from bot.service.simulation.phones import Phones
from bot.service.simulation.temperaments import KEEN, SLOW, TEMPERAMENTS, Temperament

CHANNEL = "simulated"
# Each has one time zone; some change the clocks, some are odd, one lies beyond the date line.
COUNTRIES = (
    ("ZA", "Africa/Johannesburg"),
    ("EG", "Africa/Cairo"),
    ("DE", "Europe/Berlin"),
    ("NP", "Asia/Kathmandu"),
    ("MA", "Africa/Casablanca"),
    ("KG", "Asia/Bishkek"),
    ("LB", "Asia/Beirut"),
    ("WS", "Pacific/Apia"),
)
# Most tap an hour that is offered; some type one.
_HOURS = (*[time(10)] * 6, *[time(13)] * 5, time(17, 30))
_NIGHT_HOURS = (time(2, 30), time(22, 30))
# Most come when the poster is put up, in the tea break, and the rest by and by.
_JOINING_DAYS = (0, 0, 0, 1, 1, 2, 7, 14)
_BREAKS = (time(10), time(10), time(13), time(15))
_SHARE_AT_HOME = 0.9
_A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Firm:
    """A company that is played, with its trainer's phone and its owner's."""

    number: int
    name: str
    country: str
    zone: str
    trainer: Address
    owner: Address


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is played."""

    companies: int
    workers: int
    days: int
    seed: int


class Casting:
    """Makes the people of a simulation. Each has dice of their own, so that nobody's luck hangs on another's."""

    def __init__(self, scale: Scale, catalogue: Catalogue, phones: Phones, began: datetime) -> None:
        self._scale, self._phones, self._began = scale, phones, began
        self._answering = Answering(catalogue)
        self._languages = [language.code for language in catalogue.languages()]

    def firms(self) -> list[Firm]:
        """Return the companies. One trainer looks after five."""
        return [
            Firm(
                number,
                f"Firm {number}",
                *COUNTRIES[number % len(COUNTRIES)],
                Address(CHANNEL, f"trainer-{number // 5}"),
                Address(CHANNEL, f"owner-{number}"),
            )
            for number in range(self._scale.companies)
        ]

    def leaders(self, firm: Firm, *, with_trainer: bool) -> Iterator[Actor]:
        """Yield the owner, and the trainer once: they look at their numbers every fourth Monday."""
        leaders = [self._actor(firm.owner, firm, KEEN, self._mondays(firm, "/team"))]
        if with_trainer:
            leaders.append(self._actor(firm.trainer, firm, SLOW, self._mondays(firm, "/summary")))
        for leader in leaders:
            leader.manner.language = "en"
            yield leader

    def workers(self, firm: Firm, code: str) -> Iterator[Actor]:
        """Yield the workers of a company, and who takes over a phone that is shared."""
        for number in range(firm.number, self._scale.workers, self._scale.companies):
            temperament = TEMPERAMENTS[(number // self._scale.companies + 3 * firm.number) % len(TEMPERAMENTS)]
            address = Address(CHANNEL, f"worker-{number}")
            dice = self._dice(address.id)
            joins = self._at(firm, min(dice.choice(_JOINING_DAYS), self._scale.days - 1), dice.choice(_BREAKS))
            actor = self._actor(address, firm, temperament, [Deed(joins, "join", code)])
            self._fate(actor, dice, firm, joins)
            yield actor
            if temperament.fate == "shares" and len(actor.deeds) > 1:
                takes_over = Deed(actor.deeds[-1].at + timedelta(days=1), "join", code)
                yield self._actor(address, firm, KEEN, [takes_over], name=f"{address.id}-b")

    def _actor(
        self,
        address: Address,
        firm: Firm,
        temperament: Temperament,
        deeds: list[Deed],
        *,
        name: str = "",
    ) -> Actor:
        name = name or address.id
        dice = self._dice(f"{name}/manner")
        works_nights = temperament.fate == "works nights"
        manner = Manner(
            dice,
            language=dice.choice(("en", *self._languages)),
            hour=dice.choice(_NIGHT_HOURS if works_nights else _HOURS),
            right=temperament.right,
            strays=temperament.strays,
            works_nights=works_nights,
        )
        if temperament.fate == "wants none":
            manner.wishes.add("none")
        actor = Actor(
            name,
            address,
            firm.zone,
            temperament,
            manner,
            self._phones[address],
            self._answering,
            Told(ZoneInfo(firm.zone)),
            deeds,
        )
        has_own_phone = temperament.fate != "shares" and name == address.id
        if has_own_phone and not works_nights and dice.random() > _SHARE_AT_HOME:
            # Who works in another place than the company says so when the hour is asked for.
            actor.own_zone, manner.is_at_home = dice.choice(COUNTRIES)[1], False
        return actor

    # --- what happens to them -------------------------------------------------------------------------------------

    def _fate(self, actor: Actor, dice: Random, firm: Firm, joins: datetime) -> None:
        """Add what happens to a person, and when."""
        left = (self._began + timedelta(days=self._scale.days) - joins).days
        one, other = sorted(dice.randrange(2, max(3, left)) for _ in range(2))
        first = self._on(firm, joins, one, dice)
        second = self._on(firm, joins, max(other, one + 1), dice)
        if actor.temperament.fate == "returns":
            actor.silences.append((first, second))
            actor.deeds.append(Deed(second, "say", "/next"))
        actor.deeds += _DEEDS.get(actor.temperament.fate, _nothing)(first, second, actor, self._languages)
        if actor.temperament.visits:
            step = actor.temperament.visits
            actor.deeds += [Deed(self._on(firm, joins, day, dice), "say", "/next") for day in range(step, left, step)]
        actor.deeds.sort()

    def _mondays(self, firm: Firm, words: str) -> list[Deed]:
        monday = self._at(firm, 7 - self._began.weekday(), time(9))
        weeks = range(0, max(self._scale.days // 7 - 1, 0), 4)
        return [Deed(monday + week * _A_WEEK, "say", words) for week in weeks]

    def _on(self, firm: Firm, joins: datetime, days: int, dice: Random) -> datetime:
        return self._at(firm, (joins - self._began).days + days, dice.choice(_BREAKS))

    def _at(self, firm: Firm, day: int, hour: time) -> datetime:
        """Return a wall clock of the company's place, so many days after the beginning."""
        moment = datetime.combine(self._began.date() + timedelta(days=day), hour, ZoneInfo(firm.zone))
        return max(moment.astimezone(self._began.tzinfo), self._began + timedelta(minutes=5))

    def _dice(self, name: str) -> Random:
        return Random(f"{self._scale.seed}/{name}")  # noqa: S311 - a script, not a secret


def _nothing(_first: datetime, _second: datetime, _actor: Actor, _languages: list[str]) -> list[Deed]:
    return []


def _stops(first: datetime, second: datetime, _actor: Actor, _languages: list[str]) -> list[Deed]:
    # What is written in between is answered with one line, and begins nothing.
    between = first + (second - first) / 2
    return [Deed(first, "stop", "STOP"), Deed(between, "say", "Hello"), Deed(second, "start", "START")]


def _leaves(first: datetime, _second: datetime, _actor: Actor, _languages: list[str]) -> list[Deed]:
    return [Deed(first, "say", "/company", frozenset({"leave", "leave_yes"}))]


def _shares(first: datetime, _second: datetime, _actor: Actor, _languages: list[str]) -> list[Deed]:
    return [Deed(first, "forget", "/forget", frozenset({"erase"}))]


def _blocks(first: datetime, second: datetime, _actor: Actor, _languages: list[str]) -> list[Deed]:
    return [Deed(first, "block"), Deed(second, "unblock")]


def _pauses(first: datetime, second: datetime, _actor: Actor, _languages: list[str]) -> list[Deed]:
    return [Deed(first, "say", "/pause"), Deed(second, "say", "/resume")]


def _switches(first: datetime, second: datetime, actor: Actor, languages: list[str]) -> list[Deed]:
    others = [code for code in languages if code != actor.manner.language]
    back = Deed(second, "switch", actor.manner.language)
    return [Deed(first, "switch", actor.manner.dice.choice(others)), back] if others else []


_DEEDS = {
    "stops": _stops,
    "leaves": _leaves,
    "shares": _shares,
    "blocks": _blocks,
    "pauses": _pauses,
    "switches": _switches,
}
