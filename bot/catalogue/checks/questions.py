"""E3: questions and their options."""

from collections.abc import Iterator, Mapping

from bot.catalogue.checks.front import is_kebab
from bot.catalogue.course_files import CourseFolder
from bot.catalogue.lesson_files import kind_of, question_source
from bot.catalogue.lesson_source import CardSource, LessonSource
from bot.core.answer import normalized
from bot.core.question import Problem

# Below this many questions chance alone would be blamed.
_ENOUGH_QUESTIONS = 4


def questions(source: LessonSource, words: Mapping[str, str]) -> Iterator[Problem]:
    """Report what is wrong with the questions of a lesson; `words` work as commands in some language."""
    seen: set[str] = set()
    for card in source.cards:
        if not card.is_question():
            continue
        yield from _id(card, seen)
        yield from _kind(card)
        for passage in card.of("text"):
            if passage.bullet:
                hint = "Give each line a box, or write a paragraph."
                yield Problem("E309", passage.line, "A question card has a plain list.", hint)
        for option in card.options:
            if normalized(option.text) in words:
                yield command_word(option.line, words[normalized(option.text)])


def command_word(line: int, command: str) -> Problem:
    """Return the problem that whoever types an option's words would give a command."""
    return Problem("E313", line, f"The option is a word for the command `{command}`.", "Say it in a sentence.")


def places_of_right_options(course: CourseFolder) -> Iterator[Problem]:
    """Warn when the right option can be guessed by its length or its place through a whole course."""
    choices = [
        card.options
        for file in course.lessons
        for card in file.source.cards
        if card.is_question() and sum(option.is_right for option in card.options) == 1
    ]
    if len(choices) < _ENOUGH_QUESTIONS:
        return
    places = {next(n for n, option in enumerate(options) if option.is_right) for options in choices}
    if len(places) == 1:
        hint = "Put it elsewhere in some questions."
        yield Problem("W312", 1, "The right option always stands in the same place.", hint)
    if all(max(options, key=lambda option: len(option.text)).is_right for options in choices):
        hint = "Make some wrong options longer."
        yield Problem("W312", 1, "The right option is always the longest.", hint)


def _id(card: CardSource, seen: set[str]) -> Iterator[Problem]:
    question_id, line = card.question_id(), card.lines.get("id", card.line)
    if not question_id:
        yield Problem("E301", card.line, "The question has no id.", "Add `<!-- id: q-name -->` above its heading.")
    elif question_id in seen:
        yield Problem("E302", line, "The id is used twice in this lesson.", "Give each question its own.")
    elif not is_kebab(question_id):
        yield Problem("E105", line, "The id has an unusual form.", "Use small letters, digits and hyphens.")
    seen.add(question_id)


def _kind(card: CardSource) -> Iterator[Problem]:
    source = question_source(card)
    kind = kind_of(source)
    if kind is None:
        hint = "Write reflect or number, or take the type out."
        yield Problem("E208", card.lines.get("type", card.line), "The type of question is not known.", hint)
        return
    yield from kind.problems(source)
