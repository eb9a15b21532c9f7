"""What the catalogue serves: whole lessons or their fallback, and never a broken file in place of a good one."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.answer import normalized
from bot.core.course import ActionCard, InfoCard, QuestionCard
from bot.core.errors import ContentProblem
from bot.core.messages import say
from bot.core.rich_text import plain
from tests.catalogue.shelf import LESSON, TODAY, ZA, Shelf, line_of, png

FIRST = "safety/01-near-miss.md"


def lesson_in(shelf: Shelf, language: str, lesson: str = "osh-04", **house: str):
    course = shelf.files(**house).library(language, country=None, hint=None).course("safety")
    return course.lesson(lesson)


def test_a_lesson_is_built_with_its_cards_picture_and_sources(shelf: Shelf) -> None:
    lesson = lesson_in(shelf, "en")
    assert [type(card) for card in lesson.cards] == [InfoCard, InfoCard, QuestionCard, QuestionCard, ActionCard]
    story, idea, question, reflection, action = lesson.cards
    assert story.picture.path == "safety/media/box.png"
    assert story.picture.alt == "A box lies next to a shoe"
    assert [part.bullet for part in idea.paragraphs] == [False, True, True]
    assert idea.paragraphs[0].text == "A **near miss** is an accident that *almost* happened."
    assert question.question.kind == "single_choice"
    assert not reflection.question.keeps_answers
    assert action.action == "Tell your supervisor about one near miss."
    assert lesson.sources == ("ILO, A 5 step guide (WCMS_232886).",)
    assert lesson.owner_line == "Ask what almost went wrong last week."


def test_a_lesson_is_served_whole_or_falls_back_along_the_chain(shelf: Shelf) -> None:
    for language in ("fr", "mfe"):
        shelf.speak(language)
    shelf.translate("fr")
    shelf.translate("mfe", without={"Think back"})
    assert lesson_in(shelf, "fr").title == "fr Report the near miss"
    lesson = lesson_in(shelf, "mfe")
    assert lesson.language == "fr"
    assert lesson.cards[0].heading == "fr A box falls"
    shelf.translate("mfe")
    assert lesson_in(shelf, "mfe").language == "mfe"


def test_a_fuzzy_translation_is_never_served(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr", fuzzy={"The machine is noisy."})
    lesson = lesson_in(shelf, "fr")
    assert lesson.language == "en"
    assert "fr" not in lesson.cards[0].heading.split()


def test_a_translation_that_loses_a_placeholder_or_markup_is_not_served(shelf: Shelf) -> None:
    shelf.speak("fr")
    path = shelf.translate("fr")
    sound = path.read_text()
    path.write_text(sound.replace("fr A heavy box falls next to {name}.", "fr A heavy box falls."))
    assert lesson_in(shelf, "fr").language == "en"
    path.write_text(sound.replace("fr A **near miss**", "fr A near miss"))
    assert lesson_in(shelf, "fr").language == "en"


def test_a_machine_draft_says_so_and_waits_behind_a_higher_bar(shelf: Shelf) -> None:
    shelf.speak("fr", review="native")
    shelf.translate("fr", review="machine")
    assert lesson_in(shelf, "fr").draft
    assert lesson_in(shelf, "fr", bar="native").language == "en"
    shelf.translate("fr", review="native+domain")
    lesson = lesson_in(shelf, "fr", bar="native")
    assert (lesson.language, lesson.draft) == ("fr", False)


def test_a_sensitive_lesson_needs_a_native_reader_always(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr", review="machine")
    assert lesson_in(shelf, "fr", "osh-07").language == "en"
    shelf.translate("fr", review="native")
    assert lesson_in(shelf, "fr", "osh-07").language == "fr"


def test_nobody_s_draft_is_not_served(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr", review="none")
    assert lesson_in(shelf, "fr").language == "en"


def test_a_language_is_offered_only_when_its_interface_is_complete_enough(shelf: Shelf) -> None:
    words = {("", f"Phrase {n}"): f"fr {n}" for n in range(19)}
    shelf.speak("fr", words)
    assert [language.code for language in shelf.files().languages()] == ["en", "fr"]
    shelf.speak("fr", {**words, ("", "Phrase 20"): "", ("", "Phrase 21"): ""})
    assert [language.code for language in shelf.files().languages()] == ["en"]
    shelf.speak("fr", words, review="none")
    assert [language.code for language in shelf.files().languages()] == ["en"]


def test_languages_have_their_own_names_and_direction(shelf: Shelf) -> None:
    for language in ("ar", "ky", "zu", "st"):
        shelf.speak(language)
    found = {language.code: language for language in shelf.files().languages()}
    assert [found[code].name for code in ("en", "ar", "ky", "zu", "st")] == [
        "English", "العربية", "Кыргызча", "isiZulu", "Sesotho",
    ]  # fmt: skip
    assert [code for code, language in found.items() if language.rtl] == ["ar"]


@pytest.mark.parametrize(
    ("hint", "country", "first"),
    [
        ("pt-br", None, ("pt_BR", "en")),
        ("PT_BR", None, ("pt_BR", "en")),
        ("zh-hans", None, ("zh_Hans", "en")),
        ("zh", None, ("zh_Hans", "en")),
        ("fr-CA", "MU", ("fr", "en")),
        (None, "KG", ("ru", "en")),
        ("xx-nonsense", "ZZ", ("en",)),
        ("../../etc", "za", ("en",)),
        ("ky", None, ("ru", "en")),
        (None, None, ("en",)),
    ],
)
def test_the_languages_to_offer_first_are_guessed(
    shelf: Shelf, hint: str, country: str, first: tuple[str, ...]
) -> None:
    for language in ("fr", "ru", "pt_BR", "zh_Hans"):
        shelf.speak(language)
    assert shelf.files().library("en", country=country, hint=hint).suggested == first


def test_an_unknown_language_falls_back_to_the_next_of_its_chain_or_to_english(shelf: Shelf) -> None:
    shelf.speak("ru")
    files = shelf.files()
    assert files.library("ky", country=None, hint=None).language == "ru"
    assert files.library("tlh", country=None, hint=None).language == "en"
    assert files.courses("ky")[0].language == "ru"


def test_a_library_is_made_once_and_holds_countries_and_originals(shelf: Shelf) -> None:
    shelf.speak("fr")
    files = shelf.files(provider="Learn", is_demo=True)
    library = files.library("fr", country="ZA", hint="fr")
    assert library is files.library("fr", country="za", hint="fr-FR")
    assert library.countries["afrique du sud"].code == library.countries["za"].code == "ZA"
    assert library.countries["south africa"].time_zones == ("Africa/Johannesburg",)
    assert library.originals[0].lessons[0].language == "en"
    assert (library.provider, library.is_demo) == ("Learn", True)


def test_courses_come_in_their_order_and_templates_are_none(shelf: Shelf) -> None:
    for name, order in (("zebra", 0), ("templates", 9)):
        shelf.write(f"{name}/course.md", COURSE_OF.format(name=name, order=order))
        shelf.write(f"{name}/01-it.md", LESSON.replace("osh-04", f"{name}-01").replace("media/box", "media/it"))
        shelf.write_bytes(f"{name}/media/it.png", png())
    assert [course.id for course in shelf.files().courses("en")] == ["zebra", "safety"]


COURSE_OF = """\
---
id: {name}
title: Another
summary: More.
order: {order}
audience: both
---

