"""The round trip with translators, and the seven pitfalls that other tools fall into."""

from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import polib
import pytest
from babel.messages.checkers import num_plurals
from babel.messages.extract import extract as babel_extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.catalogue.extraction import content_templates, extract, interface_template
from bot.catalogue.plurals import PLURALS, plural_count, plural_forms, plural_rule, same_forms
from bot.catalogue.po_files import po_path
from bot.catalogue.po_writing import new_catalogue, update_catalogue, write_template
from bot.core.errors import ContentProblem
from bot.core.messages import Content, say_count
from bot.core.rich_text import plain
from tests.catalogue.shelf import COURSE, LESSON, NO_COUNTRY, ZA, Shelf, line_of

FIRST = "safety/01-near-miss.md"


def extracted(text: str) -> list[tuple[int, str, str, list[str]]]:
    return [(line, *found, notes) for line, _, found, notes in extract(BytesIO(text.encode()), {}, (), {})]


def test_a_lesson_gives_each_text_with_its_context_line_and_notes() -> None:
    found = {text: (line, context, notes) for line, context, text, notes in extracted(LESSON)}
    expected = {
        "Report the near miss": "osh-04/title",
        "You can report a near miss in one minute.": "osh-04/objective",
        "Ask what almost went wrong last week.": "osh-04/owner",
        "A box falls": "osh-04/heading",
        "A box lies next to a shoe": "osh-04/alt",
        "Nobody was hurt.": "osh-04/text",
        "Which one is a near miss?": "osh-04#q-which/heading",
        "A box falls. It misses Sipho.": "osh-04#q-which/option",
        "This is an injury. Somebody was hurt.": "osh-04#q-which/feedback",
        "Did something go wrong, and was nobody hurt? Then it is a near miss.": "osh-04#q-which/tip",
        "Think back": "osh-04#r-mine/heading",
        "When did something almost hurt you? You can skip this.": "osh-04#r-mine/text",
        "Tell your supervisor about one near miss.": "osh-04/action",
    }
    for text, context in expected.items():
        assert found[text][:2] == (line_of(LESSON, text), context)
    idea = found["A **near miss** is an accident that *almost* happened."]
    assert idea[2] == ['"near miss" = an accident that almost happened; no word of it may sound like blame.']
    assert not any("[^" in text or "media/" in text for text in found)


def test_courses_and_help_cards_are_told_apart_and_numbers_are_left_out() -> None:
    assert [row[1:3] for row in extracted(COURSE)] == [
        ("safety/title", "Safe at work"),
        ("safety/summary", "See danger early."),
    ]
    assert [row[1] for row in extracted(NO_COUNTRY)] == ["help/none/title", "help/none/entry", "help/none/text"]
    assert not any("000" in row[2] for row in extracted(ZA))
    assert (line_of(ZA, "hours"), "help/za/hours", "Monday to Friday", []) in extracted(ZA)


def test_babel_finds_the_extractor_by_its_name() -> None:
    found = list(babel_extract("lesson", BytesIO(LESSON.encode())))
    assert (3, "Report the near miss", [], "osh-04/title") in found


@pytest.mark.parametrize("text", ["", "## Hello", "---\nid: x\n---\n", LESSON.replace("minutes: 4", "minutes: x")])
def test_a_file_that_gives_no_message_fails(text: str) -> None:
    with pytest.raises(ContentProblem):
        extracted(text)


def test_what_is_extracted_is_what_is_looked_up_for_display(shelf: Shelf) -> None:
    shelf.speak("fr")
    shelf.translate("fr", review="native")
    for lesson in shelf.files().library("fr", country=None, hint=None).courses[0].lessons:
        assert lesson.language == "fr"
        shown = [lesson.title, lesson.objective, *(text for card in lesson.cards for text in words_of(card))]
        assert all(text.startswith("fr ") for text in shown)


def words_of(card) -> list[str]:
    if hasattr(card, "action"):
        return [card.action]
    if not hasattr(card, "question"):
        return [card.heading, *(part.text for part in card.paragraphs)]
    prompt = card.question.prompt(range(card.question.size()))
    feedback = [
        text for n in range(card.question.size()) for text in card.question.grade(str(n + 1), range(3)).feedback
    ]
    said = [text.text for text in feedback if isinstance(text, Content)]
    return [prompt.heading, *prompt.paragraphs, *prompt.options, *said]


def test_a_card_put_in_between_leaves_every_other_context_alone() -> None:
    before = {row[1:3] for row in extracted(LESSON)}
    card = "## Look up\n\nThe shelf stands as before.\n\n---\n\n## What is a near miss?"
    after = {row[1:3] for row in extracted(LESSON.replace("## What is a near miss?", card))}
    assert before < after
    assert after - before == {("osh-04/heading", "Look up"), ("osh-04/text", "The shelf stands as before.")}


