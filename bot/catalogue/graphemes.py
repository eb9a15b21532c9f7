"""Shorten a text without cutting through what a reader sees as one letter or one picture."""

import unicodedata
from collections.abc import Iterator

from bot.core.rich_text import FIRST_STRONG_ISOLATE, POP_ISOLATE

ELLIPSIS = "…"
_JOINER = "\u200d"


def graphemes(text: str) -> Iterator[str]:
    """Return the characters as a reader counts them: with their marks, joined emoji and flags in one piece."""
    cluster = ""
    for character in text:
        if cluster and _belongs(cluster, character):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, ending in an ellipsis where something was cut off."""
    if len(text) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    kept = ""
    for cluster in graphemes(text):
        # An isolate that is opened needs room for the character that closes it.
        opened = (kept + cluster).count(FIRST_STRONG_ISOLATE) - (kept + cluster).count(POP_ISOLATE)
        if len(kept) + len(cluster) + max(opened, 0) > room:
            break
        kept += cluster
    opened = kept.count(FIRST_STRONG_ISOLATE) - kept.count(POP_ISOLATE)
    return kept.rstrip() + POP_ISOLATE * max(opened, 0) + ELLIPSIS


def _belongs(cluster: str, character: str) -> bool:
    """Say whether a character continues the cluster before it."""
    if character == _JOINER or cluster.endswith(_JOINER):
        return True
    if unicodedata.category(character) in {"Mn", "Mc", "Me"} or _is_modifier(character):
        return True
    # Two regional letters make a flag; a third begins the next one.
    return len(cluster) == 1 and _is_regional(cluster) and _is_regional(character)


def _is_modifier(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
