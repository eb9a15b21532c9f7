"""How the cards of a lesson look: one by one where a bubble can be turned, bundled where every message costs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256

from bot.core.course import ActionCard, Card, Course, InfoCard, Lesson, QuestionCard
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import LessonPlace
from bot.core.messages import (
    Block,
    Content,
    Option,
    PhraseValue,
    Picture,
    Reply,
    Rows,
    heading,
    item,
    row,
    say,
    say_in,
)
from bot.core.question import Prompt, Question

FORWARD = ("forward", say_in("button", "Next ▶"))
BACK = ("back", say_in("button", "◀ Back"))
MORE = ("more", say_in("button", "More"))
TICK = "✓"


def order_of(question: Question, person_id: str, count: int = 0) -> tuple[int, ...]:
    """Return the order of the options for this person, the same each time they look."""
    return _shuffled(question.size(), f"{person_id}/{question.id}/{count}")


# A turn asks for the same order up to four times.
@lru_cache(maxsize=1_000)
def _shuffled(size: int, by: str) -> tuple[int, ...]:
    places = list(range(size))
    seed = int.from_bytes(sha256(by.encode()).digest())
    for end in range(len(places) - 1, 0, -1):
        seed, other = divmod(seed, end + 1)
        places[end], places[other] = places[other], places[end]
    return tuple(places)


def show(scene: Scene, course: Course, lesson: Lesson, *, lead: Sequence[Block] = (), turns: bool = False) -> None:
    """Show the card the learner is at, and on channels that bundle all cards up to the next question.

    With `turns`, the bubble on the screen is turned into this card where the channel can.
    """
    place = scene.state.lesson
    if place is None:
        return
    if scene.memory.features.bundle:
        _show_bundle(scene, course, lesson, place, lead)
        return
    card = lesson.cards[place.card]
    picture = card.picture if isinstance(card, InfoCard) else None
    if picture and scene.memory.features.pictures and not scene.went_back:
        # A bubble with a picture cannot become one without: the picture goes ahead, the text below it is turned.
        if turns:
            scene.put_away()
            turns = False
        scene.add(Reply((), picture=picture))
    blocks = (*lead, *card_blocks(scene, course, lesson, card))
    scene.add(Reply(blocks, rows=card_rows(scene, lesson, place), replaces=turns))


def _show_bundle(scene: Scene, course: Course, lesson: Lesson, place: LessonPlace, lead: Sequence[Block]) -> None:
    blocks = list(lead)
    picture: Picture | None = None
    last = place.card
    for last in range(place.card, len(lesson.cards)):
        card = lesson.cards[last]
        blocks += card_blocks(scene, course, lesson, card)
        if isinstance(card, InfoCard):
            picture = picture or card.picture
        else:
            break
    place = replace(place, card=last)
    scene.place(place)
    scene.add(Reply(tuple(blocks), rows=card_rows(scene, lesson, place), picture=picture))


def card_blocks(scene: Scene, course: Course, lesson: Lesson, card: Card) -> tuple[Block, ...]:
    """Return the words of a card."""
    words = Words(scene, course, lesson)
    if isinstance(card, InfoCard):
        return (heading(words(card.heading)), *(_paragraph(words, text.text, text.bullet) for text in card.paragraphs))
    if isinstance(card, ActionCard):
        return Block(say("Today: {action}", action=words(card.action))), Block(say("Will you do it?"))
    return (*question_blocks(scene, course, lesson, card), *how_to_answer(card.question.prompt(())))


def question_blocks(
    scene: Scene, course: Course, lesson: Lesson, card: QuestionCard, picked: frozenset[int] = frozenset()
) -> tuple[Block, ...]:
    """Return a question with its options, those that were picked marked without judging them."""
    words = Words(scene, course, lesson)
    prompt = card.question.prompt(order_of(card.question, scene.person.id))
    blocks = prompt_blocks(words, prompt, picked)
    title = blocks[0] if card.question.keeps_answers else heading(words(prompt.heading))
    return (*_count(lesson, card), title, *blocks[1:])


def prompt_blocks(words: "Words", prompt: Prompt, picked: frozenset[int] = frozenset()) -> tuple[Block, ...]:
    """Return a question's words and its options, in the order the prompt has them."""
    options = (
        item(f"{TICK} {place + 1}" if place in picked else str(place + 1), words(option))
        for place, option in enumerate(prompt.options)
    )
    return (Block(words(prompt.heading)), *(Block(words(text)) for text in prompt.paragraphs), *options)


def _count(lesson: Lesson, card: QuestionCard) -> Iterable[Block]:
    questions = [found.question for found in lesson.cards if isinstance(found, QuestionCard)]
    graded = [question.id for question in questions if question.keeps_answers]
    if card.question.id in graded:
        yield heading(say("Question {n} of {total}", n=graded.index(card.question.id) + 1, total=len(graded)))


def how_to_answer(prompt: Prompt) -> Iterable[Block]:
    """Say how to answer, where one number is not enough."""
    if prompt.several:
        yield Block(say("More than one is right. Choose all that fit, then Done."))
    elif prompt.typed:
        yield Block(say("Send a number."))


def _paragraph(words: "Words", text: str, bullet: bool) -> Block:
    return item("•", words(text)) if bullet else Block(words(text))


def card_rows(scene: Scene, lesson: Lesson, place: LessonPlace) -> Rows:
    """Return the buttons of a card."""
    card = lesson.cards[place.card]
    if isinstance(card, InfoCard):
        here = Option("here", Content(f"{place.card + 1}/{len(lesson.cards)}", lesson.language))
        back = row(BACK) if place.card > _first_turnable(lesson, place.card) else ()
        return ((*back, here, *row(FORWARD)), row(MORE))
    if isinstance(card, ActionCard):
        today, tomorrow = ("today", say_in("button", "Today")), ("tomorrow", say_in("button", "Tomorrow"))
        return (row(today, tomorrow), row(("not_for_me", say_in("button", "Not for me"))), row(MORE))
    return (*answer_rows(scene, card.question, frozenset(place.picked)), row(MORE))


def _first_turnable(lesson: Lesson, card: int) -> int:
    """Return the first card that can be turned back to: the one after the last question that was answered."""
    before = [place for place in range(card) if not isinstance(lesson.cards[place], InfoCard)]
    return before[-1] + 1 if before else 0


def answer_rows(scene: Scene, question: Question, picked: frozenset[int]) -> Rows:
    """Return the buttons of a question."""
    prompt = question.prompt(order_of(question, scene.person.id))
    if prompt.skippable:
        return (row(FORWARD),)
    if prompt.typed:
        return ()
    numbers = tuple(
        Option(f"o{place + 1}", Content(f"{place + 1} {TICK}" if place in picked else str(place + 1), "en"))
        for place in range(len(prompt.options))
    )
    return (numbers, row(("done", say_in("button", "Done")))) if prompt.several else (numbers,)


class Words:
    """Words of a lesson with the few placeholders they may hold."""

    def __init__(self, scene: Scene, course: Course, lesson: Lesson) -> None:
        company = scene.memory.company
        self._language = lesson.language
        self._values: tuple[tuple[str, PhraseValue], ...] = (
            ("name", "Sam"),
            ("course", course.title),
            ("company", company.name if company else say("your company")),
            ("trainer", say("your trainer")),
        )

    def __call__(self, text: str) -> Content:
        """Return a text of the lesson as content."""
        return Content(text, self._language, self._values if "{" in text else ())