def test_a_sentence_that_comes_twice_is_translated_once(shelf: Shelf) -> None:
    text = LESSON.replace("- Next time somebody can be.", "- Nobody was hurt.")
    assert len([row for row in extracted(text) if row[2] == "Nobody was hurt."]) == 1


@pytest.mark.parametrize("language", ["ar", "ru", "mfe"])
def test_the_round_trip_ends_in_the_right_forms(shelf: Shelf, tmp_path: Path, language: str) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "it.py").write_text(
        'say("Hello, {name}")\nsay_count("{n} lesson", "{n} lessons", n=2)\nsay_in("button", "More")\n'
    )
    template = interface_template(code, tmp_path)["interface"]
    path = new_catalogue(shelf.folders.locales, language, "interface", template)
    po = polib.pofile(str(path))
    assert po.metadata["X-Review"] == "none"
    assert same_forms(po.metadata["Plural-Forms"], language)
    count = plural_count(language)
    for entry in po:
        if entry.msgid_plural:
            assert len(entry.msgstr_plural) == count
            entry.msgstr_plural = {form: f"form {form}" for form in range(count)}
        else:
            entry.msgstr = entry.msgid
    po.metadata["X-Review"] = "native"
    po.save()
    update_catalogue(shelf.folders.locales, language, "interface", template)
    assert "X-Review: native" in path.read_text()
    files = shelf.files()
    assert language in {one.code for one in files.languages()}
    for number in (0, 1, 2, 5, 11, 100):
        shown = plain(files.translator.render(say_count("{n} lesson", "{n} lessons", n=number), language))
        assert shown.removeprefix("\u200f") == f"form {plural_rule(language)(number)}"


def test_every_plural_rule_compiles_and_reaches_all_its_forms() -> None:
    assert {
        "ar",
        "ru",
        "fr",
        "en",
        "nl",
        "es",
        "ky",
        "mfe",
        "zu",
        "xh",
        "st",
        "sw",
        "id",
        "am",
        "tr",
        "uz",
        "vi",
        "zh",
        "pt",
    } <= set(PLURALS)
    for language in PLURALS:
        assert {plural_rule(language)(n) for n in range(300)} == set(range(plural_count(language)))


def test_plural_rules_are_those_of_cldr_where_babel_has_others() -> None:
    assert plural_count("mfe") == plural_count("id") == 1
    assert [plural_rule("zu")(n) for n in (0, 1, 2)] == [plural_rule("am")(n) for n in (0, 1, 2)] == [0, 0, 1]
    assert [plural_rule("tr")(n) for n in (1, 2)] == [0, 1]
    assert [plural_rule("fr")(n) for n in (0, 1, 2)] == [0, 0, 1]


def test_a_language_that_our_table_lacks_has_the_rule_of_its_tools() -> None:
    assert plural_count("pl") == 3
    assert plural_forms("pt_BR") == plural_forms("pt")


def test_a_header_may_have_other_spaces_and_brackets() -> None:
    assert same_forms("nplurals=2;plural=n!=1", "nl")
    assert same_forms("nplurals=2; plural=((n != 1));", "nl")
    assert not same_forms("nplurals=2; plural=(n > 1);", "nl")
    assert not same_forms("", "nl")


def test_a_share_is_not_taken_for_a_format(shelf: Shelf, tmp_path: Path) -> None:
    shelf.edit(FIRST, "Nobody is hurt.\n\n---", "Of 100 % of boxes 50% of all fall, 50% off.\n\n---")
    template = content_templates(shelf.stock())["safety"]
    write_template(tmp_path / "build/safety.pot", template)
    path = new_catalogue(shelf.folders.locales, "fr", "safety", template)
    update_catalogue(shelf.folders.locales, "fr", "safety", template)
    for file in (tmp_path / "build/safety.pot", path):
        assert "50% of all" in file.read_text()
        assert "python-format" not in file.read_text()


def test_a_real_format_keeps_its_flag(shelf: Shelf, tmp_path: Path) -> None:
    code = tmp_path / "code"
    (code / "templates").mkdir(parents=True)
    (code / "templates/page.html").write_text(
        "<p>{{ _('Hello, %(name)s') }} {{ ngettext('%(num)s day', '%(num)s days', 2) }}</p>"
    )
    template = interface_template(code, tmp_path)["interface"]
    path = new_catalogue(shelf.folders.locales, "fr", "interface", template)
    entry = polib.pofile(str(path)).find("Hello, %(name)s")
    assert "python-format" in entry.flags
    assert polib.pofile(str(path)).find("%(num)s day").msgid_plural == "%(num)s days"


