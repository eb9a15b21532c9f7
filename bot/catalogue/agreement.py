"""What a translation must keep of its English: the placeholders, and what stands in bold and italic."""

import re
from collections import Counter
from collections.abc import Sequence

from bot.core.rich_text import parse, placeholders, plain

_BRACES = re.compile(r"\{[a-z_]+\}")
_PERCENT = re.compile(r"%\(\w+\)[a-z]")
_LOOSE_MARK = re.compile(r"\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)")
# Most texts have neither, and a catalogue has thousands.
_HAS_PLACEHOLDER, _HAS_MARKUP = re.compile(r"[{}%]"), re.compile(r"[*_]")
COUNT = "n"


def agree(ids: Sequence[str], strings: Sequence[str]) -> bool:
    """Say whether a translation, in all its forms, can stand in for the English."""
    return placeholders_agree(ids, strings) and markup_agrees(ids, strings)


def placeholders_agree(ids: Sequence[str], strings: Sequence[str]) -> bool:
    """Say whether every form has the same placeholders; a plural form may leave the number out, as in "one lesson"."""
    if not _HAS_PLACEHOLDER.search("".join((*ids, *strings))):
        return True
    wanted = frozenset().union(*(_names(text) for text in ids))
    optional = frozenset({COUNT}) if len(ids) > 1 else frozenset[str]()
    for text in strings:
        names = _names(text)
        if not names <= wanted or not wanted - optional <= names:
            return False
        if has_loose_brace(text) and not any(has_loose_brace(source) for source in ids):
            return False
    return True


def markup_agrees(ids: Sequence[str], strings: Sequence[str]) -> bool:
    """Say whether every form closes its markup and stresses as many words as the English."""
    if not _HAS_MARKUP.search("".join((*ids, *strings))):
        return True
    wanted = [_styles(text) for text in ids]
    loose = any(has_loose_mark(text) for text in ids)
    return all(_styles(text) in wanted and (loose or not has_loose_mark(text)) for text in strings)


def has_loose_brace(text: str) -> bool:
    """Say whether a brace is left over when all placeholders are taken out."""
    rest = _BRACES.sub("", text)
    return "{" in rest or "}" in rest


def has_loose_mark(text: str) -> bool:
    """Say whether a `*` or `_` of markup is left open."""
    return bool(_LOOSE_MARK.search(plain(parse(text))))


def _names(text: str) -> frozenset[str]:
    return placeholders(text) | frozenset(_PERCENT.findall(text))


def _styles(text: str) -> Counter[tuple[bool, bool]]:
    return Counter((span.bold, span.italic) for span in parse(text) if span.bold or span.italic)
