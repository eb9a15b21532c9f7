"""A question of a lesson asked outside it: how it looks, and how what is tapped or typed is read.

Who asks decides what follows: nothing here is kept, and nothing is explained.
"""

from dataclasses import dataclass

from bot.core.course import Course, Lesson, QuestionCard
from bot.core.dialogue import answering
from bot.core.dialogue.cards import Words, answer_rows, asked_blocks, how_to_answer, order_of
from bot.core.dialogue.scene import Scene
from bot.core.facts import Attempted
from bot.core.learner import Occasion
from bot.core.messages import Block, Rows, Text, row, say, say_in
from bot.core.question import Graded, Verdict


@dataclass(frozen=True, slots=True)
class Again:
    """A question that comes again. `count` gives the options an order of their own."""

    course: Course
    lesson: Lesson
    card: QuestionCard
    count: int
    picked: frozenset[int] = frozenset()

    def order(self, scene: Scene) -> tuple[int, ...]:
        """Return the order of the options for this person."""
        return order_of(self.card.question, scene.person.id, self.count)


def whose_words(scene: Scene, again: Again) -> tuple[Block, ...]:
    """Say it where the words are of another language, or where a machine wrote them."""
    if again.lesson.language != scene.person.language:
        return (Block(say("This question is not yet in your language. Here it is in another one.")),)
    if again.lesson.draft:
        return (Block(say("Draft translation, made by a machine. It may have mistakes.")),)
    return ()


def blocks(scene: Scene, again: Again, picked: frozenset[int] = frozenset()) -> tuple[Block, ...]:
    """Return the question with its options, those that were picked marked without judging them."""
    words = Words(scene, again.course, again.lesson)
    return asked_blocks(words, again.card.question, again.order(scene), picked)


def how(again: Again) -> tuple[Block, ...]:
    """Say how to answer, where one number is not enough."""
    return tuple(how_to_answer(again.card.question))


def rows(scene: Scene, again: Again, *more: tuple[str, Text]) -> Rows:
    """Return the buttons of the question, "I am not sure" among them, and whatever else can be chosen."""
    unsure = ("unsure", say_in("button", "I am not sure"))
    return (
        *answer_rows(again.card.question, again.order(scene), tuple(again.picked)),
        *(row(option) for option in (*more, unsure)),
    )


def typed(scene: Scene, again: Again, text: str) -> Graded | None:
    """Return what a typed answer came to, or None if it could not be read."""
    graded = answering.typed(again.card.question, again.order(scene), text)
    return None if graded.verdict is Verdict.UNREADABLE else graded


def tapped(scene: Scene, again: Again, choice: str) -> Graded | frozenset[int]:
    """Return what a tap came to: an answer, or what is ticked now where several are right."""
    came_to = answering.tapped(again.card.question, again.order(scene), choice, tuple(again.picked))
    if isinstance(came_to, Graded):
        return again.picked if came_to.verdict is Verdict.UNREADABLE else came_to
    return frozenset(came_to)


def places(scene: Scene, again: Again, graded: Graded) -> frozenset[int]:
    """Return where the options that were chosen stand, to mark them; nothing for a number."""
    return answering.places_chosen(graded, again.order(scene))


def attempt(scene: Scene, again: Again, graded: Graded, occasion: Occasion) -> Attempted:
    """Return the fact that the question was answered on this occasion."""
    lesson = again.lesson
    return Attempted(
        scene.person.id,
        again.course.id,
        lesson.id,
        again.card.question.id,
        lesson.version,
        graded.chosen,
        graded.verdict.value,
        lesson.language,
        occasion,
    )
