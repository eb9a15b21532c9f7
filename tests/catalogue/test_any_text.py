"""Whatever an author or a translator hands in, there are problems and no crash."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.catalogue.course_files import read_course_text
from bot.catalogue.front_matter import read_front_matter
from bot.catalogue.graphemes import shortened
from bot.catalogue.help_cards import build_help_card, help_messages, read_help_text
from bot.catalogue.lesson_files import messages
from bot.catalogue.lesson_reader import read_lesson
from bot.catalogue.po_files import parse_po
from bot.catalogue.text_files import decoded
from tests.catalogue.shelf import LESSON, MIND, Shelf, po_text

PIECES = st.sampled_from(
    ["---", "- [ ] ", "- [x]", "> [!TIP]", "> [!IMPORTANT]", "> ", "  ", "\t", "## ", "<!-- id: a -->", "<!-- type: number -->",
     "<!--", "-->", "![a](b.png)", "[^a]", "[^a]: b", "**", "*", "_", "{name}", "{", "|", "|---|", "```", "1. ", "\\", "&amp;",
     "id: a", "*a", "&a ", "!!int x", "[", "title: b", "msgid \"\"", "msgstr \"", "msgid_plural", "#~ ", "#, fuzzy", "country: ZA"]
)  # fmt: skip
ANY_TEXT = st.lists(st.one_of(PIECES, st.text(max_size=8), st.just("\n"), st.just("\n\n")), max_size=40).map("".join)
QUICK = settings(max_examples=150, deadline=None)


@QUICK
@given(ANY_TEXT)
def test_any_text_is_read_as_lesson_course_and_help_card(text: str) -> None:
    for content in (text, f"---\n{text}\n---\n\n{text}", f"---\nid: a\n---\n\n{text}"):
        read_lesson(content)
        read_course_text(content)
        card = read_help_text(content, "help/ZA.md")
        help_messages(card)
        build_help_card(card)


@QUICK
@given(ANY_TEXT)
def test_any_front_matter_is_read_or_refused(text: str) -> None:
    found = read_front_matter(text, 2)
    assert found.values or found.problems or not any(found.lines.values()) or found.lines


@QUICK
@given(ANY_TEXT)
def test_any_po_file_is_read_or_refused(text: str) -> None:
    for content in (text, po_text("ar", {("a", "b"): "c"}) + text):
        parse_po(content, "ar/x.po", "ar")


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_problem(content: bytes) -> None:
    decoded(content)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(LESSON)), cut=st.integers(0, 60), piece=ANY_TEXT, sensitive=st.booleans())
def test_a_lesson_without_errors_can_always_be_built(
    shelf: Shelf, place: int, cut: int, piece: str, sensitive: bool
) -> None:
    source = MIND if sensitive else LESSON
    path = "safety/02-mind.md" if sensitive else "safety/01-near-miss.md"
    changed = source[:place] + piece + source[place + cut :]
    shelf.write(path, changed)
    try:
        broken = any(one.problem.code.startswith("E") for one in shelf.problems())
        if not broken:
            read = read_lesson(decoded(changed.encode()))
            messages(read)
            assert shelf.files().broken() == ()
    finally:
        shelf.write(path, source)


@QUICK
@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\u2068\u2069\u200d🇳🇱👍🏽")), max_size=60),
    st.integers(4, 30),
)
def test_a_shortened_text_fits_and_closes_its_isolates(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    if text.count("\u2068") == text.count("\u2069") == 0:
        assert short.count("\u2068") == short.count("\u2069") == 0


@pytest.mark.parametrize("text", ["[" * 50_000, "{" * 50_000, "a: " * 20_000, "- " * 40_000, "&a " * 100])
def test_deep_front_matter_is_refused_or_read(text: str) -> None:
    read_front_matter(text, 2)


@pytest.mark.parametrize(
    "text", [">" * 90_000, "- " * 40_000, "*" * 90_000, "[" * 3_000, "![" * 3_000, "`" * 90_000, "<!-- " * 18_000]
)
def test_a_pathological_lesson_is_read_all_the_same(text: str) -> None:
    read_lesson(f"---\nid: a\n---\n\n{text}\n")
