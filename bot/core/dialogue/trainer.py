"""What a trainer asks for: summaries, exports, and a new company in under 90 seconds."""

from dataclasses import replace

from bot.core.answer import normalized
from bot.core.dialogue.company import LINK_DAYS
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.facts import Audited, CompanyMade, InvitationMade
from bot.core.learner import Company, Role
from bot.core.messages import Content, Option, Recipe, row, say, say_in
from bot.core.reminder import distinct_zones, local

SIZE_BANDS = ("1-9", "10-49", "50-249", "250+")
LONGEST_NAME = 60
_MOST_ZONES = 12
_CODE = 10
_TICK = "✓"


def _is_trainer(scene: Scene) -> bool:
    if Role.TRAINER in scene.roles:
        return True
    scene.say(say("This is for trainers. Ask whoever runs this bot for a trainer's link."), rows=command_rows((MENU,)))
    return False


def _scope(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return whose companies are meant: an operator's are all of them."""
    return (("trainer", "" if scene.person.is_operator else scene.person.id), ("language", scene.person.language))


def summary(scene: Scene, name: str) -> None:
    """Answer with completions, of all companies or of the one that is named."""
    if _is_trainer(scene):
        rows = command_rows((("export", say_in("button", "Export")), ("newcompany", say_in("button", "New company"))))
        scene.add(Recipe("summary", (*_scope(scene), ("name", name[:LONGEST_NAME])), rows=rows))


def export(scene: Scene) -> None:
    """Answer with completions as a file."""
    if _is_trainer(scene):
        scene.keep(Audited(scene.person.id, "exported", "completion"))
        scene.add(Recipe("export", (*_scope(scene), ("format", "csv"))))


# --- a new company ------------------------------------------------------------------------------------------------


def new_company(scene: Scene) -> None:
    """Begin with the name."""
    if _is_trainer(scene):
        scene.state = replace(scene.state, draft={})
        scene.ask(Asking.COMPANY_NAME, say("What is the company called? Send its name."))


def take_name(scene: Scene, text: str) -> None:
    """Keep the name as it was typed, on one line."""
    name = " ".join(text.split())[:LONGEST_NAME]
    if not normalized(name):
        scene.say(say("I could not read this name. Please send it in letters."))
        return
    scene.state = replace(scene.state, draft={"name": name})
    scene.ask(
        Asking.COMPANY_COUNTRY, say("Which country is {company} in? Send its name, or its two letters.", company=name)
    )


def take_country(scene: Scene, text: str) -> None:
    """Find the country, and its time zone where it has only one."""
    country = scene.library.countries.get(normalized(text))
    if country is None:
        scene.say(
            say("I do not know this country. Send its name in English or in your language, or two letters such as KE.")
        )
        return
    scene.state = replace(scene.state, draft={**scene.state.draft, "country": country.code})
    zones = distinct_zones(scene.now, country.time_zones, _MOST_ZONES)
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
    bands = [Option(f"size {band}", Content(band, "en")) for band in SIZE_BANDS]
    scene.ask(Asking.COMPANY_SIZE, say("How many people work there?"), rows=(tuple(bands[:2]), tuple(bands[2:])))


def take_size(scene: Scene, choice: str) -> None:
    """Keep the size and ask for the languages."""
    scene.state = replace(
        scene.state, draft={**scene.state.draft, "size": choice.removeprefix("size "), "languages": ""}
    )
    scene.expect(Asking.COMPANY_LANGUAGES)
    _ask_languages(scene, turns=False)


def _ask_languages(scene: Scene, *, turns: bool) -> None:
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
        _ask_languages(scene, turns=True)
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
