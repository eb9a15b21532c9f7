"""`check` and `translate` as they are typed."""

import json
from pathlib import Path

import pytest

from bot.cli.check import check
from bot.cli.translate import coverage, extract, new, update
from bot.core.errors import ContentProblem
from tests.catalogue.shelf import LESSON, TODAY, Shelf

FIRST = "safety/01-near-miss.md"


def test_check_prints_each_mistake_and_fails(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.edit(FIRST, "minutes: 4", "minutes: 12")
    assert check(None, shelf.folders, today=TODAY) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"{FIRST}:6:1 E104 The value of `minutes` is not possible. → Write 3, 4 or 5.")
    assert lines[-1] == "1 errors, 0 warnings."


def test_warnings_alone_do_not_fail(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.edit(FIRST, "Nobody is hurt.\n\n---", "Nobody is hurt!!\n\n---")
    assert check(None, shelf.folders, today=TODAY, json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["code"], row["line"], row["column"]) for row in rows] == [("W407", 15, 1)]


def test_check_takes_a_file_a_course_a_folder_or_the_translations(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf.edit(FIRST, "minutes: 4", "minutes: 12")
    content = shelf.folders.content
    assert check(content / FIRST, shelf.folders, today=TODAY) == 1
    assert check(content / "safety/02-mind.md", shelf.folders, today=TODAY) == 0
    assert check(content / "safety", shelf.folders, today=TODAY) == 1
    assert check(content, shelf.folders, today=TODAY) == 1
    assert check(content / "help", shelf.folders, today=TODAY) == 0
    shelf.folders.locales.mkdir()
    assert check(shelf.folders.locales, shelf.folders, today=TODAY) == 0
    capsys.readouterr()


def test_check_looks_at_a_course_that_is_not_offered(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.write("templates/course.md", COURSE)
    shelf.write("templates/lesson.md", LESSON.replace("minutes: 4", "minutes: 40"))
    assert check(None, shelf.folders, today=TODAY) == 0
    assert check(shelf.folders.content / "templates", shelf.folders, today=TODAY) == 1
    assert "lesson.md:6:1 E104" in capsys.readouterr().out


COURSE = "---\nid: template\ntitle: T\nsummary: S\norder: 9\naudience: both\n---\n\n- [L](lesson.md)\n"


def test_a_language_is_begun_updated_and_counted(
    shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = tmp_path / "build"
    assert extract(shelf.folders, today=TODAY, into=build) == 0
    assert {path.name for path in build.iterdir()} == {"interface.pot", "help.pot", "safety.pot"}
    assert 'msgid "Well done, {name}!"' not in (build / "safety.pot").read_text()
    assert new("ky", shelf.folders, today=TODAY) == 0
    folder = shelf.folders.locales / "ky/LC_MESSAGES"
    assert {path.name for path in folder.iterdir()} == {"interface.po", "help.po", "safety.po"}
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert new("ky", shelf.folders, today=TODAY) == 0
    assert update(shelf.folders, today=TODAY, into=build) == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert "are there already" in capsys.readouterr().out
    assert coverage(shelf.folders, today=TODAY, bar="machine", json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert set(rows[0]) == {"course", "language", "lessons", "messages", "translated", "fuzzy", "served"}
    assert [(row["course"], row["language"]) for row in rows] == [
        ("safety", "en"), ("safety", "ky"), ("help", "ky"), ("interface", "ky"),
    ]  # fmt: skip
    assert coverage(shelf.folders, today=TODAY, bar="machine") == 0
    assert "translated" in capsys.readouterr().out
    assert check(None, shelf.folders, today=TODAY) == 0


def test_an_update_names_catalogues_that_are_missing(
    shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf.translate("fr")
    update(shelf.folders, today=TODAY, into=tmp_path)
    assert "fr: help has no catalogue; `translate new fr` makes it" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "klingon", "../x"])
def test_only_a_language_can_be_begun(shelf: Shelf, language: str) -> None:
    with pytest.raises(ContentProblem, match="no code of a language"):
        new(language, shelf.folders, today=TODAY)


def test_lessons_with_errors_are_not_given_to_translators(shelf: Shelf, tmp_path: Path) -> None:
    shelf.edit(FIRST, "minutes: 4", "minutes: 12")
    with pytest.raises(ContentProblem, match="E104"):
        extract(shelf.folders, today=TODAY, into=tmp_path)
    for path in shelf.folders.content.rglob("course.md"):
        path.unlink()
    with pytest.raises(ContentProblem, match="holds no course"):
        extract(shelf.folders, today=TODAY, into=tmp_path)
