"""What an operator is told without having asked: once a day for each kind, with what to do."""

from dataclasses import replace

from bot.core.dialogue.scene import Scene
from bot.core.events import Alert, Alerted
from bot.core.messages import Phrase, reply, say_count


def alert(scene: Scene, told: Alerted) -> None:
    """Tell an operator; nobody else, and nobody who stopped."""
    if scene.person.is_operator and not scene.has_stopped:
        scene.add(replace(reply(_words(told)), rings=True))


def _words(told: Alerted) -> Phrase:
    if told.alert is Alert.WRONG_CODES:
        return say_count(
            "{n} wrong join code was tried in the last hour. Nobody else is held up by it.",
            "{n} wrong join codes were tried in the last hour. Nobody else is held up by it.",
            n=told.count,
        )
    return say_count(
        "{n} message could not be taken and was set aside. To see why, type on the server: {command}",
        "{n} messages could not be taken and were set aside. To see why, type on the server: {command}",
        n=told.count,
        command="teabreak quarantine list",
    )
