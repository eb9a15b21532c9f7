"""What a trainer asks for: summaries, exports, and a new company in under 90 seconds."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from bot.core.answer import normalized
from bot.core.course import Country
from bot.core.dialogue.company import LINK_DAYS
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.facts import Audited, CompanyMade, InvitationMade
from bot.core.learner import Company, Role
from bot.core.messages import Content, Option, Recipe, row, say, say_in
from bot.core.reminder import local
from bot.core.zones import distinct_zones

SIZE_BANDS = ("1-9", "10-49", "50-249", "250+")
LONGEST_NAME = 60
_MOST_ZONES = 12
_MOST_COUNTRIES = 4
_CODE_OF_COUNTRY = 2
_SMALL_WORDS = frozenset({"and", "the"})
# Arabic letters that stand for one another at the end of a word.
_TWINS = {0x629: 0x647, 0x649: 0x64A}
_WHOLE, _BEGUN, _PART = range(3)
_CODE = 10
_TICK = "✓"


def is_trainer(scene: Scene) -> bool:
    """Say whether a trainer asks, and tell anybody else who could."""
    if Role.TRAINER in scene.roles:
        return True
    scene.say(say("This is for trainers. Ask whoever runs this bot for a trainer's link."), rows=command_rows((MENU,)))
    return False


def scope(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return whose companies are meant, an operator's are all of them; and in which zone the reader's day is."""
    companies = scene.memory.trained_companies
    zone = scene.person.time_zone or (companies[0].time_zone if companies else "")
    trainer = "" if scene.person.is_operator else scene.person.id
    return (("trainer", trainer), ("language", scene.person.language), ("zone", zone))


def summary(scene: Scene, name: str) -> None:
    """Answer with completions, of all companies or of the one that is named."""
    if is_trainer(scene):
        rows = command_rows((("export", say_in("button", "Export")), ("newcompany", say_in("button", "New company"))))
        scene.add(Recipe("summary", (*scope(scene), ("name", name[:LONGEST_NAME])), rows=rows))


def export(scene: Scene) -> None:
    """Answer with completions as a file."""
    if is_trainer(scene):
        scene.keep(Audited(scene.person.id, "exported", "completion"))
        scene.add(Recipe("export", (*scope(scene), ("format", "csv"))))


# --- a country ----------------------------------------------------------------------------------------------------


def named_countries(countries: Mapping[str, Country], text: str) -> tuple[bool, tuple[Country, ...]]:
    """Return the countries that a text may name, at most four, and whether the first is meant for sure.

    A code or a whole name in any language is sure, unless another name begins with it, as Guinea-Bissau does with
    Guinea. Part of a name, or a name among other words, is a guess. What would fit more than four is none.
    """
    by_code = countries.get(normalized(text))
    if by_code and len(normalized(text)) == _CODE_OF_COUNTRY:
        return True, (by_code,)
    said = _folded(text)
    words = set(said.split())
    closeness: dict[str, tuple[int, str]] = {}
    for key, country in countries.items():
        close = _closeness(said, words, _folded_name(key)) if words else None
        if close is not None:
            closeness[country.code] = min((close, country.name), closeness.get(country.code, (close, country.name)))
    ranked = sorted(closeness, key=closeness.__getitem__)
    whole = [code for code in ranked if closeness[code][0] == _WHOLE]
    found = tuple(countries[normalized(code)] for code in ranked)
    if len(whole) == 1 and (len(ranked) == 1 or closeness[ranked[1]][0] != _BEGUN):
        return True, found[:1]
    return False, found[:_MOST_COUNTRIES] if whole or len(found) <= _MOST_COUNTRIES else ()


def _closeness(said: str, words: set[str], name: str) -> int | None:
    """Return how near a name is to what was said, 0 the nearest, or None if it is another one."""
    if name == said:
        return _WHOLE
    if len(said) <= _CODE_OF_COUNTRY:
        return None
    if name.startswith(f"{said} "):
        return _BEGUN
    parts = set(name.split())
    return _PART if words <= parts or (len(name) > _CODE_OF_COUNTRY and parts <= words) else None


