"""What else can be done at a card: help, other words, sources, English, a mistake to report."""

from bot.core.course import InfoCard
from bot.core.dialogue.cards import card_blocks
from bot.core.dialogue.lesson import current, question_here, show_again
from bot.core.dialogue.scene import CONTINUE, HIDE, MENU, Scene, command_rows
from bot.core.dialogue.states import Asking
from bot.core.facts import MistakeReported
from bot.core.messages import Block, Content, item, row, say, say_count, say_in


def show(scene: Scene) -> None:
    """Show what else can be done at a card. The card stays open: an answer typed now still counts."""
    found = current(scene)
    if found is None:
        show_again(scene)
        return
    _, lesson, _ = found
    options = [("/resume", say_in("button", "Back to the lesson"))]
    if question_here(scene) and scene.state.asking is Asking.QUESTION:
        options.append(("unsure", say_in("button", "I am not sure")))
    options += [
        ("/help", say_in("button", "Help")),
        ("unclear", say_in("button", "I did not understand")),
        ("sources", say_in("button", "Sources")),
    ]
    if lesson.language != "en":
        options.append(("english", say_in("button", "Show in English")))
    options.append(("report", say_in("button", "Report a mistake")))
    rows = tuple(row(option) for option in options)
    scene.say(say("What do you need?"), rows=(*rows, *command_rows((MENU, *((HIDE,) if scene.can_hide else ())))))


def explain(scene: Scene) -> None:
    """Say in other words what the lesson is about, for who did not understand."""
    found = current(scene)
    if found is None:
        return
    _, lesson, place = found
    read = [card for card in lesson.cards[: place.card + 1] if isinstance(card, InfoCard)]
    blocks = [Block(say("In short: {objective}", objective=Content(lesson.objective, lesson.language)))]
    for card in read[-1:]:
        blocks += [item("•", Content(text.text, lesson.language)) for text in card.paragraphs]
    scene.say(*blocks, rows=command_rows((CONTINUE,)))


def sources(scene: Scene) -> None:
    """Name where the facts of the lesson come from."""
    found = current(scene)
    if found is None:
        return
    lesson = found[1]
    named = [item("•", Content(source, "en")) for source in lesson.sources]
    count = say_count("This lesson has {n} source:", "This lesson has {n} sources:", n=len(named))
    scene.say(count, *named, rows=command_rows((CONTINUE,)))


def in_english(scene: Scene) -> None:
    """Show the card as its author wrote it."""
    found = current(scene)
    if found is None:
        return
    course, lesson, place = found
    originals = next((original for original in scene.library.originals if original.id == course.id), None)
    original = originals.lesson(lesson.id) if originals else None
    if originals is None or original is None or place.card >= len(original.cards):
        return
    card = original.cards[place.card]
    scene.say(*card_blocks(scene, originals, original, card), rows=command_rows((CONTINUE,)))


def report(scene: Scene) -> None:
    """Count that this card has a mistake."""
    place = scene.state.lesson
    if place:
        scene.keep(MistakeReported(place.course_id, place.lesson_id, place.card, place.language))
        scene.say(say("Thank you. The card is reported, not you."), rows=command_rows((CONTINUE,)))
