"""One question that comes back: which one, how it looks, and what is kept of its answer.

Its words are those of today's lesson in the person's language; the options stand in another order than in the lesson.
"""

from dataclasses import replace

from bot.core.course import Course, Lesson, QuestionCard
from bot.core.dialogue import coming_back, lesson
from bot.core.dialogue.cards import Words, answer_rows, asked_blocks, how_to_answer, order_of
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking, ReviewPlace
from bot.core.facts import Attempted, ReviewKept
from bot.core.learner import Occasion
from bot.core.messages import Block, Reply, Rows, heading, row, say, say_count, say_in
from bot.core.question import Graded, Question, Verdict
from bot.core.review import put_off, reviewed

# Not the choice of the same words under *More*, which stands last wherever it is shown.
NOT_SURE, LATER = "not_sure", "skip"
_OTHER_ORDERS = 8
Found = tuple[Course, Lesson, QuestionCard]


def find(scene: Scene, place: ReviewPlace) -> Found | None:
    """Return the question that is open, if it still stands in a lesson."""
    return coming_back.question_of(scene, place.course_id, place.lesson_id, place.question_id)


def shown_order(scene: Scene, question: Question, place: ReviewPlace) -> tuple[int, ...]:
    """Return the order of the options, the same for as long as the question is open."""
    return order_of(question, scene.person.id, place.count)


def ask_next(scene: Scene, place: ReviewPlace, *lead: Block) -> bool:
    """Ask the question that waits longest; return whether there is one, and not enough were asked."""
    here = (place.lesson_id, place.question_id)
    cards = [card for card in coming_back.due_cards(scene) if (card.lesson_id, card.question_id) != here]
    if not cards or place.number >= place.total:
        return False
    card = cards[0]
    following = replace(
        place,
        course_id=card.course_id,
        lesson_id=card.lesson_id,
        question_id=card.question_id,
        number=place.number + 1,
        total=place.total if place.number else min(place.total, len(cards)),
        picked=(),
    )
    found = find(scene, following)
    if found is None:
        return False
    following = replace(following, count=_new_count(scene, found[2].question))
    note_day(scene)
    scene.state = replace(scene.state, review=following)
    scene.expect(Asking.REVIEW)
    is_new_course = not place.number or place.course_id != card.course_id
    about = lesson.about(scene, found[1]) if is_new_course or found[1].language != scene.person.language else ()
    _show(scene, found, following, (*lead, *_opening(following), *about))
    return True


def note_day(scene: Scene) -> None:
    """Keep that this day had its questions."""
    if not coming_back.came_back_today(scene):
        scene.rhythm = replace(scene.rhythm, reviewed_at=scene.now)


def put_off_what_is_gone(scene: Scene) -> None:
    """Let cards whose question stands nowhere any more wait for long: an author may bring it back."""
    gone = (card for card in scene.memory.reviews if not coming_back.is_there(scene, card))
    scene.keep(*(ReviewKept(scene.person.id, put_off(card, scene.now)) for card in gone))


def _new_count(scene: Scene, question: Question) -> int:
    """Return what shuffles the options today: another order than in the lesson, where there is one."""
    today, known = scene.now.toordinal(), order_of(question, scene.person.id)
    counts = range(today, today + _OTHER_ORDERS)
    return next((count for count in counts if order_of(question, scene.person.id, count) != known), today)


# --- how it looks -------------------------------------------------------------------------------------------------


def show_again(scene: Scene, place: ReviewPlace, *, turns: bool = False) -> None:
    """Show the question that is open once more, with `turns` in its own bubble."""
    found = find(scene, place)
    if found:
        lead = () if turns else (*_opening(place), *lesson.about(scene, found[1]))
        _show(scene, found, place, lead, turns=turns)


def _show(scene: Scene, found: Found, place: ReviewPlace, lead: tuple[Block, ...], *, turns: bool = False) -> None:
    question = found[2].question
    words = blocks(scene, found, place, frozenset(place.picked))
    ways_out = row((NOT_SURE, say_in("button", "I am not sure")), (LATER, say_in("button", "Later")))
    rows: Rows = (*answer_rows(question, shown_order(scene, question, place), place.picked), ways_out)
    scene.add(Reply((*lead, *words, *how_to_answer(question)), rows=rows, replaces=turns))


def _opening(place: ReviewPlace) -> tuple[Block, ...]:
    """Return what stands above the first question: how many come, and why."""
    if place.number > 1:
        return ()
    phrase = say_count(
        "{n} question from an earlier lesson comes back, so that you remember it.",
        "{n} questions from earlier lessons come back, so that you remember them.",
        n=place.total,
    )
    return (Block(phrase),)


def blocks(scene: Scene, found: Found, place: ReviewPlace, picked: frozenset[int]) -> tuple[Block, ...]:
    """Return the words of a question, those options marked that were picked."""
    course, met_in, card = found
    order = shown_order(scene, card.question, place)
    count = (
        (heading(say("Earlier question {n} of {total}", n=place.number, total=place.total)),) if place.total > 1 else ()
    )
    return (*count, *asked_blocks(Words(scene, course, met_in), card.question, order, picked))


# --- what is kept -------------------------------------------------------------------------------------------------


def keep_answer(scene: Scene, place: ReviewPlace, met_in: Lesson, graded: Graded) -> None:
    """Keep the answer, and when the question comes back: right is *Good*, all else is *Again*."""
    person_id, here = scene.person.id, (place.lesson_id, place.question_id)
    scene.keep(
        Attempted(
            person_id,
            place.course_id,
            place.lesson_id,
            place.question_id,
            met_in.version,
            graded.chosen,
            graded.verdict.value,
            met_in.language,
            Occasion.REVIEW,
        )
    )
    card = next((card for card in scene.memory.reviews if (card.lesson_id, card.question_id) == here), None)
    if card:
        scene.keep(ReviewKept(person_id, reviewed(card, scene.now, right=graded.verdict is Verdict.RIGHT)))
