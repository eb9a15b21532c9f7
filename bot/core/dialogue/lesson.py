"""A lesson from its first card to its action: read, answer, understand why, do one thing today."""

from dataclasses import replace

from bot.core.course import ActionCard, Course, InfoCard, Lesson, QuestionCard
from bot.core.dialogue import afterwards, answering, offering
from bot.core.dialogue.cards import FORWARD, MORE, order_of, question_blocks, show
from bot.core.dialogue.reminding import standing
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking, LessonPlace
from bot.core.events import Tapped
from bot.core.facts import Attempted, Enrolled, LessonBegun, LessonCompleted, ReviewKept
from bot.core.learner import ActionChoice
from bot.core.messages import Block, Phrase, Reply, row, say, say_in
from bot.core.question import Graded, Verdict
from bot.core.review import first_met

ACTION_CHOICES = {"today": ActionChoice.TODAY, "tomorrow": ActionChoice.TOMORROW, "not_for_me": ActionChoice.NOT_FOR_ME}


def current(scene: Scene) -> tuple[Course, Lesson, LessonPlace] | None:
    """Return the lesson under way in the version it was begun in.

    Who changed the language goes on in the new one, at the same card, if the lesson is built alike there. A version
    that cannot be read any more gives way to today's, from its start.
    """
    place = scene.state.lesson
    course = scene.library.course(place.course_id) if place else None
    if place is None or course is None:
        return None
    lesson = course.lesson(place.lesson_id)
    scene.changed_language = scene.changed_language or place.language != scene.person.language
    if lesson and lesson.version == place.version:
        if place.language != scene.person.language:
            # The very same lesson: it stands in for one that is not translated yet.
            place = replace(place, language=scene.person.language)
            scene.place(place)
        return course, lesson, place
    pinned = scene.library.pinned if scene.library.pinned and scene.library.pinned.version == place.version else None
    if pinned and place.language == scene.person.language:
        return course, pinned, place
    if lesson is None:
        return (course, pinned, place) if pinned else None
    alike = pinned is not None and [type(card) for card in pinned.cards] == [type(card) for card in lesson.cards]
    place = replace(
        place, version=lesson.version, language=scene.person.language, card=place.card if alike else 0, picked=()
    )
    scene.place(place)
    scene.keep(LessonBegun(course.id, lesson.id, lesson.version))
    return course, lesson, place


def begin(scene: Scene, course: Course, lesson: Lesson, *lead: Block) -> None:
    """Open a lesson at its first card; one about a serious subject asks first whether this is the place for it."""
    place = LessonPlace(course.id, lesson.id, lesson.version, scene.person.language)
    scene.place(place)
    if lesson.is_sensitive:
        # Not begun yet: who says "not now" leaves nothing behind.
        ask_whether_now(scene)
        return
    scene.keep(LessonBegun(course.id, lesson.id, lesson.version))
    enrollment = scene.enrollment(course.id)
    if enrollment is None or not enrollment.is_active:
        scene.keep(Enrolled(scene.person.id, course.id))
    scene.expect(_asking_of(lesson, place.card))
    show(scene, course, lesson, lead=(*lead, *about(scene, lesson)))
    _settle(scene, lesson)


def ask_whether_now(scene: Scene) -> None:
    """Ask before a serious subject. Saying no leaves no trace."""
    scene.ask(
        Asking.SENSITIVE,
        say(
            "The next lesson is about a serious subject. Read it where nobody can see your screen. "
            "No answers are kept, and nobody at your company learns that you opened it."
        ),
        rows=(
            row(("begin", say_in("button", "Start"))),
            row(("not_now", say_in("button", "Not here, not now"))),
        ),
    )


def begin_sensitive(scene: Scene) -> None:
    """Open the lesson about a serious subject that somebody said yes to, or go on in it."""
    scene.state = scene.state.at(Asking.CARD)
    place = scene.state.lesson
    if place:
        scene.keep(LessonBegun(place.course_id, place.lesson_id, place.version))
    show_again(scene, opens=True)


def about(scene: Scene, lesson: Lesson) -> tuple[Block, ...]:
    """Return the lines above a first card: whose language this is, and whether a machine wrote it."""
    if lesson.language != scene.person.language:
        return (Block(say("This lesson is not yet in your language. Here it is in another one.")),)
    if lesson.draft:
        return (Block(say("Draft translation, made by a machine. It may have mistakes.")),)
    return ()


def _if_changed(scene: Scene, lesson: Lesson) -> tuple[Block, ...]:
    """Return the same lines again for who changed the language in the middle."""
    return about(scene, lesson) if scene.changed_language else ()


def show_again(scene: Scene, *lead: Block, opens: bool = False) -> None:
    """Show the card the learner is at once more, in a new bubble; with `opens`, as the beginning of the lesson."""
    found = current(scene)
    if found is None:
        scene.place(None)
        offering.offer(scene, *lead)
        return
    course, lesson, _ = found
    if scene.state.asking is Asking.FEEDBACK:
        forward(scene, *lead)
        return
    scene.expect(_asking_of(lesson, found[2].card))
    above = about(scene, lesson) if opens else _if_changed(scene, lesson)
    show(scene, course, lesson, lead=(*lead, *above))
    _settle(scene, lesson)


def forward(scene: Scene, *lead: Block) -> None:
    """Go to the next card."""
    found = current(scene)
    if found is None:
        show_again(scene, *lead)
        return
    place = found[2]
    # Who typed looks below what was typed: there the next card comes.
    turns = scene.state.asking is Asking.CARD and isinstance(scene.event.content, Tapped)
    if not turns:
        scene.put_away()
    _move(scene, place.card + 1, turns=turns, lead=lead)


