"""What the bot begins by itself: a reminder when its time has come. And after every turn: when the next one comes.

A reminder changes nothing of what is open; its buttons are commands, which work at any time. It names no topic.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.core.course import Course, Lesson
from bot.core.dialogue import coming_back, letters, nudging
from bot.core.dialogue.days import ON_WEEKDAYS, WEEKDAYS
from bot.core.dialogue.scene import Scene, command_rows
from bot.core.events import Due
from bot.core.facts import LessonBegun, LessonCompleted, RhythmKept
from bot.core.learner import Rhythm
from bot.core.messages import Phrase, Reply, reply, say, say_count, say_in
from bot.core.reminder import (
    SAID_COME_BACK,
    Owed,
    Standing,
    Waiting,
    local,
    next_contact,
    owed,
    slot_of_today,
    useful_until,
    was_asked_for,
)

# Later than this, the hour that was chosen is not the hour it is.
_ON_TIME = timedelta(minutes=10)
_SAYS_THE_HOUR = 2


def standing(scene: Scene) -> Standing:
    """Return what decides when this person is written to."""
    return Standing(scene.person, scene.rhythm, scene.address, letters.zone_name(scene), _waiting(scene))


def _waiting(scene: Scene) -> Waiting:
    """Return what there is to be said to this person."""
    return Waiting(
        lesson=_lesson(scene) is not None,
        reviews=coming_back.has_questions(scene),
        follow_up=coming_back.has_action(scene),
        nudge=nudging.waiting(scene),
        letters=scene.rhythm.wants_letters and letters.is_reader(scene),
        due_on=letters.due_on(scene),
    )


def coming(scene: Scene) -> datetime | None:
    """Return when the next message comes, if nothing else happens in this turn."""
    return _settled(scene).next_at


def settle(scene: Scene) -> None:
    """Keep when the next message comes, after a turn in which somebody was heard, if that changed."""
    if scene.forgotten:
        return
    rhythm = _settled(scene)
    if rhythm != scene.memory.rhythm:
        scene.keep(RhythmKept(scene.person.id, rhythm))


def _settled(scene: Scene) -> Rhythm:
    heard = replace(scene.address, heard_at=scene.now)
    who = replace(standing(scene), rhythm=replace(scene.rhythm, unanswered=0), address=heard)
    who = nudging.without(who, scene.now)
    next_at = scene.rhythm.next_at
    if owed(who, scene.now) in letters.LETTERS:
        # The tick is about to write it, whoever comes first.
        return who.rhythm
    if next_at and was_asked_for(next_at) and next_at > scene.now and who.wants(scene.now):
        # Who learns today needs no reminder of it any more.
        is_done = who.day(next_at) == who.day(scene.now) and _learns(scene)
        if not is_done:
            return who.rhythm
    return replace(who.rhythm, next_at=next_contact(who, scene.now))


def _learns(scene: Scene) -> bool:
    begins = any(isinstance(fact, LessonBegun | LessonCompleted) for fact in scene.facts)
    return begins or scene.rhythm.reviewed_at != scene.memory.rhythm.reviewed_at


# --- when it is due -----------------------------------------------------------------------------------------------


def due(scene: Scene, told: Due) -> None:
    """Say what is owed now, or look again later."""
    rhythm = scene.rhythm
    if rhythm.next_at is None or rhythm.next_at > scene.now:
        return
    who = standing(scene)
    scene.until = useful_until(who, scene.now)
    what = owed(who, scene.now)
    if what is Owed.NOTHING or scene.now + timedelta(seconds=told.delay) >= scene.until:
        scene.until = None
        who = nudging.without(who, scene.now) if who.was_heard(who.day(scene.now)) else who
        _keep(scene, replace(who.rhythm, next_at=next_contact(who, scene.now)))
        return
    kept = _say(scene, who, what, told)
    if kept.nudged_at == scene.now:
        who = replace(who, waiting=replace(who.waiting, nudge=None))
    kept = replace(kept, next_at=next_contact(replace(who, rhythm=kept), scene.now))
    scene.keep_address(replace(scene.address, contacted_at=scene.now))
    _keep(scene, kept)


def _say(scene: Scene, who: Standing, what: Owed, told: Due) -> Rhythm:
    """Say what is owed, and return what is remembered of it."""
    kept, nudge = replace(who.rhythm, contacted_at=scene.now), who.waiting.nudge
    if what in letters.LETTERS:
        letters.write(scene, who, what)
        return kept
    if what is Owed.NUDGE and nudge:
        scene.add(nudging.told(scene, nudge))
        return replace(kept, nudged_at=scene.now)
    kept = replace(kept, unanswered=kept.unanswered + 1)
    if what is Owed.COME_BACK:
        scene.add(_come_back(scene))
        return replace(kept, text=SAID_COME_BACK)
    words = _Words.of(scene, who, _lesson(scene), scene.now + timedelta(seconds=told.delay))
    number = words.after(kept.text)
    reminder = _reminder(words, number)
    scene.add(nudging.above(scene, reminder, nudge) if nudge else reminder)
    return replace(kept, text=number, nudged_at=scene.now if nudge else kept.nudged_at)


def _keep(scene: Scene, rhythm: Rhythm) -> None:
    if rhythm != scene.memory.rhythm:
        scene.keep(RhythmKept(scene.person.id, rhythm))


def has_more(scene: Scene) -> bool:
    """Say whether there is anything to be reminded of."""
    waiting = _waiting(scene)
    return waiting.lesson or waiting.reviews or waiting.follow_up


def _lesson(scene: Scene) -> tuple[Course, Lesson] | None:
    """Return the lesson under way, or the next one of the course."""
    place = scene.state.lesson
    course = scene.library.course(place.course_id) if place else scene.active_course()
    lesson = course.lesson(place.lesson_id) if course and place else None
    lesson = lesson or (scene.next_lesson(course) if course else None)
    return (course, lesson) if course and lesson else None


# --- how it reads -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of reminders by their number. Each says only what is known to be true here."""

    hour: time
    texts: dict[int, Phrase]

    @classmethod
    def of(cls, scene: Scene, who: Standing, found: tuple[Course, Lesson] | None, at: datetime) -> "_Words":
        """Return the words that fit this person at the moment they are sent: of the lesson, and of what comes back."""
        moment = who.rhythm.next_at or scene.now
        slot = None if was_asked_for(moment) else slot_of_today(who, scene.now)
        texts = coming_back.reminders(scene)
        if found:
            texts |= _of_lesson(scene, *found)
        if found and slot:
            texts |= _of_day(who.day(slot).weekday(), found[1].minutes, is_chosen=who.rhythm.days != Rhythm().days)
        shown = local(slot or moment, who.zone_name).time().replace(second=0, microsecond=0, tzinfo=None)
        # On a night when the clock leaves the chosen hour out, it is later than that.
        hour = who.person.hour if slot and who.person.hour else shown
        if found and slot and at - slot <= _ON_TIME and hour == shown:
            texts[_SAYS_THE_HOUR] = say("It is {hour}, the time you chose. Your next lesson is open.", hour=hour)
        return cls(hour, texts)

    def after(self, number: int) -> int:
        """Return the number that follows, so that no text comes twice in a row."""
        numbers = sorted(self.texts)
        return next((found for found in numbers if found > number), numbers[0])