def _folded(text: str) -> str:
    """Return a name without accents and without the small words of English that people put in or leave out."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(word for word in normalized(letters.translate(_TWINS)).split() if word not in _SMALL_WORDS)


# The names are ours and the same for all; what was typed is not remembered.
_folded_name = lru_cache(maxsize=4096)(_folded)


# --- a new company ------------------------------------------------------------------------------------------------


def new_company(scene: Scene) -> None:
    """Begin with the name."""
    if is_trainer(scene):
        scene.state = replace(scene.state, draft={})
        scene.ask(Asking.COMPANY_NAME, say("What is the company called? Send its name."))


def take_name(scene: Scene, text: str) -> None:
    """Keep the name as it was typed, on one line."""
    name = " ".join(text.split())[:LONGEST_NAME]
    if not normalized(name):
        scene.say(say("I could not read this name. Please send it in letters."))
        return
    scene.state = replace(scene.state, draft={"name": name})
    ask_country(scene)


def ask_country(scene: Scene) -> None:
    """Ask where the company is."""
    name = scene.state.draft.get("name", "")
    scene.ask(
        Asking.COMPANY_COUNTRY, say("Which country is {company} in? Send its name, or its two letters.", company=name)
    )


def take_country(scene: Scene, text: str) -> bool:
    """Take the country that is named, or ask which of a few is meant; return whether it could be read."""
    is_sure, found = named_countries(scene.library.countries, text)
    if not found:
        return False
    if is_sure:
        _keep_country(scene, found[0])
        return True
    language = scene.library.language
    rows = tuple(row((f"country {country.code}", Content(country.name, language))) for country in found)
    scene.ask(Asking.COMPANY_COUNTRY, say("Which country do you mean?"), rows=rows)
    return True


def hint_country(scene: Scene) -> None:
    """Say once and kindly how a country is typed."""
    scene.say(say("I do not know this country. Please send its name again, or its two letters, such as KE."))


def choose_country(scene: Scene, choice: str) -> None:
    """Take one of the countries that were offered."""
    country = scene.library.countries.get(normalized(choice.removeprefix("country ")))
    if country:
        _keep_country(scene, country)


def _keep_country(scene: Scene, country: Country) -> None:
    scene.state = replace(scene.state, draft={**scene.state.draft, "country": country.code})
    ask_zone(scene)


def ask_zone(scene: Scene) -> None:
    """Ask for the time zone where the country has several."""
    country = scene.library.countries.get(normalized(scene.state.draft.get("country", "")))
    zones = distinct_zones(scene.now, country.time_zones if country else (), _MOST_ZONES)
    if len(zones) > 1:
        rows = tuple((Option(f"zone {name}", Content(_zone_label(scene, name), "en")),) for name in zones)
        scene.ask(Asking.COMPANY_ZONE, say("What time is it there now?"), rows=rows)
        return
    take_zone(scene, f"zone {zones[0] if zones else 'UTC'}")


def _zone_label(scene: Scene, name: str) -> str:
    return f"{local(scene.now, name):%H:%M} · {name.rsplit('/', 1)[-1].replace('_', ' ')}"


def take_zone(scene: Scene, choice: str) -> None:
    """Keep the time zone and ask for the size."""
    scene.state = replace(scene.state, draft={**scene.state.draft, "zone": choice.removeprefix("zone ")})
    ask_size(scene)


def ask_size(scene: Scene) -> None:
    """Ask how many people work there."""
    bands = [Option(f"size {band}", Content(band, "en")) for band in SIZE_BANDS]
    scene.ask(Asking.COMPANY_SIZE, say("How many people work there?"), rows=(tuple(bands[:2]), tuple(bands[2:])))


def take_size(scene: Scene, choice: str) -> None:
    """Keep the size and ask for the languages."""
    scene.state = replace(
        scene.state, draft={**scene.state.draft, "size": choice.removeprefix("size "), "languages": ""}
    )
    ask_languages(scene)


def ask_languages(scene: Scene) -> None:
    """Ask which languages are read there."""
    scene.expect(Asking.COMPANY_LANGUAGES)
    _show_languages(scene, turns=False)


def _show_languages(scene: Scene, *, turns: bool) -> None:
    ticked = scene.state.draft.get("languages", "").split()
    rows: list[tuple[Option, ...]] = [
        (
            Option(
                f"tick {known.code}",
                Content(f"{_TICK} {known.name}" if known.code in ticked else known.name, known.code),
            ),
        )
        for known in scene.library.languages
    ]
    rows.append(row(("ticked", say_in("button", "Done"))))
    scene.say(say("Which languages do people there read? Choose all, then Done."), rows=tuple(rows))
    if turns:
        last = scene.replies.pop()
        scene.add(replace(last, replaces=True) if not isinstance(last, Recipe) else last)


def take_languages(scene: Scene, choice: str) -> None:
    """Tick a language, or make the company with those that are ticked."""
    if choice != "ticked":
        code = choice.removeprefix("tick ")
        ticked = [known for known in scene.state.draft.get("languages", "").split() if known != code]
        if len(ticked) == len(scene.state.draft.get("languages", "").split()):
            ticked.append(code)
        scene.state = replace(scene.state, draft={**scene.state.draft, "languages": " ".join(ticked)})
        scene.step += 1
        _show_languages(scene, turns=True)
        return
    scene.put_away()
    _make(scene)


def _make(scene: Scene) -> None:
    """Make the company with a worker's code for its poster and an owner's link for one use."""
    draft, fresh = scene.state.draft, scene.memory.fresh
    languages = tuple(draft.get("languages", "").split()) or (scene.person.language,)
    made = Company(fresh[3], draft["name"], draft["country"], draft["zone"], draft["size"], languages)
    worker, owner = fresh[4][:_CODE], fresh[5][:_CODE]
    scene.keep(
        CompanyMade(made, scene.person.id),
        InvitationMade(worker, Role.WORKER, made.id, None),
        InvitationMade(owner, Role.OWNER, made.id, scene.now + LINK_DAYS),
        Audited(scene.person.id, "made company", made.id),
    )
    scene.state = replace(scene.state, draft={})
    scene.expect(Asking.NOTHING)
    scene.say(say("{company} is ready. For the poster:", company=made.name))
    channel = ("channel", scene.event.address.channel)
    scene.add(Recipe("invite", (("company", made.id), channel)))
    scene.add(Recipe("owner_link", (("company", made.id), ("code", owner), channel), rows=command_rows((MENU,))))
