"""What is open next, and the choice to leave it for now."""

from dataclasses import replace

from bot.core.course import Course, Lesson
from bot.core.dialogue.days import on_day
from bot.core.dialogue.help import help_blocks
from bot.core.dialogue.reminding import coming
from bot.core.dialogue.scene import CONTINUE, HIDE, MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.messages import Block, Content, Phrase, Rows, row, say, say_in
from bot.core.reminder import local
from bot.core.rich_text import Verbatim


def offer(scene: Scene, *lead: Block) -> None:
    """Say what is open next, and leave it to the learner."""
    just_done = scene.state.draft.get("lesson", "")
    scene.state = replace(scene.state, draft={})
    scene.expect(Asking.NOTHING)
    if scene.state.lesson:
        scene.say(*lead, rows=command_rows((CONTINUE,)))
        return
    course = scene.active_course()
    lesson = scene.next_lesson(course, just_done) if course else None
    if course and lesson:
        blocks = (*lead, Block(_open_now(scene, lesson)))
        following_rows = row(("/next", say_in("button", "Next lesson")), ("/later", say_in("button", "Later")))
        scene.say(*blocks, rows=(following_rows,))
        return
    following = next((found for found in scene.plan() if _has_more(scene, found, just_done)), None)
    rows: Rows = command_rows((MENU,))
    if following:
        title = Content(following.title, following.language)
        scene.say(
            *lead,
            say("The next course is {course}.", course=title),
            rows=(row((f"/course {following.id}", say_in("button", "Begin"))), *rows),
        )
        return
    extra = extra_lessons(scene)
    if extra:
        label = say_in("button", "One more lesson")
        rows = (*(row((f"/lesson {found.id}", label)) for found in extra[:1]), *rows)
    scene.say(*lead, say("All lessons are done. You can read each of them again."), rows=rows)


def _open_now(scene: Scene, lesson: Lesson) -> Phrase:
    """Say that a lesson is open, and when the next message comes where an hour is chosen."""
    moment = coming(scene)
    if moment is None:
        return say("The next lesson is open: {lesson}", lesson=Content(lesson.title, lesson.language))
    hour = local(moment, scene.zone_name).time().replace(second=0)
    return say("The next lesson is open now, or {day} at {hour}.", day=on_day(scene, moment), hour=hour)


def is_finished(scene: Scene, course: Course) -> bool:
    """Say whether somebody finished a course."""
    enrollment = scene.enrollment(course.id)
    return enrollment is not None and enrollment.finished_at is not None


def _has_more(scene: Scene, course: Course, just_done: str) -> bool:
    return not is_finished(scene, course) and scene.next_lesson(course, just_done) is not None


def extra_lessons(scene: Scene) -> tuple[Lesson, ...]:
    """Return the lessons about serious subjects that may be opened here; they are never part of completion."""
    if not scene.library.serves_sensitive():
        return ()
    return tuple(lesson for course in scene.library.courses for lesson in course.sensitive(scene.audience))


def close_sensitive(scene: Scene, *lead: Block) -> None:
    """End a lesson about a serious subject with places of help. Nothing of it is kept."""
    scene.expect(Asking.NOTHING)
    scene.say(
        *lead,
        say(
            "The lesson ends here. No answer was kept. If you or someone you know needs help, "
            "these people can be asked:"
        ),
        *help_blocks(scene),
        say(
            "In danger, call the emergency number of your country first. You decide whether and when. "
            "I cannot take complaints or call for help. You can delete this chat."
        ),
        rows=command_rows((("later", say_in("button", "Done")), *((HIDE,) if scene.can_hide else ()))),
    )


def later(scene: Scene) -> None:
    """Leave it at that."""
    scene.put_away()
    scene.say(say("That is fine. Your place is kept. To go on, send {command}.", command=Verbatim("/next")))
