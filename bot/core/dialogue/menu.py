"""What somebody can ask for at any time: where they are, what there is, what is kept, and an end to it."""

from dataclasses import replace

from bot.core.course import Course
from bot.core.dialogue import coming_back, hiding, lesson, offering, review_session
from bot.core.dialogue.commands import Command
from bot.core.dialogue.scene import CONTINUE, HIDE, MENU, Scene, command_rows
from bot.core.dialogue.states import LEARNING, Asking
from bot.core.facts import Enrolled, PersonForgotten
from bot.core.learner import Reach, Role
from bot.core.messages import Block, Content, Recipe, item, row, say, say_count, say_in

_MOST_NAMES = 5


def show(scene: Scene) -> None:
    """Show what can be done from here, the next lesson first."""
    rows = [
        (("next", say_in("button", "Go on learning")),),
        (("progress", say_in("button", "Progress")), ("courses", say_in("button", "Courses"))),
        (("language", say_in("button", "Language")), ("hour", say_in("button", "Hour"))),
        (("company", say_in("button", "Company")), ("help", say_in("button", "Help"))),
        (("mydata", say_in("button", "My data")), *((HIDE,) if scene.can_hide else ())),
    ]
    if Role.OWNER in scene.roles:
        rows.insert(0, (("team", say_in("button", "The team")), ("invite", say_in("button", "Invite the team"))))
    if Role.TRAINER in scene.roles:
        rows.insert(0, (("summary", say_in("button", "Summary")), ("export", say_in("button", "Export"))))
        rows.insert(1, (("newcompany", say_in("button", "New company")),))
    scene.say(say("What would you like to do?"), rows=command_rows(*rows))


def go_on(scene: Scene) -> None:
    """Go on where the lesson stands, or open the next one."""
    reads = scene.state.lesson is not None and scene.state.asking in {Asking.CARD, Asking.FEEDBACK}
    # After a reminder "next" is its Start: the card may not have been on the screen for days.
    if reads and not scene.rhythm.unanswered:
        lesson.forward(scene)
    else:
        show_place(scene)


def show_place(scene: Scene) -> None:
    """Show what comes back first, then where the lesson stands; or open the next one."""
    # After a reminder somebody may be anywhere, so a serious subject asks first, once more.
    was_reminded = scene.memory.rhythm.unanswered > 0 and coming_back.is_in_serious_lesson(scene)
    if scene.state.asking is Asking.SENSITIVE or was_reminded:
        lesson.ask_whether_now(scene)
    elif review_session.is_open(scene):
        review_session.show_again(scene)
    elif not review_session.comes_first(scene):
        review_session.lesson_goes_on(scene)


def progress(scene: Scene) -> None:
    """Say how far somebody is, with the base of every number."""
    course = scene.active_course() or next(iter(scene.plan()), None)
    if course is None:
        scene.say(say("There is no lesson here yet. Please come back later."))
        return
    done, total = scene.done_in(course), len(course.ordinary(scene.audience))
    blocks = [
        Block(Content(f"**{course.title}**", course.language)),
        Block(say_count("{n} of {total} lessons is done.", "{n} of {total} lessons are done.", n=done, total=total)),
    ]
    for found in course.ordinary(scene.audience):
        mark = "✓" if found.id in scene.memory.completed else "·"
        blocks.append(item(mark, Content(found.title, found.language)))
    scene.say(*blocks, rows=command_rows((("next", say_in("button", "Go on learning")), MENU)))


def courses(scene: Scene) -> None:
    """List the courses, each with what is done in it."""
    blocks = []
    rows = []
    for course in scene.plan():
        done, total = scene.done_in(course), len(course.ordinary(scene.audience))
        title = Content(course.title, course.language)
        blocks.append(item("•", say("{course}: {n} of {total} done", course=title, n=done, total=total)))
        rows.append(row((f"/course {course.id}", title)))
        if Role.OWNER in scene.roles and course.id not in scene.memory.assigned_courses:
            rows.append(row((f"/assign {course.id}", say_in("button", "Take it for the team"))))
    rows += [
        row((f"/lesson {found.id}", say_in("button", "One more lesson"))) for found in offering.extra_lessons(scene)
    ]
    scene.say(say("These are the courses. You choose."), *blocks, rows=(*rows, *command_rows((MENU,))))


def open_course(scene: Scene, course_id: str) -> None:
    """Go on in a course that was chosen, or look at it again when it is finished."""
    course = scene.library.course(course_id)
    if course is None:
        courses(scene)
        return
    scene.place(None)
    opened = scene.next_lesson(course)
    if opened is None:
        _read_again(scene, course)
        return
    scene.keep(Enrolled(scene.person.id, course.id))
    lesson.begin(scene, course, opened)


