"""Whom to ask for help, at any time and without going through the employer."""

from bot.core.dialogue.scene import CONTINUE, Scene, command_rows
from bot.core.messages import Block, Content, item, say, say_in

_LABELS = {
    "name": say_in("help card", "Name"),
    "number": say_in("help card", "Number"),
    "hours": say_in("help card", "Hours"),
    "cost": say_in("help card", "Cost"),
    "languages": say_in("help card", "Languages"),
}


def help_blocks(scene: Scene) -> tuple[Block, ...]:
    """Return the entries of the help card of the country the worker named."""
    card = scene.library.help_card
    if card is None:
        return ()
    blocks = [Block(Content(card.intro, card.language))] if card.intro else []
    for entry in card.entries:
        blocks.append(item("•", Content(f"**{entry.name}**", card.language)))
        for key, value in entry.details:
            content = Content(value, card.language)
            blocks.append(
                item("", say("{label}: {value}", label=_LABELS[key], value=content) if key in _LABELS else content)
            )
    return tuple(blocks)


def show_help(scene: Scene) -> None:
    """Say who this is, whom to ask, and what can be sent."""
    scene.say(
        say("I am an automatic teacher. I do not read or keep messages. These people can help:"),
        *help_blocks(scene),
        say("Send MENU to see what I can do. Send STOP to get no more messages."),
        rows=command_rows((CONTINUE,)),
    )
