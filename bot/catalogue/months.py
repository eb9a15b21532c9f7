"""The names of the months, as people of a language write them."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from bot.catalogue.languages import locale_of
from bot.core.answer import normalized


@cache
def months(language: str) -> Mapping[str, int]:
    """Return the names of the months, long and short, normalized, with their numbers."""
    found: dict[str, int] = {}
    for form in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for month, name in locale_of(language).months[form][width].items():
                found.setdefault(normalized(name), month)
    return MappingProxyType(found)
