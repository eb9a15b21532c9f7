"""Makes the chat harmless when somebody else may look at it, and keeps the place for later.

What is left names no topic and does not say that anything was hidden. Nor does it come back by itself: after this, a
number typed by whoever holds the phone answers nothing.
"""

from dataclasses import replace

from bot.core.dialogue.lesson import current
from bot.core.dialogue.scene import MENU, Scene, command_rows
from bot.core.dialogue.states import LEARNING, Asking
from bot.core.messages import Phrase, reply, say, say_in


def hide(scene: Scene) -> None:
    """Take the last messages back, where the channel can; elsewhere say honestly that it cannot."""
    _wait_for_nothing(scene)
    if scene.can_hide:
        scene.add(replace(reply(_harmless(scene)), takes_back=True))
    else:
        scene.say(say("Here I cannot take messages back. Delete this chat on your phone."))


def not_now(scene: Scene) -> None:
    """Put something else in the place of the warning before a serious subject, whose words would tell of it."""
    scene.place(None)
    scene.expect(Asking.NOTHING)
    course = scene.active_course()
    if course and scene.next_lesson(course):
        text = say("That is fine. Here is another lesson.")
        answer = reply(text, rows=command_rows((("next", say_in("button", "Next lesson")), MENU)))
    else:
        answer = reply(say("That is fine."), rows=command_rows((MENU,)))
    scene.add(replace(answer, replaces=True))


def _wait_for_nothing(scene: Scene) -> None:
    """Make older buttons stale. A lesson is shown again when it is asked for; a serious one asks first, once more."""
    asking = scene.state.asking
    if asking in LEARNING:
        found = current(scene)
        if found and asking is Asking.FEEDBACK:
            # The answer is given: the card after it is the next to be shown.
            scene.place(replace(found[2], card=min(found[2].card + 1, len(found[1].cards) - 1), picked=()))
        asking = Asking.SENSITIVE if found and found[1].is_sensitive else Asking.NOTHING
    elif asking is Asking.GAIN_QUESTION:
        # A number that somebody else types is no answer; the two questions are offered once more.
        asking = Asking.GAIN
    elif asking is Asking.COMPANY_NAME:
        # What is written next would otherwise become the name.
        asking = Asking.NOTHING
    scene.expect(asking)


def _harmless(scene: Scene) -> Phrase:
    if scene.has_stopped:
        return say("Tea break. To begin again, send START.")
    return say("Tea break. To go on, send MENU.")
