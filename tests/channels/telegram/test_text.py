"""Rich text as HTML: what is shown is what was said, and no part of a long text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.html import render
from bot.core.rich_text import Span, fill, join, plain
from bot.core.splitting import split
from tests.fakes.telegram_rules import parse_html, read_text, units

AWKWARD = ["<", ">", "&", '"', "*", "_", "{", "[", "\n", " ", "\u202e", "\u0301", "\u200d", "👩", "🏽", "🇰🇪"]
TEXTS = st.lists(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs", "Cc"])).map("".join)
RICH = st.lists(st.builds(Span, TEXTS, st.booleans(), st.booleans()), max_size=6).map(join)


@pytest.mark.parametrize("name", ["<b>", "</b>", "*_[", "{}", "{name}", "&amp;", "&#60;", "a\u202eb", "<a href='x'>"])
def test_to12_a_strange_value_is_shown_literally(name):
    text = (Span("Hello "), Span(name, bold=True), Span(", go on.\nNext line."))
    assert parse_html(render(text)) == plain(text)


def test_bold_and_italic_are_nested_so_that_they_close():
    text = (Span("a", bold=True), Span("b", bold=True, italic=True), Span("c", italic=True), Span("d"))
    assert render(text) == "<b>a</b><b><i>b</i></b><i>c</i>d"


def test_a_filled_phrase_comes_through():
    text = fill("Well done, **{name}**!", {"name": "<i>Ada & co"}, rtl=False)
    assert render(text) == "Well done, <b>&lt;i&gt;Ada &amp; co</b>!"


@given(RICH)
def test_what_telegram_shows_is_what_was_said(text):
    assert parse_html(render(text)) == plain(text)


def test_nul_and_lone_surrogates_never_leave():
    assert render((Span("a\x00\ud800b"),)) == "a\ufffd\ufffdb"


def test_to11_4096_ampersands_are_one_message():
    text = (Span("&" * 4096),)
    assert split(text, 4096) == [text]
    assert read_text({"text": render(text), "parse_mode": "HTML"}, "text") == "&" * 4096


@given(RICH, st.integers(2, 60))
def test_to11_telegram_takes_every_part_of_a_split_text(text, limit):
    for part in split(text, limit):
        shown = parse_html(render(part))
        assert units(shown) <= limit
        assert shown == plain(part)
