"""`setup`: from nothing to a bot with real people in two questions. What else stands in `.env` stays there."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.prompt import Confirm, Prompt

from bot.cli.people import LINK_DAYS, make_role
from bot.core.errors import SettingsProblem
from bot.core.learner import Role
from bot.reports.qr import qr_terminal
from bot.settings import Settings, SettingsTrouble, read_settings

T = TypeVar("T")

ENV_FILE = Path(".env")
_PATIENCE = 15.0
_PROVIDER, _TOKEN = "TEABREAK_PROVIDER", "TELEGRAM_BOT_TOKEN"
# It has the shape of one, so that all other settings are checked before anybody is asked for a real one.
_NO_TOKEN = "0000:there-is-none-yet"  # noqa: S105 - no secret
_LINKS = ((Role.OPERATOR, "yours, as operator"), (Role.TRAINER, "for the first trainer"))


@dataclass(frozen=True, slots=True)
class _Answers:
    provider: str
    token: str
    username: str

    def settings(self) -> Settings:
        return _settings_with(self.provider, self.token)


def setup() -> int:
    """Set up a bot with real people: who runs it, its token, the first links."""
    if not sys.stdin.isatty() and not os.environ.get(_TOKEN):
        raise SettingsProblem("Setup asks questions, and nobody is there to answer.", "Run it in a terminal.")
    _settings_with("", _NO_TOKEN)
    console = Console(highlight=False)
    try:
        answers = _ask(console)
    except (EOFError, KeyboardInterrupt):
        console.print()
        raise SettingsProblem("Setup was left before its end.", "Nothing was changed. Run it again.") from None
    if answers is None:
        console.print("Nothing was changed.")
        return 0
    settings = answers.settings()
    codes = [asyncio.run(make_role(settings, role)) for role, _ in _LINKS]
    _write_env({_PROVIDER: answers.provider, _TOKEN: answers.token})
    console.print(f"Telegram knows the bot as @{answers.username}. The settings are in .env, which only you can read.")
    for (_, what), code in zip(_LINKS, codes, strict=True):
        link = f"https://t.me/{answers.username}?start={code}"
        console.print(f"\nThis link is {what}, for one use within {LINK_DAYS} days:\n  {link}", soft_wrap=True)
        console.print(qr_terminal(link), soft_wrap=True)
    console.print("Now start the bot:  teabreak run   (from a checkout: make run)")
    console.print("If it runs already, stop it first: settings are read once, at the start.")
    return 0


def _ask(console: Console) -> _Answers | None:
    """Ask until every answer can be used; None when somebody would rather leave `.env` as it is."""
    console.print("[bold]Set up Teabreak.[/] It asks two questions. No domain is needed: the bot asks Telegram.")
    if ENV_FILE.exists():
        console.print("There is a .env here already. Setup changes the name and the token in it and nothing else.")
        if not Confirm.ask("Go on?", default=True):
            return None
    known = _read_env()
    provider, _ = _usable(console, lambda: _ask_provider(known), lambda name: _settings_with(name, _NO_TOKEN))
    given = os.environ.get(_TOKEN)
    if given:
        console.print(f"The token is the one in {_TOKEN}.")
        token, username = given, _username(provider, given)
    else:
        token, username = _usable(console, lambda: _ask_token(known), lambda said: _username(provider, said))
    if username is None:
        raise SettingsProblem(
            "Telegram cannot be reached.", "Look at the network, and run setup again. Nothing was kept."
        )
    return _Answers(provider, token, username)


def _usable(console: Console, ask: Callable[[], str], check: Callable[[str], T]) -> tuple[str, T]:
    """Return the first answer that can be used and what the check says of it."""
    while True:
        answer = ask()
        try:
            return answer, check(answer)
        except (SettingsTrouble, SettingsProblem) as trouble:
            if not sys.stdin.isatty():
                raise
            console.print(f"{trouble} Please try again.", markup=False)


def _ask_provider(known: Mapping[str, str]) -> str:
    usual = os.environ.get(_PROVIDER) or known.get(_PROVIDER) or "Teabreak"
    return Prompt.ask("Who runs these lessons? People are told this name", default=usual) or usual


def _ask_token(known: Mapping[str, str]) -> str:
    kept = known.get(_TOKEN, "")
    hint = "Enter keeps the one in .env" if kept else "from @BotFather in Telegram: /newbot"
    answer = ""
    while not answer:
        answer = Prompt.ask(f"The bot's token ({hint}; it is not shown)", password=True).strip() or kept
    return answer


def _settings_with(provider: str, token: str) -> Settings:
    return read_settings({**os.environ, _PROVIDER: provider, _TOKEN: token})


def _username(provider: str, token: str) -> str | None:
    """Return the bot's name, or None where Telegram cannot be reached."""
    from bot.channels.telegram.introduction import username_of

    settings = _settings_with(provider, token)
    return asyncio.run(username_of(token, settings.telegram_api_url or "", patience=_PATIENCE))


def _read_env() -> dict[str, str]:
    from dotenv import dotenv_values

    return {name: value or "" for name, value in dotenv_values(ENV_FILE).items()} if ENV_FILE.is_file() else {}


def _write_env(values: Mapping[str, str]) -> None:
    """Write the file whole and for this user's eyes only, in one step."""
    before = ENV_FILE.read_text("utf-8") if ENV_FILE.is_file() else ""
    # A draft left behind by a setup that was cut off may be open to other eyes, so it is made anew.
    draft = ENV_FILE.with_name(".env.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_changed(before, values))
    draft.replace(ENV_FILE)


def _changed(text: str, values: Mapping[str, str]) -> str:
    """Return the text of a `.env` with these values, each where it stood first; comments and the rest stay."""
    from dotenv.parser import parse_stream

    left = {name: f"{name}={_quoted(value)}\n" for name, value in values.items()}
    kept = ""
    for line in parse_stream(StringIO(text)):
        whole = line.original.string
        empty_lines = whole[: len(whole) - len(whole.lstrip())]
        kept += empty_lines + left.pop(str(line.key), "") if line.key in values else whole
    if kept and not kept.endswith("\n"):
        kept += "\n"
    return kept + "".join(left.values())


def _quoted(value: str) -> str:
    plain = value.replace(":", "").replace("-", "").replace("_", "").replace("/", "").replace(".", "")
    return value if plain.isalnum() and value.isascii() else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