_GENERAL = {
    3: say("Your next lesson is ready: a short story, some questions, one action."),
    8: say("A lesson is ready. You can take it now or choose another time."),
    9: say("The next part of your course is open. You can stop after any card."),
}


def _of_lesson(scene: Scene, course: Course, lesson: Lesson) -> dict[int, Phrase]:
    ordinary = course.ordinary(scene.audience)
    own = _of_course(scene, course, ordinary.index(lesson) + 1, lesson.minutes) if lesson in ordinary else {}
    return _GENERAL | own


def _of_course(scene: Scene, course: Course, number: int, minutes: int) -> dict[int, Phrase]:
    total = len(course.ordinary(scene.audience))
    return {
        1: say_count(
            "Your lesson {lesson} of {total} is ready. It takes about {n} minute.",
            "Your lesson {lesson} of {total} is ready. It takes about {n} minutes.",
            n=minutes,
            lesson=number,
            total=total,
        ),
        5: say_count(
            "There is {n} lesson left in your course. It is ready now.",
            "There are {n} lessons left in your course. The next one is ready.",
            n=total - scene.done_in(course),
        ),
        7: say("Your place is kept at lesson {n}. You can go on now.", n=number),
    }


def _of_day(weekday: int, minutes: int, *, is_chosen: bool) -> dict[int, Phrase]:
    # Who never chose days asked for none.
    asked = {4: say("You asked for a lesson {day}. It is ready now.", day=ON_WEEKDAYS[weekday])}
    return (asked if is_chosen else {}) | {
        10: say_count(
            "This is your lesson for {day}. It takes about {n} minute.",
            "This is your lesson for {day}. It takes about {n} minutes.",
            n=minutes,
            day=WEEKDAYS[weekday],
        ),
    }


_BUTTONS = command_rows(
    (("next", say_in("button", "Start")), ("snooze 60", say_in("button", "In an hour"))),
    (("fewer", say_in("button", "Fewer")), ("stop", say_in("button", "Stop"))),
)


def _reminder(words: _Words, number: int) -> Reply:
    blocks = [words.texts[number]]
    if number != _SAYS_THE_HOUR:
        blocks.append(say("You chose {hour} for this message.", hour=words.hour))
    return reply(*blocks, rows=_BUTTONS, rings=True)


def _come_back(scene: Scene) -> Reply:
    first = ("next", say_in("button", "Go on learning"))
    text = say("Some weeks have passed. Your place is kept. If you do not answer, I do not write again.")
    if coming_back.has_questions(scene):
        first = ("one", say_in("button", "One question"))
        text = say(
            "Some weeks have passed. Your place is kept. Do you want to begin with one small question? "
            "If you do not answer, I do not write again."
        )
    refusals = (("pause", say_in("button", "Not now")), ("stop", say_in("button", "Stop")))
    return reply(text, rows=command_rows((first,), refusals), rings=True)
