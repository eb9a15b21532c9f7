"""What comes before the lesson goes on: one action is asked after, then a few questions come back.

The lesson keeps its place meanwhile. Nothing is a duty: *Later* goes on to the lesson, and so does whoever asks for
something else; what was not answered comes back another day.
"""

from dataclasses import replace

from bot.core.dialogue import answering, coming_back, lesson, offering, reviewing
from bot.core.dialogue.cards import FORWARD, Words
from bot.core.dialogue.scene import Scene, command_rows
from bot.core.dialogue.states import COMES_BACK, Asking, ReviewPlace
from bot.core.facts import FollowUpAnswered, FollowUpAsked
from bot.core.learner import FollowUpAnswer
from bot.core.messages import Block, Reply, row, say, say_in
from bot.core.question import Graded, Verdict
from bot.core.reminder import SILENT_FOR
from bot.core.review import MOST_A_DAY

_THANKS = {
    FollowUpAnswer.DONE: say("Thank you. That helps the whole team."),
    FollowUpAnswer.NOT_YET: say("That is fine. It can wait for a good moment."),
    FollowUpAnswer.COULD_NOT: say("Thank you. Not everything can be changed by one person."),
}


def note_absence(scene: Scene) -> None:
    """Notice who is back after weeks of silence: there is one small question first, never a backlog."""
    heard = scene.address.heard_at
    if heard is None or scene.now - heard < SILENT_FOR or not scene.person.consented:
        return
    place = scene.state.review
    scene.state = replace(scene.state, was_away=True, review=place and replace(place, total=place.number))


def is_open(scene: Scene) -> bool:
    """Say whether something that came back waits for its answer. After weeks an action is not asked after any more."""
    asking = scene.state.asking
    return asking in COMES_BACK and not (asking is Asking.FOLLOW_UP and scene.state.was_away)


def comes_first(scene: Scene, *, alone: bool = False) -> bool:
    """Ask what comes before the lesson; return whether there is anything. With `alone` it is one question."""
    state = scene.state
    scene.state = replace(state, was_away=False)
    if coming_back.came_back_today(scene) or coming_back.is_in_serious_lesson(scene):
        return False
    reviewing.put_off_what_is_gone(scene)
    total = 1 if alone or state.was_away else MOST_A_DAY
    place = ReviewPlace(total=total, after_feedback=state.asking is Asking.FEEDBACK, alone=alone)
    return (not alone and _ask_after(scene, place)) or reviewing.ask_next(scene, place)


# --- and then -----------------------------------------------------------------------------------------------------


def go_on(scene: Scene, *lead: Block) -> None:
    """Ask the next question, or let the lesson go on."""
    place = scene.state.review
    if place is None or not reviewing.ask_next(scene, place, *lead):
        _end(scene, *lead)


def forward(scene: Scene, _choice: str = "") -> None:
    """Go on after an explanation that was read."""
    scene.put_away()
    go_on(scene)


def _end(scene: Scene, *lead: Block) -> None:
    place = scene.state.review or ReviewPlace()
    asking = Asking.FEEDBACK if place.after_feedback else Asking.NOTHING
    scene.state = replace(scene.state, asking=asking, review=None)
    if not place.alone:
        lesson_goes_on(scene, *lead)
        return
    scene.step += 1
    rows = command_rows((("next", say_in("button", "Go on learning")), ("later", say_in("button", "Later"))))
    scene.say(*lead, say("Your place is kept. You can go on now or later."), rows=rows)


def lesson_goes_on(scene: Scene, *lead: Block) -> None:
    """Show where the lesson stands, or open the next one of the course under way."""
    course = scene.active_course()
    opened = scene.next_lesson(course) if course else None
    if lead and not scene.memory.features.bundle and (scene.state.lesson or opened):
        # A card's picture goes ahead of its text: what is said first must not stand below it.
        scene.say(*lead)
        lead = ()
    if scene.state.lesson:
        lesson.show_again(scene, *lead)
    elif course and opened:
        lesson.begin(scene, course, opened, *lead)
    else:
        offering.offer(scene, *lead)


def one_question(scene: Scene) -> None:
    """Ask one small question of somebody who was away for long, and then whether to go on."""
    place = scene.state.review
    if place and scene.state.asking is Asking.REVIEW:
        scene.state = replace(scene.state, review=replace(place, total=place.number, alone=True))
        show_again(scene)
    elif not comes_first(scene, alone=True):
        lesson_goes_on(scene)