def _read_again(scene: Scene, course: Course) -> None:
    rows = [
        row((f"/lesson {found.id}", Content(found.title, found.language))) for found in course.ordinary(scene.audience)
    ]
    scene.say(say("All lessons are done. You can read each of them again."), rows=(*rows, *command_rows((MENU,))))


def open_lesson(scene: Scene, lesson_id: str) -> None:
    """Open one lesson that was chosen by name."""
    for course in scene.library.courses:
        found = course.lesson(lesson_id)
        if found and (not found.is_sensitive or scene.library.serves_sensitive()):
            lesson.begin(scene, course, found)
            return
    courses(scene)


# --- an end to it -------------------------------------------------------------------------------------------------


def stop(scene: Scene) -> None:
    """Opt out, at once and without a question. Everything queued is cancelled with this turn."""
    scene.keep_address(replace(scene.address, reach=Reach.STOPPED, stop_told_on=None))
    scene.say(
        say(
            "You get no more messages from us. Your place is kept. To begin again, send START. "
            "To erase everything, send FORGET."
        )
    )


def start_again(scene: Scene) -> None:
    """Take somebody back who had stopped, where they were."""
    if not scene.has_stopped:
        show(scene)
        return
    scene.keep_address(replace(scene.address, reach=Reach.REACHABLE))
    if scene.state.asking is Asking.COMPANY_NAME:
        # What is written next would otherwise become the name.
        scene.expect(Asking.NOTHING)
    learns = scene.state.asking in {Asking.NOTHING, *LEARNING}
    first = ("next", say_in("button", "Go on learning")) if learns else CONTINUE
    scene.say(say("Welcome back. Your place is kept."), rows=command_rows((first, MENU)))


def remind_of_stop(scene: Scene) -> None:
    """Say once a day, to who writes after STOP, how to begin again."""
    if scene.address.stop_told_on != scene.now.date():
        scene.keep_address(replace(scene.address, stop_told_on=scene.now.date()))
        scene.say(say("You asked for no more messages. To begin again, send START."))


def ask_forget(scene: Scene) -> None:
    """Ask once before everything is erased."""
    scene.ask(
        Asking.FORGET,
        *_left_alone(scene),
        say(
            "Do you want to erase everything? Your progress, your answers and your certificate are lost. "
            "This cannot be undone."
        ),
        rows=(row(("erase", say_in("button", "Erase all")), ("keep", say_in("button", "Keep"))),),
    )


def _left_alone(scene: Scene) -> tuple[Block, ...]:
    """Tell a trainer which companies stay behind. Whether these have other trainers is not known here."""
    names = [company.name for company in scene.memory.trained_companies]
    if not names:
        return ()
    listed = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
    return (
        Block(
            say_count(
                "The company you look after stays without you: {companies}. Its workers go on learning.",
                "The {n} companies you look after stay without you: {companies}. Their workers go on learning.",
                n=len(names),
                companies=listed,
            )
        ),
    )


def keep_all(scene: Scene) -> bool:
    """Erase nothing; return whether something is open again that is to be shown."""
    scene.put_away()
    scene.state = scene.state.back()
    goes_on = scene.state.asking is not Asking.NOTHING and not scene.has_stopped
    scene.say(say("Nothing was erased."), rows=() if goes_on or scene.has_stopped else command_rows((MENU,)))
    # What is shown again makes the two buttons stale by itself.
    scene.step += not goes_on
    return goes_on


def erase_all(scene: Scene) -> None:
    """Erase everything."""
    scene.put_away()
    scene.keep(PersonForgotten(scene.person.id))
    scene.forgotten = True
    scene.say(
        say(
            "Everything about you is erased. Safety copies are gone within {days} days. "
            "Messages in this chat stay on your phone until you delete them.",
            days=30,
        )
    )


def my_data(scene: Scene) -> None:
    """Tell what is kept; it is read when the message goes out."""
    scene.add(Recipe("mydata", (("person", scene.person.id),), rows=command_rows((MENU,))))


SIMPLE = {
    Command.MENU: show,
    Command.NEXT: go_on,
    Command.PROGRESS: progress,
    Command.COURSES: courses,
    Command.MYDATA: my_data,
    Command.FORGET: ask_forget,
    Command.HIDE: hiding.hide,
    Command.STOP: stop,
    Command.START: start_again,
}
