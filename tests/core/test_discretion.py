"""What shows on a locked screen names no topic: nothing that the bot begins by itself holds a word of a lesson."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.course import Course
from bot.core.events import Alert, Alerted, Due
from bot.core.messages import Content, Reply
from bot.core.rich_text import plain
from tests.core.stage import COURSES, FRENCH, HELP, STANDING, Stage, _translator, in_language, written
from tests.core.test_reminding import with_hour

LANGUAGES = ("en", "fr", "ar", "ru")
ACTS = (
    "tap Next lesson",
    "tap Next ▶",
    "say /hide",
    "say next",
    "say /courses",
    "tap One more lesson",
    "tap Start",
    "say menu",
)


def words_of(*found: object) -> Iterator[str]:
    """Return every text that content holds, however deep: titles, cards, options, actions."""
    for one in found:
        if isinstance(one, str):
            yield one
        elif isinstance(one, tuple):
            yield from words_of(*one)
        elif is_dataclass(one):
            yield from words_of(*(getattr(one, field.name) for field in fields(one)))


def topics() -> set[str]:
    """Return what would tell somebody beside the screen what is learnt; marks and codes tell nothing."""
    said = words_of(*(replace(found, id="") for found in COURSES.values() if isinstance(found, Course)), HELP)
    told = {plain_words for text in said if len(plain_words := text.replace("**", "").strip()) > 8}
    return {text for text in told | set(FRENCH.values()) | set(FRENCH) if " " in text} - set(STANDING)


def begun(stage: Stage) -> Iterator[Reply]:
    """Let the bot write as often as it does by itself, and return every reply."""
    for _ in range(14):
        if stage.memory.rhythm.next_at is None:
            return
        stage.wait()
        yield from (answer for answer in stage.turn.replies if isinstance(answer, Reply))
        assert all(isinstance(answer, Reply) for answer in stage.turn.replies), "and never a recipe"


def contents(*found: object) -> Iterator[Content]:
    for one in found:
        if isinstance(one, Content):
            yield one
        elif isinstance(one, tuple):
            yield from contents(*one)
        elif is_dataclass(one):
            yield from contents(*(getattr(one, field.name) for field in fields(one)))


@given(st.lists(st.sampled_from(ACTS), max_size=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_the_bot_begins_holds_no_word_of_a_lesson_in_any_language(acts: list[str], changes: bool) -> None:
    stage = with_hour()
    if changes:
        stage.say("/language Français")
    for act in acts:
        verb, _, what = act.partition(" ")
        try:
            (stage.tap if verb == "tap" else stage.say)(what)
        except AssertionError:
            continue
    forbidden = topics()
    assert len(forbidden) > 20
    for answer in begun(stage):
        assert list(contents(answer)) == []
        assert answer.picture is None
        assert answer.rings
        for language in LANGUAGES:
            shown = written(answer, in_language(language))
            assert not [text for text in forbidden if text in shown]


@pytest.mark.parametrize("alert", list(Alert))
def test_an_alert_names_no_lesson_either(alert: Alert) -> None:
    stage = Stage().joined()
    stage.memory = replace(stage.memory, person=replace(stage.memory.person, is_operator=True))
    stage.take(Alerted(alert, 3))
    assert [answer.rings for answer in stage.turn.replies] == [True]
    assert list(contents(stage.turn.replies)) == []


def test_only_what_the_bot_begins_rings() -> None:
    stage = with_hour()
    for act in ("/next", "/menu", "/courses", "/hide", "/mydata"):
        stage.say(act)
        assert not any(isinstance(answer, Reply) and answer.rings for answer in stage.turn.replies)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_that_stays_is_harmless_in_every_language(language: str) -> None:
    stage = Stage().joined()
    stage.say("/hide")
    (line,) = stage.turn.replies
    assert isinstance(line, Reply)
    assert line.rows == ()
    assert not line.rings
    said = plain(_translator().render(line.blocks[0].text, language)).casefold()
    assert not any(word in said for word in ("hidden", "hide", "lesson", "delete", "removed"))


def test_a_serious_lesson_that_was_hidden_is_reminded_of_like_any_other() -> None:
    stage = with_hour()
    for act in ("/courses", "One more lesson", "Start", "Next ▶"):
        stage.say(act) if act.startswith("/") else stage.tap(act)
    stage.say("/hide")
    stage.take(Due())
    replies = list(begun(stage))
    assert replies
    assert all(answer.rings and not list(contents(answer)) for answer in replies)
