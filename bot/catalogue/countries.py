"""Countries by their names and codes, so that a trainer can type one in their own language."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from babel.core import get_global

from bot.catalogue.languages import SOURCE, locale_of
from bot.core.answer import normalized
from bot.core.course import Country

# What people write, and no list of official names has.
_ALIASES = {
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "holland": "NL",
    "drc": "CD",
    "uae": "AE",
    "turkey": "TR",
    "ivory coast": "CI",
    "palestine": "PS",
    "congo": "CG",
    "congo kinshasa": "CD",
    "kosovo": "XK",
    "macedonia": "MK",
    "swaziland": "SZ",
    "burma": "MM",
    "cape verde": "CV",
    "czech republic": "CZ",
    "syria": "SY",
    "laos": "LA",
    "russia": "RU",
    "south korea": "KR",
    "vietnam": "VN",
    "tanzania": "TZ",
    "bolivia": "BO",
}


@cache
def country_codes() -> frozenset[str]:
    """Return the codes of all countries that have a time zone."""
    zones: Mapping[str, list[str]] = get_global("territory_zones")
    named = locale_of(SOURCE).territories
    codes = {code for code in zones if len(code) == len("XX") and code.isalpha() and code in named}
    # Regions of several countries, and the code for nowhere.
    return frozenset(codes - {"EU", "EZ", "QO", "UN", "ZZ"})


@cache
def _zone_table() -> Mapping[str, tuple[str, ...]]:
    """Return the zones of each country, the one of most people first, as the time zone database lists them."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    table: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            table[code] = (*table.get(code, ()), zone)
    return table


def time_zones(code: str) -> tuple[str, ...]:
    """Return the zones of a country, the most usual one first."""
    known: Mapping[str, list[str]] = get_global("territory_zones")
    return _zone_table().get(code) or tuple(zone for zone in known[code] if not zone.startswith("Etc/"))


@cache
def countries(language: str) -> Mapping[str, Country]:
    """Return every country by its normalized name in the reader's language and in English, and by its code."""
    own, english = locale_of(language).territories, locale_of(SOURCE).territories
    found: dict[str, Country] = {}
    for code in sorted(country_codes()):
        name = own.get(code) or english[code]
        country = Country(code, name, time_zones(code))
        for key in (code, english[code], name):
            found[normalized(key)] = country
    for alias, code in _ALIASES.items():
        if normalized(code) in found:
            found.setdefault(normalized(alias), found[normalized(code)])
    return MappingProxyType(found)


def known_country(country: str | None) -> str | None:
    """Return the two letters of a country in capitals, or None for anything else."""
    code = (country or "").upper()
    return code if code in country_codes() else None
