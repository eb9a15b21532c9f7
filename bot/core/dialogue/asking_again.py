"""A question of a lesson asked outside it: how it looks, and how what is tapped or typed is read.

Who asks decides what follows: nothing here is kept, and nothing is explained.
"""

from dataclasses import dataclass

from bot.core.course import Course, Lesson, QuestionCard
from bot.core.dialogue.cards import Words, answer_rows, how_to_answer, order_of, prompt_blocks
from bot.core.dialogue.scene import Scene
from bot.core.facts import Attempted
from bot.core.learner import Occasion
from bot.core.messages import Block, Rows, Text, row, say, say_in
from bot.core.question import Graded, Verdict

_NOT_SURE = frozenset({"?", "؟", "？"})


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
    return prompt_blocks(words, again.card.question.prompt(again.order(scene)), picked)


def how(again: Again) -> tuple[Block, ...]:
    """Say how to answer, where one number is not enough."""
    return tuple(how_to_answer(again.card.question.prompt(())))


def rows(scene: Scene, again: Again, *more: tuple[str, Text]) -> Rows:
    """Return the buttons of the question, "I am not sure" among them, and whatever else can be chosen."""
    unsure = ("unsure", say_in("button", "I am not sure"))
    return (*answer_rows(scene, again.card.question, again.picked), *(row(option) for option in (*more, unsure)))


def typed(scene: Scene, again: Again, text: str) -> Graded | None:
    """Return what a typed answer came to, or None if it could not be read."""
    question, order = again.card.question, again.order(scene)
    graded = question.unsure(order) if text.strip() in _NOT_SURE else question.grade(text, order)
    return None if graded.verdict is Verdict.UNREADABLE else graded


def tapped(scene: Scene, again: Again, choice: str) -> Graded | frozenset[int]:
    """Return what a tap came to: an answer, or what is ticked now where several are right."""
    question, order = again.card.question, again.order(scene)
    if choice == "unsure":
        return question.unsure(order)
    if choice == "done":
        graded = question.grade("", order, again.picked)
        return again.picked if graded.verdict is Verdict.UNREADABLE else graded
    number = int(choice[1:]) - 1
    if question.prompt(order).several:
        return again.picked ^ {number}
    return question.grade("", order, frozenset({number}))


def places(scene: Scene, again: Again, graded: Graded) -> frozenset[int]:
    """Return where the options that were chosen stand, to mark them; nothing for a number."""
    order = again.order(scene)
    chosen = {int(part) - 1 for part in graded.chosen.split() if part.isdecimal()} if order else set()
    return frozenset(order.index(option) for option in chosen)


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
