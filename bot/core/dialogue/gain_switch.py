"""A trainer's switch: whether a company's people are asked before and after a course where messages cost."""

from bot.core.answer import normalized
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.trainer import is_trainer
from bot.core.facts import Audited, GainSwitched
from bot.core.learner import Company
from bot.core.messages import Content, Option, say
from bot.core.rich_text import Verbatim

_TICK = "✓"
_MOST = 20


def switch(scene: Scene, argument: str) -> None:
    """Switch it for the company that is named; without a name, or with one that fits several, show which there are."""
    if not is_trainer(scene):
        return
    companies = scene.memory.trained_companies
    if not companies:
        scene.say(say("You have no companies yet. Send {command} to make one.", command=Verbatim("/newcompany")))
        return
    # A button says what is wanted, so that a second tap changes nothing.
    company_id, _, wanted = argument.rpartition(":")
    tapped = next((company for company in companies if company.id == company_id), None)
    if tapped and wanted in {"on", "off"}:
        _keep(scene, tapped, asks=wanted == "on")
        return
    named = _named(companies, normalized(argument))
    if len(named) == 1:
        _keep(scene, named[0], asks=not named[0].asks_gain)
    else:
        _show(scene, named or companies)


def _named(companies: tuple[Company, ...], said: str) -> tuple[Company, ...]:
    exact = tuple(company for company in companies if normalized(company.name) == said)
    return exact or tuple(company for company in companies if said and said in normalized(company.name))


def _show(scene: Scene, companies: tuple[Company, ...]) -> None:
    rows = tuple((_option(scene, company),) for company in companies[:_MOST])
    scene.say(
        say(
            "Two questions before and after a course show what it changes. Where messages cost, they are asked only "
            "in the companies that you choose."
        ),
        say("Which company do you mean? You can also send {command} and its name.", command=Verbatim("/gain")),
        rows=(*rows, *command_rows((MENU,))),
    )


def _option(scene: Scene, company: Company) -> Option:
    wanted = "off" if company.asks_gain else "on"
    label = f"{_TICK} {company.name}" if company.asks_gain else company.name
    return Option(f"/gain {company.id}:{wanted}", Content(label, scene.person.language))


def _keep(scene: Scene, company: Company, *, asks: bool) -> None:
    if asks != company.asks_gain:
        action = "switched gain on" if asks else "switched gain off"
        scene.keep(GainSwitched(company.id, asks), Audited(scene.person.id, action, company.id))
    told = (
        say("{company}: the two questions are asked now, also where messages cost.", company=company.name)
        if asks
        else say("{company}: the two questions are not asked where messages cost.", company=company.name)
    )
    scene.say(told, rows=command_rows((MENU,)))
