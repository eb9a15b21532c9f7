"""Countries by their codes and names, so that a trainer can type one in whatever language they think in."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from babel.core import get_global

from bot.catalogue.languages import SOURCE, locale_of
from bot.core.answer import normalized
from bot.core.course import Country

# Whoever is spoken to in one of these may think in another.
_ALSO_READ = ("en", "fr", "ar", "ru")

# What people write, and no list of official names has. "Congo" is none of them: there are two.
_ALIASES = {
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "holland": "NL",
    "drc": "CD",
    "dr congo": "CD",
    "rdc": "CD",
    "democratic republic of the congo": "CD",
    "republic of the congo": "CG",
    "uae": "AE",
    "turkey": "TR",
    "ivory coast": "CI",
    "palestine": "PS",
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
def countries(language: str, also: tuple[str, ...] = _ALSO_READ) -> Mapping[str, Country]:
    """Return every country by its code and by its normalized names, each with its name in the reader's language.

    Where two countries would share a name, a code goes first, then the reader's language, then the others in order.
    """
    tables = [locale_of(read).territories for read in dict.fromkeys((language, SOURCE, *also))]
    known = {
        code: Country(code, next(table[code] for table in tables if code in table), time_zones(code))
        for code in sorted(country_codes())
    }
    found = {normalized(code): country for code, country in known.items()}
    for table in tables:
        for code in known.keys() & table.keys():
            # English writes St. Lucia; people also write Saint Lucia.
            for name in (table[code], table[code].replace("St. ", "Saint ")):
                found.setdefault(normalized(name), known[code])
    for alias, code in _ALIASES.items():
        if code in known:
            found.setdefault(normalized(alias), known[code])
    return MappingProxyType(found)


def known_country(country: str | None) -> str | None:
    """Return the two letters of a country in capitals, or None for anything else."""
    code = (country or "").upper()
    return code if code in country_codes() else None