def test_an_update_keeps_the_old_english_beside_a_fuzzy_guess_and_drops_it_when_confirmed(shelf: Shelf) -> None:
    path = shelf.translate("fr")
    shelf.edit(FIRST, "Nobody is hurt.\n\n---", "Nobody is hurt today.\n\n---")
    for _ in range(2):
        update_catalogue(shelf.folders.locales, "fr", "safety", content_templates(shelf.stock())["safety"])
        entry = polib.pofile(str(path)).find("A heavy box falls next to {name}. Nobody is hurt today.")
        assert entry.fuzzy
        assert entry.previous_msgid == "A heavy box falls next to {name}. Nobody is hurt."
        assert entry.msgstr == "fr A heavy box falls next to {name}. Nobody is hurt."
    assert sum(entry.fuzzy for entry in polib.pofile(str(path))) == 1
    po = polib.pofile(str(path))
    entry = po.find("A heavy box falls next to {name}. Nobody is hurt today.")
    entry.flags.remove("fuzzy")
    entry.previous_msgid = None
    po.save()
    update_catalogue(shelf.folders.locales, "fr", "safety", content_templates(shelf.stock())["safety"])
    entry = polib.pofile(str(path)).find("A heavy box falls next to {name}. Nobody is hurt today.")
    assert not entry.fuzzy
    assert entry.previous_msgid is None


def test_an_update_that_changes_nothing_changes_no_byte(shelf: Shelf) -> None:
    template = content_templates(shelf.stock())["safety"]
    path = new_catalogue(shelf.folders.locales, "ar", "safety", template)
    path.write_text("# Reviewed by nobody yet.\n" + path.read_text().replace("X-Review: none", "X-Review: machine"))
    before = path.read_bytes()
    update_catalogue(shelf.folders.locales, "ar", "safety", template)
    assert path.read_bytes() == before
    assert b"Date" not in before


def test_an_update_mends_the_plural_header_of_other_tools(shelf: Shelf) -> None:
    template = content_templates(shelf.stock())["safety"]
    path = new_catalogue(shelf.folders.locales, "ar", "safety", template)
    path.write_text(path.read_text().replace("n%100>=11 && n%100<=99 ? 4 : 5", "n%100>=0 && n%100<=2 ? 4 : 5"))
    update_catalogue(shelf.folders.locales, "ar", "safety", template)
    assert same_forms(polib.pofile(str(path)).metadata["Plural-Forms"], "ar")


def test_comments_are_not_wrapped_and_nothing_of_this_machine_is_written(shelf: Shelf) -> None:
    path = new_catalogue(shelf.folders.locales, "fr", "safety", content_templates(shelf.stock())["safety"])
    text = path.read_text()
    assert '#. "near miss" = an accident that almost happened; no word of it may sound like blame.\n' in text
    assert f"#: content/{FIRST}:{line_of(LESSON, 'Think back')}\n" in text
    assert str(shelf.folders.content) not in text


def test_a_catalogue_that_cannot_be_read_is_not_written_over(shelf: Shelf) -> None:
    path = shelf.po("fr", "safety", "oops\n")
    with pytest.raises(ContentProblem, match="cannot be read"):
        update_catalogue(shelf.folders.locales, "fr", "safety", content_templates(shelf.stock())["safety"])
    assert path.read_text() == "oops\n"
    assert new_catalogue(shelf.folders.locales, "fr", "safety", content_templates(shelf.stock())["safety"]) is None
    assert po_path(shelf.folders.locales, "fr", "safety") == path


def test_the_checks_of_other_tools_have_no_complaint(shelf: Shelf) -> None:
    shelf.edit(FIRST, "Nobody is hurt.\n\n---", "Nobody is hurt, in 50% of cases.\n\n---")
    path = shelf.translate("ar")
    text = "A heavy box falls next to {name}. Nobody is hurt, in 50% of cases."
    po = polib.pofile(str(path))
    po.find(text).msgstr = "{name} ٥٠٪"
    po.save()
    shelf.edit(FIRST, "Nobody was hurt.", "Nobody was hurt today.")
    update_catalogue(shelf.folders.locales, "ar", "safety", content_templates(shelf.stock())["safety"])
    kept = polib.pofile(str(path), check_for_duplicates=True)
    assert [entry.msgid for entry in kept if entry.fuzzy] == ["Nobody was hurt today."]
    # What gettext's `msgfmt --check-format` would refuse: "50% of", taken for a placeholder that must come again.
    assert [entry.msgid for entry in kept if "python-format" in entry.flags] == []
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    for message in catalogue:
        num_plurals(catalogue, message)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = next(entry for entry in kept if entry.msgid == text)
    assert GNUTranslations(compiled).pgettext(found.msgctxt, text) == "{name} ٥٠٪"


def test_a_fresh_catalogue_is_sound(shelf: Shelf) -> None:
    for domain, template in content_templates(shelf.stock()).items():
        new_catalogue(shelf.folders.locales, "ar", domain, template)
    assert shelf.problems() == ()
