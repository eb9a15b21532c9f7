"""What comes after a lesson: whether it was useful, the hour after the first one, and what is open next."""

from dataclasses import replace
from datetime import time

from bot.core.answer import normalized
from bot.core.course import Course, Lesson
from bot.core.dialogue.help import help_blocks
from bot.core.dialogue.scene import CONTINUE, MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.facts import CourseFinished, LessonRated
from bot.core.messages import Block, Content, Option, Rows, row, say, say_in
from bot.core.reminder import distinct_zones, is_quiet, local, zone_at
from bot.core.rich_text import Verbatim

EVERY_SO_MANY = 3
OFFERED_HOURS = (time(10), time(13))
_MOST_ZONES = 6
_LAST_HOUR = 23
_LAST_MINUTE = 59


def lesson_done(scene: Scene, course: Course, lesson: Lesson, thanks: Block) -> None:
    """Say what is done, and go on to what comes next."""
    done, total = scene.done_in(course, lesson.id), len(course.ordinary(scene.audience))
    blocks = [thanks, Block(say("Lesson {n} of {total} is done.", n=done, total=total))]
    is_last = done == total
    if is_last and not _is_finished(scene, course):
        scene.keep(CourseFinished(scene.person.id, course.id))
        title = Content(course.title, course.language)
        blocks.append(Block(say("You have finished all {total} lessons of {course}.", total=total, course=title)))
    scene.state = replace(scene.state, draft={"course": course.id, "lesson": lesson.id})
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


def _is_finished(scene: Scene, course: Course) -> bool:
    enrollment = scene.enrollment(course.id)
    return enrollment is not None and enrollment.finished_at is not None


def rate(scene: Scene, choice: str) -> None:
    """Count whether a lesson was useful; nobody's name is with it."""
    draft = scene.state.draft
    scene.keep(LessonRated(draft.get("course", ""), draft.get("lesson", ""), choice.removeprefix("useful_")))
    scene.put_away()
    after_rating(scene, Block(say("Thank you.")))


def after_rating(scene: Scene, *lead: Block) -> None:
    """Ask for the hour once, after the first lesson; otherwise say what is open."""
    just_done = scene.state.draft.get("lesson", "")
    scene.state = replace(scene.state, draft={"lesson": just_done} if just_done else {})
    if scene.person.hour is None and scene.person.wants_reminders and not scene.state.asked_hour:
        ask_hour(scene, *lead)
    else:
        offer(scene, *lead)


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
        blocks = (*lead, Block(say("The next lesson is open: {lesson}", lesson=Content(lesson.title, lesson.language))))
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


def _has_more(scene: Scene, course: Course, just_done: str) -> bool:
    return not _is_finished(scene, course) and scene.next_lesson(course, just_done) is not None


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
        rows=(row(("/later", say_in("button", "Done"))),),
    )


# --- the hour -----------------------------------------------------------------------------------------------------


def ask_hour(scene: Scene, *lead: Block) -> None:
    """Ask when the next lesson shall come."""
    scene.state = replace(scene.state, asked_hour=True)
    hours = tuple((f"at_{hour:%H%M}", say_in("button", "{hour}", hour=hour)) for hour in OFFERED_HOURS)
    scene.ask(
        Asking.HOUR,
        *lead,
        say("When shall the next one come?"),
        rows=(
            row(*hours),
            row(("other", say_in("button", "Other time")), ("none", say_in("button", "No reminders"))),
        ),
    )


def choose_hour(scene: Scene, choice: str) -> None:
    """Take a button of the hour question."""
    scene.put_away()
    if choice == "none":
        scene.keep_person(replace(scene.person, hour=None, wants_reminders=False))
        offer(scene, Block(say("That is fine. I do not remind you.")))
    elif choice == "other":
        ask_typed_hour(scene)
    else:
        keep_hour(scene, time(int(choice[3:5]), int(choice[5:7])))


def ask_typed_hour(scene: Scene) -> None:
    """Ask for an hour in figures."""
    scene.ask(Asking.HOUR_TYPED, say("At what time? Send it like {example}.", example="17:30"))


def read_hour(text: str) -> time | None:
    """Return the time of day in a text such as `9`, `9.30`, `17:30`, `5 pm` or `٩:٣٠`, or None."""
    words = normalized(text).replace("h", " ").split()
    half = {"am": 0, "pm": 12}.get(words[-1]) if words else None
    figures = [word for word in words if word.isdecimal()]
    if not 1 <= len(figures) <= len(("hour", "minute")) or len(words) - len(figures) > (half is not None):
        return None
    hour, minute = int(figures[0][:4]), int(figures[1][:4]) if len(figures) > 1 else 0
    if half is not None:
        hour = hour % 12 + half
    return time(hour, minute) if hour <= _LAST_HOUR and minute <= _LAST_MINUTE else None


