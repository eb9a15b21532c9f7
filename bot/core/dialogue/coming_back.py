"""What comes back to somebody: questions that are due again, and the action that is asked after.

Only what stands in today's lessons comes back, nothing of a serious subject, and at most once a local day.
"""

from bot.core.course import ActionCard, Course, Lesson, QuestionCard
from bot.core.dialogue.scene import Scene
from bot.core.learner import FollowUp, ReviewCard
from bot.core.messages import Phrase, say, say_count
from bot.core.reminder import local
from bot.core.review import due

_ASKED_AFTER_DAYS = 3


def came_back_today(scene: Scene) -> bool:
    """Say whether something came back on this local day already. A clock that stepped back makes no second time."""
    last = scene.rhythm.reviewed_at
    return last is not None and local(last, scene.zone_name).date() >= local(scene.now, scene.zone_name).date()


def lesson_of(scene: Scene, course_id: str, lesson_id: str) -> tuple[Course, Lesson] | None:
    """Return an ordinary lesson as it stands today, if it still does."""
    course = scene.library.course(course_id)
    lesson = course.lesson(lesson_id) if course else None
    return (course, lesson) if course and lesson and not lesson.is_sensitive else None


def question_of(
    scene: Scene, course_id: str, lesson_id: str, question_id: str
) -> tuple[Course, Lesson, QuestionCard] | None:
    """Return a question as it stands in today's lesson, if it may come back."""
    found = lesson_of(scene, course_id, lesson_id)
    if found is None or scene.library.run_by_employer:
        return None
    cards = (card for card in found[1].cards if isinstance(card, QuestionCard) and card.question.keeps_answers)
    return next(((*found, card) for card in cards if card.question.id == question_id), None)


def is_there(scene: Scene, card: ReviewCard) -> bool:
    """Say whether the question of a card stands in today's lessons."""
    return question_of(scene, card.course_id, card.lesson_id, card.question_id) is not None


def due_cards(scene: Scene) -> tuple[ReviewCard, ...]:
    """Return the cards to be asked now, the longest waiting first, no more than come back in a day."""
    return due([card for card in scene.memory.reviews if is_there(scene, card)], scene.now)


def action_of(scene: Scene, course_id: str, lesson_id: str) -> tuple[Course, Lesson, ActionCard] | None:
    """Return the action of a lesson as it stands today."""
    found = lesson_of(scene, course_id, lesson_id)
    action = next((card for card in found[1].cards if isinstance(card, ActionCard)), None) if found else None
    return (*found, action) if found and action else None


def due_action(scene: Scene) -> FollowUp | None:
    """Return the action that is asked after next: the one chosen first, on the third local day or later."""
    # Not after so many hours: who learns at a fixed hour chooses an action some minutes after it.
    today = local(scene.now, scene.zone_name).date()
    plans = (
        plan
        for plan in scene.memory.follow_ups
        if (today - local(plan.chosen_at, scene.zone_name).date()).days >= _ASKED_AFTER_DAYS
    )
    return next((plan for plan in plans if action_of(scene, plan.course_id, plan.lesson_id)), None)


def is_in_serious_lesson(scene: Scene) -> bool:
    """Say whether a lesson about a serious subject is under way: nothing comes back before its end."""
    place = scene.state.lesson
    course = scene.library.course(place.course_id) if place else None
    lesson = course.lesson(place.lesson_id) if course and place else None
    return lesson is not None and lesson.is_sensitive


def has_questions(scene: Scene) -> bool:
    """Say whether questions wait for this person today."""
    return not came_back_today(scene) and not is_in_serious_lesson(scene) and bool(due_cards(scene))


def has_action(scene: Scene) -> bool:
    """Say whether an action is to be asked after today."""
    return not came_back_today(scene) and not is_in_serious_lesson(scene) and due_action(scene) is not None


def reminders(scene: Scene) -> dict[int, Phrase]:
    """Return the words of reminders, by their number, that are true of what comes back. None names a topic."""
    texts = {}
    if has_questions(scene):
        n = len(due_cards(scene))
        texts[6] = say_count(
            "One question from an earlier lesson is ready. It takes about one minute.",
            "Some questions from earlier lessons are ready. They take about one minute.",
            n=n,
        )
        texts[11] = say_count(
            "One question comes back today, so that you remember it. You can answer it now or another day.",
            "Some questions come back today, so that you remember them. You can stop after any question.",
            n=n,
        )
    if has_action(scene):
        texts[12] = say("Some days ago you made a plan. I ask once how it is now.")
        texts[13] = say("You had a plan for your work. How is it now? You can answer with one tap.")
    return texts
