"""Split a long text into parts that a provider takes, never inside what a reader sees as one character.

Lengths are counted as Telegram counts them: in UTF-16 units, formatting left out.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from bot.core.rich_text import RichText, join, plain

_ASTRAL, _ZERO_WIDTH_JOINER, _VIRAMA = 0x10000, "\u200d", 9
# In the order of preference; a cut that would leave a part less than half full is not taken.
_SEAMS = ("\n\n", "\n", " ")
# Leading, vowel and trailing letters, and whole syllables; and which of them may follow in one block.
_HANGUL = {"L": ("\u1100", "\u115f"), "V": ("\u1160", "\u11a7"), "T": ("\u11a8", "\u11ff"), "S": ("\uac00", "\ud7a3")}
_SYLLABLE = {"L": "LVS", "V": "VT", "S": "VT", "T": "T"}


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: RichText, limit: int) -> list[RichText]:
    """Return the text in parts of at most `limit` UTF-16 units each, cut between paragraphs, lines or words if it can.

    Nothing is left out but what would be a part of white space alone, which Telegram does not take.
    """
    characters = plain(text)
    if units(characters) <= limit:
        return [text]
    parts = [_cut(text, start, end) for start, end in _pieces(characters, limit) if characters[start:end].strip()]
    return parts or [text[:0]]


def _pieces(characters: str, limit: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(characters):
        end = _furthest(characters, start, limit)
        if end < len(characters):
            end = _seam(characters, start, end) or _between_graphemes(characters, start, end)
        yield start, end
        start = end


def _furthest(characters: str, start: int, limit: int) -> int:
    """Return how far a part may reach; always beyond `start`, so that even a silly limit comes to an end."""
    used, end = 0, start
    while end < len(characters):
        used += 2 if ord(characters[end]) >= _ASTRAL else 1
        if used > limit and end > start:
            break
        end += 1
    return end


def _seam(characters: str, start: int, end: int) -> int | None:
    for seam in _SEAMS:
        place = characters.rfind(seam, start + (end - start) // 2, end)
        if place >= 0 and is_border(characters, place + len(seam)):
            return place + len(seam)
    return None


def _between_graphemes(characters: str, start: int, end: int) -> int:
    for place in range(end, start, -1):
        if is_border(characters, place):
            return place
    # One heap of combining marks longer than a message: somewhere it must be cut.
    return end


def _cut(text: RichText, start: int, end: int) -> RichText:
    spans, at = [], 0
    for span in text:
        spans.append(replace(span, text=span.text[max(start - at, 0) : max(end - at, 0)]))
        at += len(span.text)
    return join(spans)


def is_border(characters: str, place: int) -> bool:
    """Say whether a reader sees two characters around this place, and not one."""
    if place <= 0 or place >= len(characters):
        return True
    before, after = characters[place - 1], characters[place]
    if before == "\r" and after == "\n":
        return False
    if before in "\r\n" or after in "\r\n":
        return True
    return not (
        _extends(after)
        or before == _ZERO_WIDTH_JOINER
        or (unicodedata.combining(before) == _VIRAMA and unicodedata.category(after) == "Lo")
        or _is_one_syllable(before, after)
        or _is_one_flag(characters, place)
    )


def _extends(character: str) -> bool:
    """Say whether the character only changes the one before it: a mark, a joiner, a skin tone, a tag."""
    return (
        unicodedata.category(character) in {"Mn", "Mc", "Me"}
        or character in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_one_syllable(before: str, after: str) -> bool:
    """Say whether two Hangul letters are parts of one syllable block."""
    part = _hangul(after)
    return bool(part) and part in _SYLLABLE.get(_hangul(before), "")


def _hangul(character: str) -> str:
    return next((kind for kind, (low, high) in _HANGUL.items() if low <= character <= high), "")


def _is_one_flag(characters: str, place: int) -> bool:
    """Say whether the place lies between the two letters of a flag; flags stand in pairs from the first letter on."""
    letters = 0
    while letters < place and "\U0001f1e6" <= characters[place - 1 - letters] <= "\U0001f1ff":
        letters += 1
    return letters % 2 == 1 and "\U0001f1e6" <= characters[place] <= "\U0001f1ff"