def take_typed_hour(scene: Scene, text: str) -> bool:
    """Take an hour in figures; return whether it could be read."""
    hour = read_hour(text)
    if hour is None:
        return False
    keep_hour(scene, hour)
    return True


def hint_hour(scene: Scene) -> None:
    """Say once and kindly how an hour is typed."""
    scene.say(say("I could not read this time. Send it like {example}.", example="17:30"))


def keep_hour(scene: Scene, hour: time) -> None:
    """Keep the hour, after asking about nights where it lies in the quiet hours."""
    if is_quiet(hour) and not scene.person.works_nights:
        scene.state = replace(scene.state, draft={**scene.state.draft, "hour": f"{hour:%H%M}"})
        ask_nights(scene)
        return
    scene.keep_person(replace(scene.person, hour=hour, wants_reminders=True))
    ask_zone(scene)


def _hour_in_question(scene: Scene) -> time:
    kept = scene.state.draft.get("hour", "1000")
    return time(int(kept[:2]), int(kept[2:]))


def ask_nights(scene: Scene) -> None:
    """Ask whether an hour in the quiet hours is meant."""
    scene.ask(
        Asking.NIGHTS,
        say("Most people sleep at {hour}. You work nights?", hour=_hour_in_question(scene)),
        rows=(row(("nights_yes", say_in("button", "Yes")), ("nights_no", say_in("button", "No"))),),
    )


def take_nights(scene: Scene, choice: str) -> None:
    """Keep a night hour for who works nights; otherwise ask for another hour."""
    scene.put_away()
    if choice == "nights_yes":
        scene.keep_person(replace(scene.person, works_nights=True))
        keep_hour(scene, _hour_in_question(scene))
    else:
        ask_typed_hour(scene)


def ask_zone(scene: Scene) -> None:
    """Ask whether our idea of the local time is right, since the hour means nothing without it."""
    company = scene.memory.company
    zone = scene.person.time_zone or (company.time_zone if company else None)
    scene.ask(
        Asking.ZONE,
        say("It is now {time} for you?", time=_minute(scene, zone)),
        rows=(row(("zone_yes", say_in("button", "Yes")), ("zone_no", say_in("button", "No"))),),
    )


def take_zone(scene: Scene, choice: str) -> None:
    """Go on when the local time is right; otherwise ask what it is."""
    scene.put_away()
    if choice == "zone_yes":
        _hour_kept(scene)
    elif choice == "zone_no":
        ask_typed_zone(scene)
    else:
        scene.keep_person(replace(scene.person, time_zone=choice.removeprefix("zone ")))
        _hour_kept(scene)


def ask_typed_zone(scene: Scene) -> None:
    """Ask what time it is for the learner, with a button for each time the country has."""
    home = scene.memory.company
    country = scene.library.countries.get(normalized(home.country)) if home else None
    rows = tuple(
        (Option(f"zone {name}", say_in("button", "{time}", time=_minute(scene, name))),)
        for name in distinct_zones(scene.now, country.time_zones if country else (), _MOST_ZONES)
    )
    scene.ask(
        Asking.ZONE_TYPED,
        say("What time is it for you now? Send it like {example}.", example="14:05"),
        rows=rows if len(rows) > 1 else (),
    )


def _minute(scene: Scene, zone: str | None) -> time:
    return local(scene.now, zone).time().replace(second=0, microsecond=0, tzinfo=None)


def take_typed_zone(scene: Scene, text: str) -> bool:
    """Work the zone out of the learner's own clock; return whether it could be read."""
    said = read_hour(text)
    zone = zone_at(scene.now, said) if said else None
    if zone is None:
        return False
    scene.keep_person(replace(scene.person, time_zone=zone))
    _hour_kept(scene)
    return True


def hint_zone(scene: Scene) -> None:
    """Say once and kindly how the time of now is typed."""
    scene.say(say("I could not read this time. Send it like {example}.", example="14:05"))


def _hour_kept(scene: Scene) -> None:
    offer(scene, Block(say("I keep this hour. Reminders are not switched on yet.")))


def later(scene: Scene) -> None:
    """Leave it at that."""
    scene.put_away()
    scene.say(say("That is fine. Your place is kept. To go on, send {command}.", command=Verbatim("/next")))
