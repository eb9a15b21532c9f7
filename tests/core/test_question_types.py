"""Every kind of question has a fixture that shows what it understands and what its authors are told."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.question import OptionSource, Question, QuestionSource, Verdict
from bot.core.question_types import QUESTION_TYPES
from tests.core.stage import label

FOLDER = Path(__file__).parent / "question_types"
KINDS = [pytest.param(kind, id=kind.kind) for kind in QUESTION_TYPES]


def fixture_of(kind: type[Question]) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{kind.kind}.yaml").read_text("utf-8"))


def source_of(given: dict[str, Any]) -> QuestionSource:
    options = tuple(
        OptionSource(option["text"], option["right"], option["feedback"], line)
        for line, option in enumerate(given.get("options", []), 10)
    )
    return QuestionSource(
        given["id"], 5, given["heading"], options=options, tip=given.get("tip"), directives=given.get("directives", {})
    )


def test_every_kind_has_a_fixture_and_every_fixture_a_kind() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {kind.kind for kind in QUESTION_TYPES}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_claims_its_own_card_and_is_the_first_to_do_so(kind: type[Question]) -> None:
    source = source_of(fixture_of(kind)["source"])
    assert next(found for found in QUESTION_TYPES if found.claims(source)) is kind
    assert not list(kind.problems(source))


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_read_however_they_come(kind: type[Question]) -> None:
    fixture = fixture_of(kind)
    question = kind.from_source(source_of(fixture["source"]), "en")
    for case in fixture["answers"]:
        graded = question.grade(case["said"], fixture["order"])
        assert graded.verdict is Verdict(case["verdict"]), case
        assert graded.chosen == case.get("chosen", ""), case
        assert (label(graded.feedback[0]) if graded.feedback else None) == case.get("feedback"), case


@pytest.mark.parametrize("kind", KINDS)
def test_not_sure_is_thanked_and_told_the_answer(kind: type[Question]) -> None:
    fixture = fixture_of(kind)
    graded = kind.from_source(source_of(fixture["source"]), "en").unsure(fixture["order"])
    assert fixture["unsure"] in [label(text) for text in graded.feedback]
    assert graded.verdict in {Verdict.NOT_SURE, Verdict.UNGRADED}


@pytest.mark.parametrize("kind", KINDS)
def test_authors_are_told_what_is_wrong(kind: type[Question]) -> None:
    fixture = fixture_of(kind)
    for case in fixture["problems"]:
        problems = list(kind.problems(source_of({**fixture["source"], **case["change"]})))
        assert [problem.code for problem in problems] == case["codes"], case
        assert all(problem.message.endswith(".") and problem.hint for problem in problems)


@pytest.mark.parametrize("kind", KINDS)
def test_a_translation_changes_words_and_never_what_is_right(kind: type[Question]) -> None:
    fixture = fixture_of(kind)
    source = source_of(fixture["source"])
    seen: list[tuple[str, str]] = []

    def shout(kind_of_text: str, text: str) -> str:
        seen.append((kind_of_text, text))
        return text.upper()

    english = kind.from_source(source, "en")
    other = english.translated(shout, "xx")
    assert other.prompt(fixture["order"]).heading == source.heading.upper()
    assert other.translated(lambda _, text: text, "xx").prompt(fixture["order"]) == other.prompt(fixture["order"])
    for case in fixture["answers"]:
        if case["said"].strip().isdigit():
            assert other.grade(case["said"], fixture["order"]).verdict is Verdict(case["verdict"])
    assert ("heading", source.heading) in seen
