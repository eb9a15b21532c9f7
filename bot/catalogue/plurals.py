"""Which plural form a number takes in each language, as a PO header says it.

Babel's own table has two Arabic forms the wrong way round and no entry for several of our languages, and what it
derives from CLDR does not always compile with gettext. So the table is ours, and every PO header must equal it.
"""

from collections.abc import Callable
from functools import cache
from gettext import c2py

from babel.messages.plurals import get_plural

_ONE_FORM = "nplurals=1; plural=0;"
_ONE_AND_OTHER = "nplurals=2; plural=(n != 1);"
_UP_TO_ONE = "nplurals=2; plural=(n > 1);"
_SLAVIC = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)  # fmt: skip
_ARABIC = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
)

PLURALS = {
    "am": _UP_TO_ONE,
    "ar": _ARABIC,
    "en": _ONE_AND_OTHER,
    "es": _ONE_AND_OTHER,
    "fr": _UP_TO_ONE,
    "id": _ONE_FORM,
    "ky": _ONE_AND_OTHER,
    "mfe": _ONE_FORM,
    "nl": _ONE_AND_OTHER,
    "pt": _UP_TO_ONE,
    "ru": _SLAVIC,
    "st": _ONE_AND_OTHER,
    "sw": _ONE_AND_OTHER,
    "tr": _ONE_AND_OTHER,
    "uz": _ONE_AND_OTHER,
    "vi": _ONE_FORM,
    "xh": _ONE_AND_OTHER,
    "zh": _ONE_FORM,
    "zu": _UP_TO_ONE,
}


def plural_forms(language: str) -> str:
    """Return the `Plural-Forms` header of a language; one that our table lacks has Babel's."""
    root = language.partition("_")[0]
    return PLURALS.get(language) or PLURALS.get(root) or str(get_plural(root))


@cache
def plural_count(language: str) -> int:
    """Return how many forms a plural message has in a language."""
    return int(plural_forms(language).partition("nplurals=")[2].partition(";")[0])


@cache
def plural_rule(language: str) -> Callable[[int], int]:
    """Return the function from a number to the place of its form."""
    return c2py(plural_forms(language).partition("plural=")[2].rstrip("; "))


def same_forms(header: str, language: str) -> bool:
    """Say whether a header means the same as ours, whatever its spaces and outer brackets."""
    return _bare(header) == _bare(plural_forms(language))


def _bare(header: str) -> str:
    count, _, rule = "".join(header.split()).rstrip(";").partition(";plural=")
    while rule.startswith("(") and rule.endswith(")") and _closes_at_end(rule):
        rule = rule[1:-1]
    return f"{count};{rule}"


def _closes_at_end(rule: str) -> bool:
    depth = 0
    for place, character in enumerate(rule):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(rule) - 1
    return False
