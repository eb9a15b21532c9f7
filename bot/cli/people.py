"""`company add`, `operator add`, `trainer add`, `invite`: the first people, from a shell. Each is one short write."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.catalogue.files import Files
from bot.clock import SystemClock
from bot.core.answer import normalized
from bot.core.course import Country
from bot.core.errors import SettingsProblem
from bot.core.facts import Audited, CompanyMade, Fact, InvitationMade
from bot.core.learner import Company, Role
from bot.core.messages import Address
from bot.core.zones import distinct_zones
from bot.reports.qr import qr_terminal
from bot.repositories import UnitOfWork
from bot.rows import TurnRow
from bot.service.batch import fresh_code, fresh_codes
from bot.settings import Settings, read_settings
from bot.store.opening import open_readonly, short_write
from bot.store.running import migrate_alone

T = TypeVar("T")

LINK_DAYS = 7
SIZES = ("1-9", "10-49", "50-249", "250+")
_SHELL = Address("shell", "shell")
_CODE = 10
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Made:
    """An invitation as it is printed."""

    role: str
    code: str
    link: str | None
    company: str | None = None
    days: int | None = None


def company_add(
    name: str,
    /,
    *,
    country: str,
    zone: str | None = None,
    size: str = "10-49",
    languages: str = "en",
    json: bool = False,
) -> int:
    """Make a company; prints its link, code and QR, and the owner's link.

    Parameters
    ----------
    name
        The company's name.
    country
        Its country, by name or by its two letters.
    zone
        Its time zone, such as Africa/Maseru. Needed where the country has several.
    size
        How many people work there: 1-9, 10-49, 50-249 or 250+.
    languages
        Codes of the languages people there read, parted by commas.
    json
        Print JSON.
    """
    return asyncio.run(_company_add(name, _Details(country, zone, size, languages), as_json=json))


def operator_add(*, json: bool = False) -> int:
    """Make a link for an operator, for one use within seven days.

    Parameters
    ----------
    json
        Print JSON.
    """
    return asyncio.run(_role_add(Role.OPERATOR, None, as_json=json))


def trainer_add(*, company: str | None = None, json: bool = False) -> int:
    """Make a link for a trainer, for one use within seven days.

    Parameters
    ----------
    company
        A company made from a shell, which this trainer takes over.
    json
        Print JSON.
    """
    return asyncio.run(_role_add(Role.TRAINER, company, as_json=json))


def invite(company: str, /, *, owner: bool = False, json: bool = False) -> int:
    """Print a company's link, code and QR again.

    Parameters
    ----------
    company
        The company's name.
    owner
        Make a new link for its owner instead, for one use within seven days.
    json
        Print JSON.
    """
    return asyncio.run(_invite(company, owner=owner, as_json=json))


@dataclass(frozen=True, slots=True)
class _Details:
    country: str
    zone: str | None
    size: str
    languages: str


async def _company_add(name: str, details: _Details, *, as_json: bool) -> int:
    settings = _settings()
    country = _country(settings, details.country)
    zone = _zone(country, details.zone)
    if details.size not in SIZES:
        raise SettingsProblem(f"There is no size {details.size}.", f"Choose one of {', '.join(SIZES)}.")
    if not normalized(name):
        raise SettingsProblem("The name has no letters.", "Give the company's name.")
    (fresh,) = fresh_codes(1)
    languages = tuple(code.strip() for code in details.languages.split(",") if code.strip())
    made = Company(fresh[0], " ".join(name.split())[:60], country.code, zone, details.size, languages)
    worker, owner = fresh[1][:_CODE], fresh[2][:_CODE]
    until = SystemClock().now() + timedelta(days=LINK_DAYS)
    await _keep(
        settings,
        CompanyMade(made, ""),
        InvitationMade(worker, Role.WORKER, made.id, None),
        InvitationMade(owner, Role.OWNER, made.id, until),
        Audited("shell", "made company", made.id),
    )
    username = await _username(settings)
    rows = [
        Made("worker", worker, _link(username, worker), made.name),
        Made("owner", owner, _link(username, owner), made.name, LINK_DAYS),
    ]
    return _print(rows, as_json=as_json)


async def _role_add(role: Role, company: str | None, *, as_json: bool) -> int:
    settings = _settings()
    found = await _company(settings, company) if company else None
    code = await make_role(settings, role, found[0] if found else None)
    link = _link(await _username(settings), code)
    return _print([Made(role.value, code, link, found[1] if found else None, LINK_DAYS)], as_json=as_json)


async def make_role(settings: Settings, role: Role, company_id: str | None = None) -> str:
    """Keep a new invitation for a trainer or an operator and return its code."""
    code = fresh_code()[:_CODE]
    until = SystemClock().now() + timedelta(days=LINK_DAYS)
    invited = Audited("shell", f"invited {role.value}", company_id or "*")
    await _keep(settings, InvitationMade(code, role, company_id, until), invited)
    return code


async def _invite(name: str, *, owner: bool, as_json: bool) -> int:
    settings = _settings()
    company_id, shown, code = await _company(settings, name)
    username = await _username(settings)
    if not owner:
        return _print([Made("worker", code or "", _link(username, code or ""), shown)], as_json=as_json)
    fresh = fresh_code()[:_CODE]
    until = SystemClock().now() + timedelta(days=LINK_DAYS)
    await _keep(
        settings, InvitationMade(fresh, Role.OWNER, company_id, until), Audited("shell", "invited owner", company_id)
    )
    return _print([Made("owner", fresh, _link(username, fresh), shown, LINK_DAYS)], as_json=as_json)


async def _company(settings: Settings, name: str) -> tuple[str, str, str | None]:
    """Return the id, the name and the poster's code of the one company of this name."""

    def find(uow: UnitOfWork) -> list[tuple[str, str, str | None]]:
        said = normalized(name)
        found = [company for company in uow.numbers.companies(None) if normalized(company.company) == said]
        return [(company.company_id, company.company, uow.numbers.worker_code(company.company_id)) for company in found]

    found = await _read(settings, find)
    if len(found) != 1:
        reason = "There is no company of this name." if not found else "Several companies have this name."
        raise SettingsProblem(reason, "See the names with: teabreak report")
    return found[0]