def show_again(scene: Scene) -> None:
    """Show once more what is open, in a new bubble."""
    place = scene.state.review
    if scene.state.asking is Asking.REVIEWED:
        forward(scene)
    elif place and place.question_id and reviewing.find(scene, place):
        scene.expect(Asking.REVIEW)
        reviewing.show_again(scene, place)
    elif place is None or place.question_id or not _show_action(scene, place):
        go_on(scene)


# --- an action ----------------------------------------------------------------------------------------------------


def _ask_after(scene: Scene, place: ReviewPlace) -> bool:
    """Ask once what became of the action that was chosen first; return whether there is one."""
    plan = coming_back.due_action(scene)
    if plan is None:
        return False
    scene.keep(FollowUpAsked(scene.person.id, plan.lesson_id))
    reviewing.note_day(scene)
    return _show_action(scene, replace(place, course_id=plan.course_id, lesson_id=plan.lesson_id))


def _show_action(scene: Scene, place: ReviewPlace) -> bool:
    found = coming_back.action_of(scene, place.course_id, place.lesson_id)
    if found is None:
        return False
    course, chosen_in, card = found
    done, not_yet = ("done", say_in("button", "Done")), ("not_yet", say_in("button", "Not yet"))
    scene.state = replace(scene.state, review=place)
    scene.ask(
        Asking.FOLLOW_UP,
        say("Some days ago you chose: {action}", action=Words(scene, course, chosen_in)(card.action)),
        say("How is it now?"),
        rows=(row(done, not_yet), row(("could_not", say_in("button", "Could not")))),
    )
    return True


def take_follow_up(scene: Scene, choice: str) -> None:
    """Take what became of an action. Each answer is a good one."""
    place, said = scene.state.review, FollowUpAnswer(choice)
    scene.put_away()
    if place:
        scene.keep(FollowUpAnswered(scene.person.id, place.lesson_id, said))
    reviewing.note_day(scene)
    go_on(scene, Block(_THANKS[said]))


# --- a question -----------------------------------------------------------------------------------------------------


def answer(scene: Scene, text: str) -> bool:
    """Take a typed answer; return whether it could be read."""
    place = scene.state.review
    found = reviewing.find(scene, place) if place else None
    if place is None or found is None:
        return False
    graded = answering.typed(found[2].question, reviewing.shown_order(scene, found[2].question, place), text)
    if graded.verdict is Verdict.UNREADABLE:
        return False
    _judged(scene, place, found, graded)
    return True


def tapped(scene: Scene, choice: str) -> None:
    """Take a tapped option, one more tick, or the choice to go on without the questions."""
    place = scene.state.review
    found = reviewing.find(scene, place) if place else None
    if choice == reviewing.LATER:
        scene.put_away()
        _end(scene, Block(say("That is fine. The questions come back another day.")))
    elif place is None or found is None:
        scene.put_away()
        go_on(scene)
    else:
        _tapped_option(scene, place, found, "unsure" if choice == reviewing.NOT_SURE else choice)


def _tapped_option(scene: Scene, place: ReviewPlace, found: reviewing.Found, choice: str) -> None:
    question = found[2].question
    judged = answering.tapped(question, reviewing.shown_order(scene, question, place), choice, place.picked)
    if isinstance(judged, tuple):
        place = replace(place, picked=judged)
        scene.state = replace(scene.state, review=place)
        # A tap that comes twice must not take its own tick away again.
        scene.step += 1
        reviewing.show_again(scene, place, turns=True)
    elif judged.verdict is Verdict.UNREADABLE:
        answering.say_nothing_chosen(scene)
    else:
        _judged(scene, place, found, judged)


def _judged(scene: Scene, place: ReviewPlace, found: reviewing.Found, graded: Graded) -> None:
    """Keep the answer and when the question comes back, tidy it away and explain."""
    _, met_in, asked = found
    reviewing.keep_answer(scene, place, met_in, graded)
    reviewing.note_day(scene)
    if scene.memory.features.editing:
        picked = answering.places_chosen(graded, reviewing.shown_order(scene, asked.question, place))
        scene.add(Reply(reviewing.blocks(scene, found, place, picked), closes=True))
    feedback = tuple(Block(text) for text in graded.feedback)
    if scene.memory.features.bundle or place.alone:
        go_on(scene, *feedback)
        return
    scene.expect(Asking.REVIEWED)
    scene.say(*feedback, rows=(row(FORWARD),))


def hint(scene: Scene) -> None:
    """Say once and kindly what would be understood."""
    found = reviewing.find(scene, scene.state.review) if scene.state.review else None
    answering.hint(scene, found[2].question if found else None)
