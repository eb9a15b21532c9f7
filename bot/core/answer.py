"""Read an answer however it comes: a number in any digits, a letter, a keycap, the words of the option.

People type `2`, `B`, `b)`, `٢`, `2️⃣` or half of the sentence they saw. Everything here is forgiving in form and
strict in meaning: what could be read in two ways is not read at all.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

# An option shown as 2 is the second letter of whatever alphabet the keyboard is set to.
_LETTERS = ("abcd", "абвг", "ابجد", "αβγδ", "אבגד")
_LONGEST_ANSWER = 400
_WORDS_THAT_SUFFICE = 2
# Arabic separators, the typographic apostrophe and the minus sign, as their ASCII twins.
_SEPARATORS = {0x66C: ",", 0x66B: ".", 0x2019: "'", 0x2212: "-"}
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:[.,]\d{1,9})?")


def normalized(text: str) -> str:
    """Return the text in one form for comparing: NFKC, caseless, ASCII digits, no marks, no punctuation."""
    letters = []
    for character in unicodedata.normalize("NFKC", text[:_LONGEST_ANSWER]).casefold():
        category = unicodedata.category(character)
        if category == "Nd":
            letters.append(str(unicodedata.decimal(character)))
        elif category[0] in "LN" or category == "Mc":
            letters.append(character)
        elif category[0] in "ZPS" or category == "Cc":
            letters.append(" ")
    return " ".join("".join(letters).split())


def read_choice(text: str, options: Sequence[str]) -> int | None:
    """Return the place of the one option that is meant, counted from 0, or None."""
    said = normalized(text)
    if not said:
        return None
    place = _place(said)
    if place is not None:
        return place if place < len(options) else None
    return _by_words(said, options)


def read_choices(text: str, options: Sequence[str]) -> frozenset[int] | None:
    """Return the places of all options that are meant, such as `1 3`, `13` or `a, c`; None if any of it is unclear."""
    said = normalized(text)
    if not said:
        return None
    by_words = _by_words(said, options)
    if by_words is not None:
        return frozenset({by_words})
    tokens = [token for token in said.split() if token not in {"and", "et", "и", "و", "y"}]
    if len(tokens) == 1 and len(tokens[0]) <= len(options):
        tokens = list(tokens[0])
    places = [_place(token) for token in tokens]
    if not places or any(place is None or place >= len(options) for place in places):
        return None
    return frozenset(place for place in places if place is not None)


def read_number(text: str) -> Decimal | None:
    """Return the one number in the text, in any digits, with spaces or separators between thousands, or None."""
    folded = "".join(
        str(unicodedata.decimal(character)) if unicodedata.category(character) == "Nd" else character
        for character in unicodedata.normalize("NFKC", text[:_LONGEST_ANSWER])
        if unicodedata.category(character) not in {"Mn", "Me", "Cf"}
    )
    folded = folded.translate(_SEPARATORS)
    # A space, an apostrophe, a comma or a point between groups of exactly three digits parts thousands.
    folded = re.sub(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(?!\d))", "", folded)
    folded = re.sub(r"(?<![\d.,])(\d{1,3})((?:,\d{3})+|(?:\.\d{3})+)(?![\d])", _without_separators, folded)
    found = _NUMBER.findall(folded)
    return Decimal(found[0].replace(",", ".")) if len(found) == 1 else None


def _without_separators(match: re.Match[str]) -> str:
    return re.sub(r"[.,]", "", match.group())


def _place(token: str) -> int | None:
    """Return the place that `2` or `b` names; a number beyond the options is the caller's to refuse."""
    if token.isdecimal() and len(token) <= _WORDS_THAT_SUFFICE:
        return int(token) - 1 if int(token) > 0 else None
    if len(token) == 1:
        folded = unicodedata.normalize("NFKD", token)[0]
        for alphabet in _LETTERS:
            if folded in alphabet:
                return alphabet.index(folded)
    return None


def _by_words(said: str, options: Sequence[str]) -> int | None:
    """Return the option whose words were said in full, or whose beginning, if no other begins so."""
    readable = [normalized(option) for option in options]
    exact = [place for place, words in enumerate(readable) if words == said or f"{place + 1} {words}" == said]
    if len(exact) == 1:
        return exact[0]
    if len(said.split()) < _WORDS_THAT_SUFFICE:
        return None
    begun = [
        place for place, words in enumerate(readable) if words.startswith(said + " ") or said.startswith(words + " ")
    ]
    return begun[0] if len(begun) == 1 else None
