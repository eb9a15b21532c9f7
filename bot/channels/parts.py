"""What a channel may be made from. Each channel has a `make(settings, parts)`, None where it is not set up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.core.course import Language
from bot.core.messages import Phrase
from bot.ports import Bubbles, ChannelMemory, Clock


@dataclass(frozen=True, slots=True)
class Parts:
    """Time, memory, pictures and words. `command_menu` maps a command's name to what a menu says of it."""

    clock: Clock
    memory: Callable[[str], ChannelMemory]
    bubbles: Bubbles
    media: Callable[[str, str], Path | None]
    languages: tuple[Language, ...]
    say: Callable[[Phrase, str], str]
    command_menu: Mapping[str, Phrase]
