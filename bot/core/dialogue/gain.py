"""The same two questions before and after a course: what it changed. Offered once, skipped with one tap.

Nothing is explained, or the questions would teach what they are to measure. They come when the hour is settled, as the
last thing before what is open next: who leaves the break here has lost nothing. How far somebody is stands in the
draft of the state: `gain` is the occasion, `course` whose questions, `at` the number of the one that is open,
`told` the language in which it was said whose words they are.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.course import Course, Lesson
from bot.core.dialogue import answering, asking_again, offering
from bot.core.dialogue.asking_again import Again
from bot.core.dialogue.scene import Scene
from bot.core.dialogue.states import Asking
from bot.core.facts import AnsweredBefore
from bot.core.learner import Occasion
from bot.core.messages import Block, Reply, heading, row, say, say_in
from bot.core.question import Graded

SKIP = ("skip", say_in("button", "Skip"))
# The order of the options is one of its own each time. A lesson counts from 0 upwards.
_COUNTS = {Occasion.BEFORE: -1, Occasion.AFTER: -2}
_KEPT = ("lesson", "gain", "course")


def owed(scene: Scene, course: Course, lesson: Lesson) -> dict[str, str]:
    """Return what is to be noted when a lesson is done: whether two questions come before or after the course."""
    questions = _questions(scene, course)
    if not questions or not _is_on(scene) or lesson.id in scene.memory.completed:
        return {}
    enrollment = scene.enrollment(course.id)
    has_answered = enrollment is not None and enrollment.answered_before
    done, learned = scene.done_in(course, lesson.id), scene.memory.completed | {lesson.id}
    if done == 1 and not has_answered and not any(found.lesson.id in learned for found in questions):
        return {"gain": Occasion.BEFORE.value}
    if done == len(course.ordinary(scene.audience)) and has_answered and not offering.is_finished(scene, course):
        return {"gain": Occasion.AFTER.value}
    return {}


def _is_on(scene: Scene) -> bool:
    """Say whether there is anything to ask for: answers are kept, and asking costs nothing or was switched on."""
    company = scene.memory.company
    may_ask = not scene.memory.features.costs or (company is not None and company.asks_gain)
    return may_ask and not scene.library.run_by_employer


def _questions(scene: Scene, course: Course) -> tuple[Again, ...]:
    """Return both questions of a course, or none if this person's lessons do not have both."""
    occasion = Occasion(scene.state.draft.get("gain", Occasion.BEFORE.value))
    mine = course.ordinary(scene.audience)
    named = (course.question(name) for name in course.gain)
    found = [Again(course, *question, _COUNTS[occasion]) for question in named if question and question[0] in mine]
    return tuple(found) if len(found) == len(course.gain) else ()


def kept(draft: Mapping[str, str]) -> dict[str, str]:
    """Return of what is noted after a lesson what is still needed."""
    names = _KEPT if "gain" in draft else _KEPT[:1]
    return {name: draft[name] for name in names if draft.get(name)}


def go_on(scene: Scene, *lead: Block) -> None:
    """Go on to what comes next: to the two questions if they are due, or else to what is open."""
    if scene.state.lesson is None and scene.state.draft.get("gain"):
        ask(scene, *lead)
    else:
        offering.offer(scene, *lead)


def ask(scene: Scene, *lead: Block) -> None:
    """Offer the two questions."""
    words = (
        say("Two questions before you go on? They show what the course changes. There is no right or wrong yet.")
        if scene.state.draft.get("gain") == Occasion.BEFORE
        else say("The same two questions as before the course? They show what it has changed.")
    )
    scene.ask(Asking.GAIN, *lead, words, rows=(row(("gain", say_in("button", "Yes")), SKIP),))


def take(scene: Scene, choice: str) -> None:
    """Begin with the first question, or leave it."""
    scene.put_away()
    if choice == "skip":
        _leave(scene)
    else:
        _note(scene, at="0", picked="")
        ask_question(scene)