- [It](01-it.md)
"""


def test_a_broken_file_keeps_the_old_state_and_is_named_with_its_line(shelf: Shelf) -> None:
    files = shelf.files()
    text = shelf.edit(FIRST, "A box falls. It misses", "Stop")
    shelf.edit(FIRST, "- [x] Stop", "- [ ] Stop")
    found = files.reload()
    assert [one.problem.code for one in found] == ["E303"]
    assert found[0].path.endswith(FIRST)
    assert found[0].problem.line == line_of(text, "## Which one")
    assert files.broken() == found
    assert files.courses("en")[0].lessons[0].cards[2].question.options[1].is_right
    shelf.write(FIRST, LESSON.replace("Think back", "Think again"))
    assert files.reload() == ()
    assert files.broken() == ()
    assert files.courses("en")[0].lessons[0].cards[3].question.heading == "Think again"


def test_a_reload_gives_the_translator_the_new_phrases(shelf: Shelf) -> None:
    shelf.speak("fr")
    files = shelf.files()
    phrase = say("Well done, {name}!", name="Lea")
    assert plain(files.translator.render(phrase, "fr")) == "fr Lea!"
    shelf.speak("fr", {("", "Well done, {name}!"): "Bravo, {name}!"})
    files.reload()
    assert plain(files.translator.render(phrase, "fr")) == "Bravo, Lea!"


def test_a_reload_of_an_empty_folder_is_refused(shelf: Shelf) -> None:
    files = shelf.files()
    for path in shelf.folders.content.rglob("course.md"):
        path.unlink()
    assert [one.problem.code for one in files.reload()] == ["E100"]
    assert files.courses("en")


def test_a_start_leaves_out_what_is_broken_and_says_so(shelf: Shelf) -> None:
    shelf.write("broken/course.md", COURSE_OF.format(name="broken", order=3))
    shelf.write("broken/01-it.md", "---\nid: it\n---\n")
    shelf.write("help/ZA.md", ZA.replace("state: yes", "state: maybe"))
    files = shelf.files()
    assert [course.id for course in files.courses("en")] == ["safety"]
    assert files.library("en", country="ZA", hint=None).help_card.country == "none"
    assert files.broken()


def test_a_start_without_any_sound_course_says_what_to_do(shelf: Shelf) -> None:
    shelf.edit(FIRST, "minutes: 4", "minutes: 44")
    with pytest.raises(ContentProblem, match=r"01-near-miss.md:6:1 E104 .* Run `teabreak check`"):
        shelf.files()


def test_a_version_that_was_begun_can_be_read_after_the_lesson_changed(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr")
    files = shelf.files()
    begun = files.library("fr", country=None, hint=None).course("safety").lesson("osh-04")
    kept = files.keep(begun.version)
    shelf.edit(FIRST, "Think back", "Think again")
    files.reload()
    assert files.keep(begun.version) is None
    assert files.library("fr", country=None, hint=None).course("safety").lesson("osh-04").version != begun.version
    assert files.rebuild(kept) == begun
    assert files.rebuild(kept) is files.rebuild(kept)


def test_a_version_depends_on_the_translation_that_was_used_and_on_nothing_else(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr")
    before = lesson_in(shelf, "fr").version
    assert lesson_in(shelf, "fr").version == before
    path = shelf.translate("fr")
    path.write_text(path.read_text().replace("fr Think back", "fr Pensez"))
    assert lesson_in(shelf, "fr").version != before
    assert lesson_in(shelf, "fr", "osh-07").version == lesson_in(shelf, "en", "osh-07").version


def test_a_picture_comes_in_the_language_s_own_form_where_there_is_one(shelf: Shelf) -> None:
    shelf.write_bytes("safety/media/fr/box.png", png(2))
    files = shelf.files()
    root = shelf.folders.content / "safety/media"
    assert files.media("safety/media/box.png", "fr") == root / "fr/box.png"
    assert files.media("safety/media/box.png", "ru") == root / "box.png"


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "safety/course.md", "safety/media/none.png", "a\0.png"]
)
def test_nothing_but_pictures_below_the_folder_is_given_out(shelf: Shelf, path: str) -> None:
    assert shelf.files().media(path, "fr") is None


def test_a_picture_that_is_a_link_out_is_not_given_out(shelf: Shelf, tmp_path: Path) -> None:
    files = shelf.files()
    (tmp_path / "secret.png").write_bytes(png())
    (shelf.folders.content / "safety/media/link.png").symlink_to(tmp_path / "secret.png")
    assert files.media("safety/media/link.png", "../../..") is None


def test_a_help_card_is_of_the_country_and_hidden_after_half_a_year(shelf: Shelf) -> None:
    shelf.write("help/ZA.md", ZA)
    files = shelf.files()
    card = files.library("en", country="ZA", hint=None).help_card
    assert (card.country, card.opens_sensitive_lessons()) == ("ZA", True)
    assert card.intro == "You decide what you say."
    assert dict(card.entries[0].details) == {
        "name": "Department of Labour",
        "number": "000 000",
        "hours": "Monday to Friday",
    }
    assert dict(card.entries[1].details) == {"number": "000 001", "text": "Ask first what it costs."}
    assert [entry.of_the_state for entry in card.entries] == [True, False]
    assert files.library("en", country="NL", hint=None).help_card.country == "none"
    shelf.clock.day = TODAY + timedelta(days=200)
    assert files.library("en", country="ZA", hint=None).help_card.country == "none"


def test_a_help_card_is_translated_whole_or_not_at_all_and_its_numbers_never(shelf: Shelf) -> None:
    shelf.write("help/ZA.md", ZA)
    shelf.speak("fr")
    shelf.translate("fr", "help")
    card = shelf.files().library("fr", country="ZA", hint=None).help_card
    assert card.title == "fr Whom you can ask in South Africa"
    assert dict(card.entries[0].details)["number"] == "000 000"
    shelf.translate("fr", "help", without={"Trade union"})
    assert shelf.files().library("fr", country="ZA", hint=None).help_card.language == "en"


def test_command_words_of_every_language_are_known_even_of_those_not_offered(shelf: Shelf) -> None:
    shelf.speak("ru", {("command words", "stop, end"): "стоп, Хватит", ("", "x"): "", ("", "y"): ""})
    shelf.speak("ar", {("command words", "stop, end"): "توقف، إيقاف"})
    words = shelf.files().library("en", country=None, hint=None).words
    assert {words[normalized(word)] for word in ("STOP", "end", "стоп", "хватит", "توقف", "إيقاف")} == {"stop"}
    assert words["menu"] == "menu"
