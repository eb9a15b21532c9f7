"""E111 to E116: the two questions that are asked before and after a course."""

from collections.abc import Iterator

from bot.catalogue.course_files import CourseFolder, LessonFile, lessons_with
from bot.catalogue.lesson_files import is_sensitive, kind_of, question_source
from bot.catalogue.lesson_source import CardSource
from bot.core.course import Audience
from bot.core.question import Problem

_TWO = 2


def gain(course: CourseFolder) -> Iterator[Problem]:
    """Report what is wrong with the questions that `gain` names."""
    named, line = course.source.gain, course.source.front.line("gain")
    if not named:
        return
    if len(named) != _TWO:
        hint = "Write `gain: [q-one, q-two]`."
        yield Problem("E111", line, f"`gain` names {len(named)} questions.", hint)
    found: list[str] = []
    for name in named:
        matches = lessons_with(course, name)
        if len(matches) == 1:
            file, card = matches[0]
            found.append(file.path)
            yield from _unfit(course, file, card, line)
        else:
            how_many = "Several lessons have" if matches else "No lesson of this course has"
            hint = "Write `lesson/question`, as in `osh-03/q-fan`." if matches else "Take the id of a question."
            yield Problem("E112", line, f"{how_many} the question `{name}`.", hint)
    if len(set(found)) < len(found):
        hint = "Take one from another lesson: two lessons say more about a course."
        yield Problem("E113", line, "Both questions are of one lesson.", hint)


def _unfit(course: CourseFolder, file: LessonFile, card: CardSource, line: int) -> Iterator[Problem]:
    kind = kind_of(question_source(card))
    question = card.question_id()
    if is_sensitive(file.source):
        hint = "Take one of an ordinary lesson: answers about serious subjects are never kept."
        yield Problem("E115", line, f"`{question}` is of a sensitive lesson.", hint)
    elif file.path in _first_lessons(course):
        hint = "Take one of a later lesson."
        yield Problem("E114", line, f"`{question}` is of the first lesson, which comes before it is asked.", hint)
    if kind is not None and not kind.keeps_answers:
        yield Problem("E116", line, f"`{question}` has no answer.", "Take a question that is judged.")


def _first_lessons(course: CourseFolder) -> set[str]:
    """Return the lesson that each audience begins with."""
    ordinary = [file for file in course.lessons if not is_sensitive(file.source)]
    firsts = (
        next((file.path for file in ordinary if file.source.front.text("audience") in {Audience.BOTH, audience}), "")
        for audience in (Audience.WORKER, Audience.OWNER)
    )
    return set(firsts)
