"""What seldom happens: no git, a file half written, other people's headers."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogue import files as files_module
from bot.catalogue.agreement import agree, has_loose_brace
from bot.catalogue.checks.sources import sources
from bot.catalogue.course_files import course_names
from bot.catalogue.history import read_history
from bot.catalogue.lesson_files import Edition, build_lesson
from bot.catalogue.lesson_reader import read_lesson
from bot.catalogue.plurals import same_forms
from bot.catalogue.po_files import header_pairs, parse_po
from bot.catalogue.po_writing import update_catalogue
from bot.catalogue.stock import Stock
from tests.catalogue.shelf import LESSON, TODAY, Shelf, po_text


def test_a_translation_must_keep_placeholders_braces_and_markup() -> None:
    assert agree(["{n} lesson", "{n} lessons"], ["one lesson", "{n} lessons"])
    assert not agree(["{n} lesson of {name}", "{n} lessons of {name}"], ["one", "{n} of {name}"])
    assert not agree(["Hello"], ["Hello {"])
    assert not agree(["Hello %(name)s"], ["Hello"])
    assert agree(["A * star"], ["Une * étoile"])
    assert not agree(["A star"], ["Une * étoile"])
    assert not agree(["_One_ word"], ["Un _mot"])
    assert has_loose_brace("{0.__class__}")


def test_without_git_ids_are_not_compared(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_history(shelf.folders.content) is None
    assert read_history(tmp_path / "nowhere") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_history(shelf.folders.content) is None


def test_a_git_that_does_not_answer_is_not_waited_for(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(command: list[str], **_options: object) -> None:
        raise subprocess.TimeoutExpired(command, 5)

    monkeypatch.setattr(subprocess, "run", hangs)
    assert read_history(shelf.folders.content) is None


def test_a_folder_that_is_not_there_holds_no_course(tmp_path: Path) -> None:
    assert course_names(tmp_path / "nowhere") == ()


def test_a_file_that_changes_while_it_is_read_is_read_again_later(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = shelf.files()
    really = files_module.read_stock

    def while_somebody_writes(folders: object) -> Stock:
        stock = really(shelf.folders)
        shelf.write("safety/01-near-miss.md", LESSON.replace("Think back", "Think again, and longer"))
        return stock

    monkeypatch.setattr(files_module, "read_stock", while_somebody_writes)
    assert "changed while" in files.reload()[0].problem.message
    monkeypatch.setattr(files_module, "read_stock", really)
    assert files.reload() == ()


def test_many_old_versions_do_not_pile_up(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "_MOST_REBUILT", 2)
    files = shelf.files()
    kept = files.keep(files.courses("en")[0].lessons[0].version)
    first = files.rebuild(kept)
    for number in range(3):
        files.rebuild(replace(kept, version=f"v{number}"))
    assert files.rebuild(kept) is not first


def test_a_question_of_no_kind_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="No kind"):
        build_lesson(read_lesson(LESSON.replace("type: reflect", "type: dance")), Edition("safety", "safety"))


def test_a_day_that_does_not_exist_is_no_day() -> None:
    source = read_lesson(LESSON.replace("(WCMS_232886)", "checked 2025-02-31"))
    assert list(sources(source, None, TODAY)) == []


def test_a_header_that_is_wrapped_or_missing_is_read_with_the_right_lines() -> None:
    wrapped = po_text("ru", {("a", "b"): "c"}).replace("nplurals=3; ", 'nplurals=3; "\n"')
    assert parse_po(wrapped, "ru/x.po", "ru").problems == ()
    assert header_pairs(wrapped.partition("\n\n")[0])["Plural-Forms"].startswith("nplurals=3; plural=")
    bare = 'msgctxt "a"\nmsgid "b"\nmsgstr "c"\n'
    found = parse_po(bare, "ru/x.po", "ru")
    assert [problem.code for problem in found.problems] == ["E803"]
    assert [entry.line for entry in found.entries] == [2]
    assert not same_forms("nplurals=2; plural=(n)(", "nl")


def test_there_is_nothing_to_update_where_there_is_no_catalogue(shelf: Shelf) -> None:
    from babel.messages.catalog import Catalog

    assert update_catalogue(shelf.folders.locales, "fr", "safety", Catalog()) is None
