"""A long text in parts: every part fits, nothing is lost, and no character is cut."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rich_text import Span, join, parse, plain
from bot.core.splitting import is_border, split, units

AWKWARD = ["<", ">", "&", '"', "*", "_", "{", "[", "\n", " ", "\u202e", "\u0301", "\u200d", "👩", "🏽", "🇰🇪"]
TEXTS = st.lists(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs", "Cc"])).map("".join)
RICH = st.lists(st.builds(Span, TEXTS, st.booleans(), st.booleans()), max_size=6).map(join)


@given(TEXTS)
def test_units_are_counted_as_telegram_counts_them(text):
    assert units(text) == len(text.encode("utf-16-le")) // 2


@given(RICH, st.integers(2, 40))
def test_parts_fit_and_lose_nothing_but_white_space(text, limit):
    parts = split(text, limit)
    assert all(units(plain(part)) <= limit for part in parts)
    assert "".join("".join(map(plain, parts)).split()) == "".join(plain(text).split())
    assert len(parts) == 1 or all(plain(part).strip() for part in parts)


@given(RICH, st.integers(2, 40))
def test_every_character_keeps_its_style(text, limit):
    def styled(spans):
        return [(c, s.bold, s.italic) for s in spans for c in s.text if not c.isspace()]

    assert [one for part in split(text, limit) for one in styled(part)] == styled(text)


def test_a_text_that_fits_is_left_as_it_is():
    text = parse("One **two** three")
    assert split(text, 4096) == [text]
    assert split((), 10) == [()]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("aaaa bbbb\n\ncccc dddd", ["aaaa bbbb\n\n", "cccc dddd"]),
        ("aaaa bbb\ncccc dddd", ["aaaa bbb\n", "cccc dddd"]),
        ("aaaa bbb cccc dddd", ["aaaa bbb ", "cccc dddd"]),
        ("aaaaaaaaaaaaaaaa", ["aaaaaaaaaaaa", "aaaa"]),
    ],
)
def test_a_cut_is_made_between_paragraphs_lines_or_words(text, parts):
    assert [plain(part) for part in split((Span(text),), 12)] == parts


@pytest.mark.parametrize(
    "emoji",
    [
        "😀",
        "👩🏽‍🌾",
        "🇰🇪",
        "👍🏿",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "e\u0301",
        "한",
        "ក្ត",
    ],
)
@pytest.mark.parametrize("short", range(1, 6))
def test_to11_an_emoji_astride_the_limit_goes_whole_into_the_next_part(emoji, short):
    text = (Span("x" * (4096 - short) + emoji + "y" * 10),)
    first, second = (plain(part) for part in split(text, 4096))
    assert (emoji in first) != (emoji in second)
    assert first + second == plain(text)


def test_to11_five_thousand_combining_marks_are_cut_somewhere():
    text = (Span("e" + "\u0301" * 5000),)
    parts = split(text, 4096)
    assert [units(plain(part)) for part in parts] == [4096, 905]
    assert plain(join(span for part in parts for span in part)) == plain(text)


def test_flags_are_counted_in_pairs():
    flags = "🇰🇪🇮🇳🇧🇷"
    assert [place for place in range(len(flags) + 1) if is_border(flags, place)] == [0, 2, 4, 6]


def test_a_syllable_in_letters_is_one_character():
    letters = unicodedata.normalize("NFD", "한국")
    assert [place for place in range(len(letters) + 1) if is_border(letters, place)] == [0, 3, 6]


def test_a_line_break_is_one_character_and_joins_nothing():
    assert not is_border("a\r\nb", 2)
    assert is_border("a\n\u0301", 2)


@given(
    st.lists(st.sampled_from(["a", "😀", "👩🏽‍🌾", "🇰🇪", "e\u0301", "\n", " ", "한", "ß"]), max_size=60),
    st.integers(8, 20),
)
def test_no_part_begins_or_ends_inside_a_character(characters, limit):
    text = "".join(characters)
    at, borders = 0, {0}
    for character in characters:
        at += len(character)
        borders.add(at)
    place = 0
    for part in split((Span(text),), limit):
        place = text.index(plain(part), place)
        assert place in borders
        place += len(plain(part))
        assert place in borders
