"""The hour somebody wants to learn at, and the zone whose clock it is on."""

from dataclasses import replace
from datetime import time

from bot.core.answer import normalized
from bot.core.dialogue.gain import go_on
from bot.core.dialogue.said_times import read_hour
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking
from bot.core.messages import Block, Option, Phrase, row, say, say_count, say_in
from bot.core.reminder import is_quiet, local
from bot.core.zones import distinct_zones, zone_at

OFFERED_HOURS = (time(10), time(13))
_MOST_ZONES = 6


def ask_hour(scene: Scene, *lead: Block) -> None:
    """Ask when the next lesson shall come."""
    scene.state = replace(scene.state, asked_hour=True)
    hours = tuple((f"at_{hour:%H%M}", say_in("button", "{hour}", hour=hour)) for hour in OFFERED_HOURS)
    scene.ask(
        Asking.HOUR,
        *lead,
        say("When shall the next one come?"),
        rows=(
            row(*hours),
            row(("other", say_in("button", "Other time")), ("none", say_in("button", "No reminders"))),
        ),
    )


def choose_hour(scene: Scene, choice: str) -> None:
    """Take a button of the hour question."""
    scene.put_away()
    if choice == "none":
        scene.keep_person(replace(scene.person, hour=None, wants_reminders=False))
        go_on(scene, Block(say("That is fine. I do not remind you.")))
    elif choice == "other":
        ask_typed_hour(scene)
    else:
        keep_hour(scene, time(int(choice[3:5]), int(choice[5:7])))


def ask_typed_hour(scene: Scene) -> None:
    """Ask for an hour in figures."""
    scene.ask(Asking.HOUR_TYPED, say("At what time? Send it like {example}.", example="17:30"))


def take_typed_hour(scene: Scene, text: str) -> bool:
    """Take an hour in figures; return whether it could be read."""
    hour = read_hour(text)
    if hour is None:
        return False
    keep_hour(scene, hour)
    return True


def hint_hour(scene: Scene) -> None:
    """Say once and kindly how an hour is typed."""
    scene.say(say("I could not read this time. Send it like {example}.", example="17:30"))


def keep_hour(scene: Scene, hour: time) -> None:
    """Keep the hour, after asking about nights where it lies in the quiet hours."""
    if is_quiet(hour) and not scene.person.works_nights:
        scene.state = replace(scene.state, draft={**scene.state.draft, "hour": f"{hour:%H%M}"})
        ask_nights(scene)
        return
    # An hour at which people sleep by day is one of somebody who works nights no more.
    works_nights = scene.person.works_nights and not is_quiet(hour, works_nights=True)
    scene.keep_person(replace(scene.person, hour=hour, wants_reminders=True, works_nights=works_nights))
    scene.rhythm = replace(scene.rhythm, next_at=None, paused_until=None)
    ask_zone(scene)


def _hour_in_question(scene: Scene) -> time:
    kept = scene.state.draft.get("hour", "1000")
    return time(int(kept[:2]), int(kept[2:]))


def ask_nights(scene: Scene) -> None:
    """Ask whether an hour in the quiet hours is meant."""
    scene.ask(
        Asking.NIGHTS,
        say("Most people sleep at {hour}. You work nights?", hour=_hour_in_question(scene)),
        rows=(row(("nights_yes", say_in("button", "Yes")), ("nights_no", say_in("button", "No"))),),
    )


def take_nights(scene: Scene, choice: str) -> None:
    """Keep a night hour for who works nights; otherwise ask for another hour."""
    scene.put_away()
    if choice == "nights_yes":
        scene.keep_person(replace(scene.person, works_nights=True))
        keep_hour(scene, _hour_in_question(scene))
    else:
        ask_typed_hour(scene)


def ask_zone(scene: Scene) -> None:
    """Ask whether our idea of the local time is right, since the hour means nothing without it."""
    scene.ask(
        Asking.ZONE,
        say("It is now {time} for you?", time=_minute(scene, scene.zone_name)),
        rows=(row(("zone_yes", say_in("button", "Yes")), ("zone_no", say_in("button", "No"))),),
    )


def take_zone(scene: Scene, choice: str) -> None:
    """Go on when the local time is right; otherwise ask what it is."""
    scene.put_away()
    if choice == "zone_yes":
        _hour_kept(scene)
    elif choice == "zone_no":
        ask_typed_zone(scene)
    else:
        scene.keep_person(replace(scene.person, time_zone=choice.removeprefix("zone ")))
        _hour_kept(scene)


def ask_typed_zone(scene: Scene) -> None:
    """Ask what time it is for the learner, with a button for each time the country has."""
    home = scene.memory.company
    country = scene.library.countries.get(normalized(home.country)) if home else None
    rows = tuple(
        (Option(f"zone {name}", say_in("button", "{time}", time=_minute(scene, name))),)
        for name in distinct_zones(scene.now, country.time_zones if country else (), _MOST_ZONES)
    )
    scene.ask(
        Asking.ZONE_TYPED,
        say("What time is it for you now? Send it like {example}.", example="14:05"),
        rows=rows if len(rows) > 1 else (),
    )


def _minute(scene: Scene, zone: str | None) -> time:
    return local(scene.now, zone).time().replace(second=0, microsecond=0, tzinfo=None)


def take_typed_zone(scene: Scene, text: str) -> bool:
    """Work the zone out of the learner's own clock; return whether it could be read."""
    said = read_hour(text)
    zone = zone_at(scene.now, said) if said else None
    if zone is None:
        return False
    scene.keep_person(replace(scene.person, time_zone=zone))
    _hour_kept(scene)
    return True


def hint_zone(scene: Scene) -> None:
    """Say once and kindly how the time of now is typed."""
    scene.say(say("I could not read this time. Send it like {example}.", example="14:05"))


def _hour_kept(scene: Scene) -> None:
    go_on(scene, Block(promise(scene)))


def promise(scene: Scene) -> Phrase:
    """Say how often the bot writes at the hour that was chosen."""
    return say_count(
        "I write at that time, at most once a day, {n} day a week.",
        "I write at that time, at most once a day, {n} days a week.",
        n=len(scene.rhythm.days),
    )
