"""The clock of the demo page: what time it is there, and three buttons that say what will happen and when."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.core.dialogue.days import ON_WEEKDAYS, WEEKDAYS
from bot.core.messages import Phrase, say, say_count, say_in
from bot.core.reminder import local
from bot.service.demo import Cohort
from bot.service.demo_clock import Comes, Move
from bot.web.guard import known_visitor, refuse_foreign
from bot.web.phone import demo_of
from bot.web.room import Room, room_of
from bot.web.webhooks import limited_body

_LONGEST = 256
_FORM = "application/x-www-form-urlencoded"
_ONE_DAY, _ONE_WEEK = 1, 7
_NAMES = {Move.NEXT: say("Next event"), Move.TOMORROW: say("Tomorrow"), Move.WEEK: say("Next week")}


@dataclass(frozen=True, slots=True)
class MoveButton:
    """A button: what it is called, and what will happen when, on which phones. One that leads nowhere is off."""

    move: str
    name: Phrase
    says: Phrase
    is_on: bool = True
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """The clock as it is drawn. `mark` says how it was set when it was drawn."""

    weekday: Phrase
    hour: time
    day: date
    buttons: tuple[MoveButton, ...]
    mark: str
    is_shared: bool


async def move(request: Request) -> Response:
    """POST /demo/clock: move the clock; a page without a script comes back, others get the clock as it is now."""
    refuse_foreign(request)
    visitor = known_visitor(request)
    room = room_of(request)
    fields, is_form = await _fields(request)
    seen = fields.get("seen")
    if fields.get("move") not in set(Move) or not isinstance(seen, str | None):
        raise HTTPException(400)
    await demo_of(room).move(visitor, Move(fields["move"]), seen=seen)
    language = room.pages.language(request)
    cohort = await demo_of(room).cohort(visitor)
    if is_form or not cohort.ready:
        return RedirectResponse(f"/?lang={language}#clock", 303)
    return HTMLResponse(await fragment(room, cohort, language))


async def _fields(request: Request) -> tuple[dict[str, Any], bool]:
    """Return what a form or a script sent, and whether it was a form."""
    body = await limited_body(request, _LONGEST)
    if request.headers.get("content-type", "").startswith(_FORM):
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=4)), True
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(fields, dict) or not isinstance(fields.get("move"), str):
        raise HTTPException(400)
    return fields, False


async def fragment(room: Room, cohort: Cohort, language: str) -> str:
    """Return the clock as a piece of the page."""
    return room.pages.fragment("clock.html", language, clock=await panel(room, cohort))


async def panel(room: Room, cohort: Cohort) -> Panel:
    """Return the clock ready for its template, in the zone of the phones."""
    comes = await demo_of(room).comes(cohort)
    zone = cohort.phones[0].time_zone
    now = local(comes.now, zone)
    return Panel(
        weekday=WEEKDAYS[now.weekday()],
        hour=_hour(now),
        day=now.date(),
        buttons=(_next(comes, cohort, now), *(_later(found, comes, zone) for found in (Move.TOMORROW, Move.WEEK))),
        mark=comes.mark,
        is_shared=room.app.settings.demo_open,
    )


def _next(comes: Comes, cohort: Cohort, now: datetime) -> MoveButton:
    """Return the button that leads to the next message on one of the phones."""
    at = comes.moves.get(Move.NEXT)
    if at is None:
        hint = say("Nothing is due. Choose an hour on a phone, after its first lesson.")
        return MoveButton(Move.NEXT, _NAMES[Move.NEXT], hint, is_on=False)
    moment = local(at, cohort.phones[0].time_zone)
    phones = [phone for phone in cohort.phones if phone.id in {address.id for address in comes.writes_to}]
    name, day, hour, others = phones[0].name, _on_day(now.date(), moment.date()), _hour(moment), len(phones) - 1
    said = say("A message for {name}, {day} at {hour}.", name=name, day=day, hour=hour)
    if others:
        said = say_count(
            "Messages for {name} and {n} other, {day} at {hour}.",
            "Messages for {name} and {n} others, {day} at {hour}.",
            n=others,
            name=name,
            day=day,
            hour=hour,
        )
    return MoveButton(Move.NEXT, _NAMES[Move.NEXT], said, phones=tuple(phone.id for phone in phones))


def _later(move: Move, comes: Comes, zone: str) -> MoveButton:
    """Return a button that leads to a morning, whatever comes until then."""
    at = comes.moves.get(move)
    if at is None:
        hint = say("The clock cannot go further. Start again to set it back.")
        return MoveButton(move, _NAMES[move], hint, is_on=False)
    moment = local(at, zone)
    weekday, hour = ON_WEEKDAYS[moment.weekday()], _hour(moment)
    if move is Move.TOMORROW:
        return MoveButton(move, _NAMES[move], say("The clock goes to {hour} {day}.", day=weekday, hour=hour))
    said = say("The clock goes to {hour} {day}, {date}.", day=weekday, hour=hour, date=moment.date())
    return MoveButton(move, _NAMES[move], said)


def _on_day(today: date, day: date) -> Phrase:
    """Say on which day something comes, as people near it would."""
    ahead = (day - today).days
    if ahead == 0:
        return say_in("when", "today")
    if ahead == _ONE_DAY:
        return say_in("when", "tomorrow")
    return ON_WEEKDAYS[day.weekday()] if ahead < _ONE_WEEK else say_in("when", "on {date}", date=day)


def _hour(moment: datetime) -> time:
    return moment.time().replace(second=0, microsecond=0)
