"""`setup`: from nothing to a bot with real people in a few questions."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm, Prompt

from bot.cli.people import make_role
from bot.core.errors import SettingsProblem
from bot.core.learner import Role
from bot.reports.qr import qr_terminal
from bot.settings import read_settings

ENV_FILE = Path(".env")
_PATIENCE = 15.0


def setup() -> int:
    """Set up a bot with real people: who runs it, its token, the first links."""
    console = Console()
    if not sys.stdin.isatty() and not os.environ.get("TELEGRAM_BOT_TOKEN"):
        raise SettingsProblem("Setup asks questions, and nobody is there to answer.", "Run it in a terminal.")
    console.print(
        "[bold]Set up Teabreak.[/] It takes about three questions. No domain is needed: the bot asks Telegram."
    )
    if ENV_FILE.exists() and not Confirm.ask("There is a .env here already. Change it?", default=True):
        return 0
    known = _read_env()
    provider = Prompt.ask(
        "Who runs these lessons? People are told this name", default=known.get("TEABREAK_PROVIDER", "Teabreak")
    )
    token = _ask_token(known)
    api_url = os.environ.get("TELEGRAM_API_URL", known.get("TELEGRAM_API_URL", "https://api.telegram.org"))
    settings = read_settings({**os.environ, "TELEGRAM_BOT_TOKEN": token, "TEABREAK_PROVIDER": provider})
    username = asyncio.run(_username(token, api_url))
    _write_env({**known, "TEABREAK_PROVIDER": provider, "TELEGRAM_BOT_TOKEN": token})
    console.print(f"Telegram knows the bot as @{username}. The settings are in .env, which only you can read.")
    for role, what in ((Role.OPERATOR, "yours, as operator"), (Role.TRAINER, "for the first trainer")):
        code = asyncio.run(make_role(settings, role))
        link = f"https://t.me/{username}?start={code}"
        console.print(f"\nThis link is {what}, for one use within 7 days:\n  {link}", soft_wrap=True)
        console.print(qr_terminal(link), highlight=False)
    console.print("Now start the bot:  teabreak run   (from a checkout: make run)")
    return 0


def _ask_token(known: Mapping[str, str]) -> str:
    given = os.environ.get("TELEGRAM_BOT_TOKEN")
    if given:
        return given
    hint = (
        " (Enter keeps the one in .env)"
        if known.get("TELEGRAM_BOT_TOKEN")
        else " (from @BotFather in Telegram: /newbot)"
    )
    answer = Prompt.ask(f"The bot's token{hint}", password=True)
    return (answer or known.get("TELEGRAM_BOT_TOKEN", "")).strip()


async def _username(token: str, api_url: str) -> str:
    from bot.channels.telegram.introduction import username_of

    username = await username_of(token, api_url, patience=_PATIENCE)
    if username is None:
        raise SettingsProblem(
            "Telegram cannot be reached.", "Look at the network, and run setup again. Nothing was kept."
        )
    return username


def _read_env() -> dict[str, str]:
    from dotenv import dotenv_values

    return {name: value or "" for name, value in dotenv_values(ENV_FILE).items()} if ENV_FILE.is_file() else {}


def _write_env(values: Mapping[str, str]) -> None:
    """Write the file whole and for this user's eyes only, in one step."""
    text = "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())
    draft = ENV_FILE.with_name(".env.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(ENV_FILE)


def _quoted(value: str) -> str:
    plain = value.replace(":", "").replace("-", "").replace("_", "").replace("/", "").replace(".", "")
    return value if plain.isalnum() and value.isascii() else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