def back(scene: Scene) -> None:
    """Turn back to the card before."""
    found = current(scene)
    if found:
        scene.went_back = True
        turns = isinstance(scene.event.content, Tapped)
        if not turns:
            scene.put_away()
        _move(scene, max(found[2].card - 1, 0), turns=turns)


def _move(scene: Scene, card: int, *, turns: bool, lead: tuple[Block, ...] = ()) -> None:
    found = current(scene)
    if found is None:
        return
    course, lesson, place = found
    scene.place(replace(place, card=min(card, len(lesson.cards) - 1), picked=()))
    scene.expect(_asking_of(lesson, card))
    show(scene, course, lesson, lead=(*_if_changed(scene, lesson), *lead), turns=turns)
    _settle(scene, lesson)


def _settle(scene: Scene, lesson: Lesson) -> None:
    """Wait for what the last card shown asks: a bundle may have gone on to a later card."""
    place = scene.state.lesson
    if place:
        scene.state = scene.state.at(_asking_of(lesson, place.card))


def _asking_of(lesson: Lesson, card: int) -> Asking:
    found = lesson.cards[min(card, len(lesson.cards) - 1)]
    if isinstance(found, InfoCard):
        return Asking.CARD
    return Asking.ACTION if isinstance(found, ActionCard) else Asking.QUESTION


# --- answers ------------------------------------------------------------------------------------------------------


def question_here(scene: Scene) -> tuple[Course, Lesson, QuestionCard] | None:
    """Return the question that is open, if one is."""
    found = current(scene)
    if found is None:
        return None
    course, lesson, place = found
    card = lesson.cards[place.card]
    return (course, lesson, card) if isinstance(card, QuestionCard) else None


def answer(scene: Scene, text: str) -> bool:
    """Take a typed answer; return whether it could be read."""
    found = question_here(scene)
    if found is None:
        return False
    question = found[2].question
    order = order_of(question, scene.person.id)
    graded = answering.typed(question, order, text)
    if graded.verdict is Verdict.UNREADABLE:
        return False
    _graded(scene, graded)
    return True


def tapped(scene: Scene, choice: str) -> None:
    """Take a tapped option: the answer itself, or one more tick where several are right."""
    found = question_here(scene)
    place = scene.state.lesson
    if found is None or place is None:
        return
    question = found[2].question
    judged = answering.tapped(question, order_of(question, scene.person.id), choice, place.picked)
    if isinstance(judged, tuple):
        scene.place(replace(place, picked=judged))
        # A tap that comes twice must not take its own tick away again.
        scene.step += 1
        show(scene, found[0], found[1], turns=True)
    elif judged.verdict is Verdict.UNREADABLE:
        answering.say_nothing_chosen(scene)
    else:
        _graded(scene, judged)


def _graded(scene: Scene, graded: Graded) -> None:
    """Keep the attempt, tidy the question away and explain."""
    found, place = question_here(scene), scene.state.lesson
    if found is None or place is None:
        return
    course, lesson, card = found
    order = order_of(card.question, scene.person.id)
    if card.question.keeps_answers and not lesson.is_sensitive and not scene.library.run_by_employer:
        scene.keep(
            Attempted(
                scene.person.id,
                course.id,
                lesson.id,
                card.question.id,
                place.version,
                graded.chosen,
                graded.verdict.value,
                lesson.language,
            )
        )
        met = first_met(lesson.id, course.id, card.question.id, scene.now, right=graded.verdict is Verdict.RIGHT)
        scene.keep(ReviewKept(scene.person.id, met, is_new=True))
    if scene.memory.features.editing:
        picked = answering.places_chosen(graded, order)
        scene.add(Reply(question_blocks(scene, course, lesson, card, picked), closes=True))
    feedback = tuple(Block(text) for text in graded.feedback)
    if scene.memory.features.bundle:
        _move(scene, place.card + 1, turns=False, lead=feedback)
        return
    scene.expect(Asking.FEEDBACK)
    scene.say(*_if_changed(scene, lesson), *feedback, rows=(row(FORWARD), row(MORE)))


def hint(scene: Scene) -> None:
    """Say once and kindly what would be understood."""
    found = question_here(scene)
    answering.hint(scene, found[2].question if found else None)


# --- the action ---------------------------------------------------------------------------------------------------


def act(scene: Scene, choice: str) -> None:
    """Take what somebody says to the action; with it the lesson is done."""
    found = current(scene)
    if found is None:
        show_again(scene)
        return
    course, lesson, _ = found
    chosen = ACTION_CHOICES[choice]
    scene.put_away()
    thanks = (
        say("That is fine. Thank you for saying so.") if chosen is ActionChoice.NOT_FOR_ME else _promised(scene, lesson)
    )
    scene.place(None)
    if lesson.is_sensitive:
        offering.close_sensitive(scene, Block(thanks))
        return
    scene.keep(LessonCompleted(scene.person.id, course.id, lesson.id, chosen, lesson.language))
    afterwards.lesson_done(scene, course, lesson, Block(thanks))


def _promised(scene: Scene, lesson: Lesson) -> Phrase:
    """Promise to ask after the action only where the bot will: to who is reminded, and once for each lesson."""
    is_new = not lesson.is_sensitive and lesson.id not in scene.memory.completed
    if is_new and standing(scene).wants(scene.now):
        return say("Good. I ask once, in three days.")
    return say("Good. That is your plan.")
