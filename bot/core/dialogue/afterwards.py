"""After a lesson: what is done, "useful?", the hour once, at times two questions, and what is open next."""

from dataclasses import replace

from bot.core.course import Course, Lesson
from bot.core.dialogue import gain
from bot.core.dialogue.hour import ask_hour
from bot.core.dialogue.offering import is_finished
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking
from bot.core.facts import CourseFinished, LessonRated
from bot.core.messages import Block, Content, row, say, say_in

EVERY_SO_MANY = 3


def lesson_done(scene: Scene, course: Course, lesson: Lesson, thanks: Block) -> None:
    """Say what is done, and go on to what comes next."""
    done, total = scene.done_in(course, lesson.id), len(course.ordinary(scene.audience))
    blocks = [thanks, Block(say("Lesson {n} of {total} is done.", n=done, total=total))]
    is_last = done == total
    if is_last and not is_finished(scene, course):
        scene.keep(CourseFinished(scene.person.id, course.id))
        title = Content(course.title, course.language)
        blocks.append(Block(say("You have finished all {total} lessons of {course}.", total=total, course=title)))
        if not scene.library.run_by_employer:
            blocks.append(Block(say("Some questions come back in a few weeks, so that you remember them.")))
    draft = {"course": course.id, "lesson": lesson.id}
    scene.state = replace(scene.state, draft={**draft, **gain.owed(scene, course, lesson)})
    if done % EVERY_SO_MANY == 1 or is_last:
        ask_useful(scene, *blocks)
    else:
        after_rating(scene, *blocks)


def ask_useful(scene: Scene, *lead: Block) -> None:
    """Ask whether a lesson was useful."""
    scene.ask(
        Asking.USEFUL,
        *lead,
        say("Was it useful for your work?"),
        rows=(
            row(("useful_yes", say_in("button", "Yes")), ("useful_little", say_in("button", "A little"))),
            row(("useful_no", say_in("button", "No"))),
        ),
    )


def rate(scene: Scene, choice: str) -> None:
    """Count whether a lesson was useful; nobody's name is with it."""
    draft = scene.state.draft
    scene.keep(LessonRated(draft.get("course", ""), draft.get("lesson", ""), choice.removeprefix("useful_")))
    scene.put_away()
    after_rating(scene, Block(say("Thank you.")))


def after_rating(scene: Scene, *lead: Block) -> None:
    """Ask for the hour once, after the first lesson; otherwise say what is open."""
    scene.state = replace(scene.state, draft=gain.kept(scene.state.draft))
    if scene.person.hour is None and scene.person.wants_reminders and not scene.state.asked_hour:
        ask_hour(scene, *lead)
    else:
        gain.go_on(scene, *lead)
