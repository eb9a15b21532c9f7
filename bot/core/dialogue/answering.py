"""An answer to a question, wherever it is asked: typed, tapped, ticked, or "I am not sure"."""

from collections.abc import Sequence

from bot.core.dialogue.scene import Scene
from bot.core.messages import say
from bot.core.question import Graded, Question

_NOT_SURE = frozenset({"?", "؟", "？"})


def typed(question: Question, order: Sequence[int], text: str) -> Graded:
    """Judge what was typed; a question mark says that somebody is not sure."""
    return question.unsure(order) if text.strip() in _NOT_SURE else question.grade(text, order)


def tapped(question: Question, order: Sequence[int], choice: str, picked: Sequence[int]) -> Graded | tuple[int, ...]:
    """Judge what was tapped; where several are right, one more tap gives what is ticked now."""
    if choice == "unsure":
        return question.unsure(order)
    if choice == "done":
        return question.grade("", order, frozenset(picked))
    if choice == "forward":
        return question.grade("", order)
    place = int(choice[1:]) - 1
    if question.prompt(order).several:
        return tuple(sorted({*picked} ^ {place}))
    return question.grade("", order, frozenset({place}))


def places_chosen(graded: Graded, order: Sequence[int]) -> frozenset[int]:
    """Return where the options that were chosen stand on the screen."""
    chosen = {int(part) - 1 for part in graded.chosen.split() if part.isdecimal()} if order else set()
    return frozenset(order.index(option) for option in chosen)


def say_nothing_chosen(scene: Scene) -> None:
    """Say that nothing is ticked yet."""
    scene.say(say("Nothing is chosen yet. Choose all that fit, then Done."))


def hint(scene: Scene, question: Question | None) -> None:
    """Say once and kindly what would be understood."""
    examples = question.examples() if question else say("1, 2 or 3")
    scene.say(say("I could not read this answer. Send {examples}, or tap a button.", examples=examples))
