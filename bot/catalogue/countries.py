"""Countries by their names and codes, so that a trainer can type one in their own language."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from babel.core import get_global

from bot.catalogue.languages import SOURCE, locale_of
from bot.core.answer import normalized
from bot.core.course import Country

# What people write, and no list of official names has.
_ALIASES = {"usa": "US", "uk": "GB", "great britain": "GB", "holland": "NL", "drc": "CD", "uae": "AE"}


@cache
def country_codes() -> frozenset[str]:
    """Return the codes of all countries that have a time zone."""
    zones: Mapping[str, list[str]] = get_global("territory_zones")
    named = locale_of(SOURCE).territories
    codes = {code for code in zones if len(code) == len("XX") and code.isalpha() and code in named}
    # Regions of several countries, and the code for nowhere.
    return frozenset(codes - {"EU", "EZ", "QO", "UN", "ZZ"})


@cache
def countries(language: str) -> Mapping[str, Country]:
    """Return every country by its normalized name in the reader's language and in English, and by its code."""
    zones: Mapping[str, list[str]] = get_global("territory_zones")
    own, english = locale_of(language).territories, locale_of(SOURCE).territories
    found: dict[str, Country] = {}
    for code in sorted(country_codes()):
        name = own.get(code) or english[code]
        country = Country(code, name, tuple(zone for zone in zones[code] if not zone.startswith("Etc/")))
        for key in (code, english[code], name):
            found[normalized(key)] = country
    for alias, code in _ALIASES.items():
        found.setdefault(alias, found[normalized(code)])
    return MappingProxyType(found)


def known_country(country: str | None) -> str | None:
    """Return the two letters of a country in capitals, or None for anything else."""
    code = (country or "").upper()
    return code if code in country_codes() else None