def _leave(scene: Scene) -> None:
    offering.offer(scene, Block(say("That is fine.")))


def _note(scene: Scene, **values: str) -> None:
    scene.state = replace(scene.state, draft={**scene.state.draft, **values})


def _open(scene: Scene) -> tuple[Again, int, int] | None:
    """Return the question that is open, its number and how many there are. A course may have changed meanwhile."""
    draft = scene.state.draft
    course = scene.library.course(draft.get("course", ""))
    questions = _questions(scene, course) if course else ()
    at = int(draft.get("at", "0"))
    if at >= len(questions):
        return None
    picked = frozenset(int(place) for place in draft.get("picked", "").split())
    return replace(questions[at], picked=picked), at, len(questions)


def ask_question(scene: Scene) -> None:
    """Ask the question that is open, as it stands."""
    found = _open(scene)
    if found is None:
        offering.offer(scene)
        return
    again = found[0]
    # Whose words these are is said once in each language.
    spoken = scene.person.language
    lead = asking_again.whose_words(scene, again) if scene.state.draft.get("told") != spoken else ()
    _note(scene, told=spoken)
    scene.ask(Asking.GAIN_QUESTION, *lead, *_blocks(scene, found), rows=asking_again.rows(scene, again, SKIP))


def _blocks(scene: Scene, found: tuple[Again, int, int]) -> tuple[Block, ...]:
    again, at, total = found
    title = heading(say("Question {n} of {total}", n=at + 1, total=total))
    return (title, *asking_again.blocks(scene, again), *asking_again.how(again))


def answer(scene: Scene, text: str) -> bool:
    """Take a typed answer; return whether it could be read."""
    found = _open(scene)
    graded = asking_again.typed(scene, found[0], text) if found else None
    if found is None or graded is None:
        return False
    _answered(scene, found, graded)
    return True


def tapped(scene: Scene, choice: str) -> None:
    """Take a tapped option: the answer itself, one more tick where several are right, or "Skip"."""
    found = _open(scene)
    if found is None or choice == "skip":
        scene.put_away()
        _leave(scene)
        return
    came_to = asking_again.tapped(scene, found[0], choice)
    if isinstance(came_to, Graded):
        _answered(scene, found, came_to)
    elif choice == "done":
        answering.say_nothing_chosen(scene)
    else:
        _note(scene, picked=" ".join(str(place) for place in sorted(came_to)))
        # A tap that comes twice must not take its own tick away again.
        scene.step += 1
        again = replace(found[0], picked=came_to)
        rows = asking_again.rows(scene, again, SKIP)
        scene.add(Reply(_blocks(scene, (again, *found[1:])), rows=rows, replaces=True))


def _answered(scene: Scene, found: tuple[Again, int, int], graded: Graded) -> None:
    """Keep the answer without a word about it, and go on to the next question or to the end."""
    again, at, total = found
    occasion = Occasion(scene.state.draft["gain"])
    scene.keep(asking_again.attempt(scene, again, graded, occasion))
    if scene.memory.features.editing:
        title = heading(say("Question {n} of {total}", n=at + 1, total=total))
        chosen = asking_again.places(scene, again, graded)
        scene.add(Reply((title, *asking_again.blocks(scene, again, chosen)), closes=True))
    if at + 1 < total:
        _note(scene, at=str(at + 1), picked="")
        ask_question(scene)
    elif occasion is Occasion.BEFORE:
        scene.keep(AnsweredBefore(scene.person.id, again.course.id))
        offering.offer(scene, Block(say("Thank you. The same two questions come after the last lesson.")))
    else:
        offering.offer(scene, Block(say("Thank you. That shows what the course has changed.")))


def hint(scene: Scene) -> None:
    """Say once and kindly what would be understood."""
    found = _open(scene)
    answering.hint(scene, found[0].card.question if found else None)
