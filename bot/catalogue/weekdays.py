"""The names of the weekdays, as people of a language write them."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from bot.catalogue.languages import locale_of
from bot.core.answer import normalized


@cache
def weekdays(language: str) -> Mapping[str, str]:
    """Return the names of the weekdays, long and short, normalized, with their digits; Monday is 0."""
    found: dict[str, str] = {}
    for form in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for day, name in locale_of(language).days[form][width].items():
                found.setdefault(normalized(name), str(day))
    return MappingProxyType(found)
