"""Phrases in other languages: plurals, dates, values in isolates, and labels that fit."""

from datetime import date, time

import pytest

from bot.catalogue.graphemes import graphemes
from bot.catalogue.translator import GettextTranslator
from bot.core.messages import Content, Phrase, say, say_count, say_in
from bot.core.rich_text import Span, Verbatim, plain

LESSONS = ("{n} lesson", "{n} lessons")
ARABIC = ("لا دروس", "درس", "درسان", "{n} دروس", "{n} درسًا", "{n} درس")
TABLES = {
    "ar": {
        ("", LESSONS[0]): ARABIC,
        ("", "Well done, {name}!"): ("أحسنت يا {name}!",),
        ("", "{day} at {hour}"): ("{day}، {hour}",),
        ("", "Yes. {why}"): ("نعم. {why}",),
        ("", "Send {command}"): ("أرسل {command}",),
        ("", "3 of {total}"): ("3 من {total}",),
    },
    "ru": {("", LESSONS[0]): ("{n} урок", "{n} урока", "{n} уроков"), ("button", "More"): ("Ещё",)},
    "fr": {("", "Well done, {name}!"): ("Bravo, **{name}** !",), ("", "{day} at {hour}"): ("{day} à {hour}",)},
}


@pytest.fixture
def translator() -> GettextTranslator:
    return GettextTranslator(TABLES)


def said(translator: GettextTranslator, text: Phrase | Content, language: str) -> str:
    return plain(translator.render(text, language)).replace("\u2068", "").replace("\u2069", "").replace("\u200f", "")


@pytest.mark.parametrize(
    ("number", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5), (111, 4)]
)
def test_arabic_has_its_six_forms_in_the_right_order(translator: GettextTranslator, number: int, form: int) -> None:
    assert said(translator, say_count(*LESSONS, n=number), "ar") == ARABIC[form].replace("{n}", str(number))


def test_russian_counts_in_three_forms(translator: GettextTranslator) -> None:
    shown = [said(translator, say_count(*LESSONS, n=n), "ru") for n in (1, 3, 5, 11, 21)]
    assert shown == ["1 урок", "3 урока", "5 уроков", "11 уроков", "21 урок"]


def test_what_is_not_translated_is_said_in_the_next_language_of_the_chain(translator: GettextTranslator) -> None:
    assert said(translator, say_count(*LESSONS, n=1), "ky") == "1 урок"
    assert said(translator, say("Well done, {name}!", name="Lea"), "mfe") == "Bravo, Lea !"
    assert said(translator, say_count(*LESSONS, n=2), "nl") == "2 lessons"
    assert said(translator, say_count(*LESSONS, n=1), "nl") == "1 lesson"


def test_a_context_tells_two_meanings_apart(translator: GettextTranslator) -> None:
    assert said(translator, say_in("button", "More"), "ru") == "Ещё"
    assert said(translator, say("More"), "ru") == "More"


def test_a_value_is_isolated_in_arabic_and_a_command_is_not(translator: GettextTranslator) -> None:
    assert translator.render(say("Well done, {name}!", name="Lea"), "ar") == (Span("أحسنت يا \u2068Lea\u2069!"),)
    assert plain(translator.render(say("Send {command}", command=Verbatim("/stop")), "ar")) == "أرسل /stop"


def test_an_arabic_line_that_begins_with_a_digit_keeps_its_direction(translator: GettextTranslator) -> None:
    assert plain(translator.render(say("3 of {total}", total=5), "ar")).startswith("\u200f3 ")


def test_words_that_run_the_other_way_are_laid_out_among_themselves(translator: GettextTranslator) -> None:
    shown = plain(translator.render(say("Yes. {why}", why=Content("A **box** falls.", "en")), "ar"))
    assert shown == "نعم. \u2068A box falls.\u2069"


def test_a_value_is_never_markup_and_never_reaches_attributes(translator: GettextTranslator) -> None:
    shown = translator.render(say("Well done, {name}!", name="**x** {0.__class__}"), "fr")
    assert shown == (Span("Bravo, "), Span("**x** {0.__class__}", bold=True), Span(" !"))


def test_dates_and_times_are_written_as_the_language_does_with_latin_digits(translator: GettextTranslator) -> None:
    phrase = say("{day} at {hour}", day=date(2026, 11, 2), hour=time(14, 5))
    assert said(translator, phrase, "fr") == "2 novembre 2026 à 14:05"
    assert said(translator, phrase, "en") == "2 November 2026 at 14:05"
    arabic = said(translator, phrase, "ar")
    assert "14:05" in arabic
    assert "2026" in arabic
    assert arabic.isascii() is False


def test_a_phrase_may_bring_its_own_language(translator: GettextTranslator) -> None:
    assert said(translator, Phrase("Well done, {name}!", (("name", "Lea"),), language="fr"), "ar") == "Bravo, Lea !"


def test_only_four_names_enter_the_text_of_a_lesson(translator: GettextTranslator) -> None:
    content = Content("{name} has {secret}", "en", (("name", "Sam"), ("secret", "x")))
    assert said(translator, content, "ar") == "Sam has {secret}"


def test_a_phrase_within_a_phrase_is_translated_too(translator: GettextTranslator) -> None:
    assert said(translator, say("Yes. {why}", why=say_count(*LESSONS, n=2)), "ar") == "نعم. درسان"


def test_a_label_is_plain_and_cut_where_a_reader_sees_a_border(translator: GettextTranslator) -> None:
    assert translator.label(say("**More** of it"), "en", 20) == "More of it"
    assert translator.label(say("Safe and healthy at work"), "en", 10) == "Safe and…"
    family, flag = "👩‍👩‍👧", "🇳🇱"
    assert translator.label(Content(f"ab{family}cdef", "en"), "en", 6) == "ab…"
    assert translator.label(Content(f"abc{flag}{flag}", "en"), "en", 6) == f"abc{flag}…"
    assert translator.label(Content("cafe\u0301s and more", "en"), "en", 5) == "caf…"


def test_a_cut_label_closes_what_it_isolated(translator: GettextTranslator) -> None:
    label = translator.label(say("Well done, {name}!", name="Bartholomew the Great"), "ar", 16)
    assert len(label) <= 16
    assert label.count("\u2068") == label.count("\u2069") == 1


def test_graphemes_keep_marks_joined_pictures_and_flags_together() -> None:
    assert list(graphemes("e\u0301👍🏽👩‍👧🇿🇦🇱🇸é")) == ["e\u0301", "👍🏽", "👩‍👧", "🇿🇦", "🇱🇸", "é"]


def test_direction_is_known_for_any_language(translator: GettextTranslator) -> None:
    assert [translator.is_rtl(code) for code in ("ar", "fa", "he", "en", "zh_Hans", "nonsense")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