# --- small steps --------------------------------------------------------------------------------------------------


def _settings() -> Settings:
    return read_settings(dict(os.environ))


async def _keep(settings: Settings, *facts: Fact) -> None:
    """Write facts in one short transaction, on a database that is made if there is none yet."""
    clock = SystemClock()
    await migrate_alone(settings.url, clock)
    now = clock.now()
    wanted = "yes" if settings.is_demo else "no"

    def keep(uow: UnitOfWork) -> str:
        mark = uow.records.get("demo") or wanted
        if mark == wanted:
            uow.records.put("demo", mark)
            uow.memories.save([TurnRow(_SHELL, None, None, facts)], now)
        return mark

    if await short_write(settings.url, keep) != wanted:
        whose = "a bot with real people" if settings.is_demo else "a demo"
        raise SettingsProblem(f"This database belongs to {whose}.", "Look at TELEGRAM_BOT_TOKEN and DATABASE_URL.")


async def _read(settings: Settings, step: Callable[[UnitOfWork], T]) -> T:
    async with open_readonly(settings.url) as reader:
        return await reader.read(step)


async def _username(settings: Settings) -> str | None:
    """Return the bot's name as it was learnt when it last ran, or ask Telegram; a demo has none."""
    known = await _read(settings, lambda uow: uow.records.channel_get("telegram", "username"))
    if known or settings.telegram_bot_token is None:
        return known
    from bot.channels.telegram.introduction import username_of

    token = settings.telegram_bot_token.get_secret_value()
    return await username_of(token, settings.telegram_api_url or "", patience=_PATIENCE)


def _link(username: str | None, code: str) -> str | None:
    return f"https://t.me/{username}?start={code}" if username else None


def _country(settings: Settings, said: str) -> Country:
    from bot.bootstrap import open_catalogue

    catalogue: Files = open_catalogue(settings, SystemClock())
    country = catalogue.library("en", country=None, hint=None).countries.get(normalized(said))
    if country is None:
        raise SettingsProblem(f"There is no country {said}.", "Give its English name or its two letters, such as KE.")
    return country


def _zone(country: Country, said: str | None) -> str:
    if said:
        if said not in country.time_zones:
            raise SettingsProblem(
                f"{said} is no time zone of {country.name}.", f"Choose: {', '.join(country.time_zones)}"
            )
        return said
    zones = distinct_zones(SystemClock().now(), country.time_zones, len(country.time_zones))
    if len(zones) != 1:
        raise SettingsProblem(f"{country.name} has several time zones.", f"Add --zone: {', '.join(country.time_zones)}")
    return zones[0]


def _print(rows: list[Made], *, as_json: bool) -> int:
    if as_json:
        import json

        fields = [{name: getattr(row, name) for name in Made.__slots__} for row in rows]
        sys.stdout.write(json.dumps(fields, ensure_ascii=False, indent=2) + "\n")
        return 0
    for row in rows:
        sys.stdout.write(_shown(row))
    return 0


def _shown(row: Made) -> str:
    use = f" (for one use within {row.days} days)" if row.days else ""
    article = "an" if row.role[0] in "aeiou" else "a"
    lines = [f"\nFor {article} {row.role}{f' of {row.company}' if row.company else ''}{use}", f"  Code: {row.code}"]
    if row.link:
        lines += [f"  Link: {row.link}", "", qr_terminal(row.link)]
    else:
        lines.append("  The link is known once the bot has run with its token; until then, send the code to the bot.")
    return "\n".join(lines) + "\n"
