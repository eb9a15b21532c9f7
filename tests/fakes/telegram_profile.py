"""What the fake Bot API shows of the bot itself: name, descriptions and commands, by language."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.fakes.telegram_rules import bad

Fields = dict[str, Any]
_LIMITS = {"name": 64, "description": 512, "short_description": 120}


class BotProfile:
    """Texts by part and language; the empty language is for everybody else."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, str], Any] = {}

    def methods(self) -> dict[str, Callable[[Fields], Any]]:
        """Return the calls that read and change the profile."""
        methods: dict[str, Callable[[Fields], Any]] = {
            "getmycommands": lambda fields: self.shown.get(("commands", _language(fields)), []),
            "setmycommands": self._set_commands,
        }
        for part in _LIMITS:
            name = part.replace("_", "")
            methods[f"getmy{name}"] = partial(self._get, part)
            methods[f"setmy{name}"] = partial(self._set, part)
        return methods

    def _get(self, part: str, fields: Fields) -> Fields:
        default = self.shown.get((part, ""), "")
        return {part: self.shown.get((part, _language(fields)), default)}

    def _set(self, part: str, fields: Fields) -> bool:
        text = str(fields.get(part, ""))
        if len(text) > _LIMITS[part]:
            raise bad(f"{part.upper()}_TOO_LONG")
        self.shown[part, _language(fields)] = text
        return True

    def _set_commands(self, fields: Fields) -> bool:
        self.shown["commands", _language(fields)] = json.loads(fields["commands"])
        return True


def _language(fields: Fields) -> str:
    code = str(fields.get("language_code", ""))
    if len(code) not in {0, 2}:
        raise bad("invalid language code specified")
    return code
