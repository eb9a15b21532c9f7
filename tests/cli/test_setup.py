"""Setup as a person meets it: in a terminal, from the first question to a bot that knows its operator and trainer."""

import asyncio
import re
import signal
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import segno

from bot.settings import Settings, read_settings
from tests.cli.starting import begun, free_port, teabreak
from tests.cli.terminal import Terminal
from tests.fakes.telegram_server import TOKEN, USERNAME, TelegramServer
from tests.waiting import eventually

NAME = "Ada's \\ school: Ünï"
PROVIDER, TOKEN_ASKED, EXISTING = "Who runs these lessons?", "The bot's token", "Go on?"
LINK = re.compile(rf"^  (https://t\.me/{USERNAME}\?start=(\w{{10}}))$", re.MULTILINE)
OPERATOR, TRAINER = 71, 72
URL = "sqlite:///teabreak.db"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(retry_unit=0.02) as server:
        yield server


async def set_up(folder: Path, telegram: TelegramServer, act: Callable[[Terminal], None], **more: str) -> Terminal:
    """Run setup in a terminal to its end, doing what `act` does."""

    def whole() -> Terminal:
        with Terminal("setup", folder=folder, TELEGRAM_API_URL=telegram.url, **more) as terminal:
            act(terminal)
            terminal.ends()
            return terminal

    return await asyncio.to_thread(whole)


def answered(terminal: Terminal) -> None:
    terminal.shows(PROVIDER)
    terminal.types(NAME)
    terminal.shows(TOKEN_ASKED)
    terminal.types_unseen(TOKEN)


def all_kept(terminal: Terminal) -> None:
    """Answer everything with Enter."""
    for question in (EXISTING, PROVIDER):
        terminal.shows(question)
        terminal.types("")
    terminal.shows(TOKEN_ASKED)
    terminal.types_unseen("")


def settings_in(folder: Path, **more: str) -> Settings:
    return read_settings(more, folder / ".env")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def drawn(screen: str, below: str) -> list[list[bool]]:
    """Return the QR picture below a line of the screen: its dark squares, without the light rim of two."""
    lines = screen.partition(below)[2].splitlines()[1:]
    rows = lines[: lines.index("")]
    upper_and_lower = {" ": (True, True), "▀": (False, True), "▄": (True, False), "█": (False, False)}
    halves = [[upper_and_lower[sign][half] for sign in row] for row in rows for half in (0, 1)]
    size = len(rows[0])
    return [row[2:-2] for row in halves[:size][2:-2]]


def roles(folder: Path) -> dict[str, tuple[int, int]]:
    """Return whether each chat's person is an operator and a trainer."""
    connection = sqlite3.connect(folder / "teabreak.db")
    try:
        rows = connection.execute(
            "SELECT chat, is_operator, is_trainer FROM addresses JOIN people ON people.id = active_person_id"
        )
        return {chat: (is_operator, is_trainer) for chat, is_operator, is_trainer in rows}
    finally:
        connection.close()


async def test_setup_ends_with_a_bot_that_knows_its_operator_and_its_trainer(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    terminal = await set_up(tmp_path, telegram, answered)
    assert terminal.code == 0
    assert "Traceback" not in terminal.screen
    assert TOKEN not in terminal.screen
    assert f"@{USERNAME}" in terminal.screen

    assert mode(tmp_path / ".env") == 0o600
    settings = settings_in(tmp_path)
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.provider == NAME
    assert names(tmp_path) >= {".env", "teabreak.db"}
    assert ".env.new" not in names(tmp_path)

    links = LINK.findall(terminal.screen)
    assert len(links) == 2
    assert terminal.screen.index("as operator") < terminal.screen.index(links[0][0])
    assert terminal.screen.index(links[0][0]) < terminal.screen.index("first trainer")
    for link, _ in links:
        picture = [[bool(square) for square in row] for row in segno.make(link, error="m", micro=False).matrix]
        assert drawn(terminal.screen, link) == picture

    await the_links_give_their_roles(tmp_path, telegram, [code for _, code in links])


async def the_links_give_their_roles(folder: Path, telegram: TelegramServer, codes: list[str]) -> None:
    """Run the bot with what setup has written, and let two people open the links."""
    process = begun("run", folder=folder, TELEGRAM_API_URL=telegram.url, PORT=str(free_port()))
    try:
        for chat, code in zip((OPERATOR, TRAINER), codes, strict=True):
            await telegram.people.says(chat, f"/start {code}")
            for label in ("English", "Start"):
                await taps_once_shown(telegram, chat, label)
            await eventually(
                lambda chat=chat: "You are a trainer here now" in telegram.chat(chat).texts()[-1], within=30
            )
        assert NAME in "".join(telegram.chat(TRAINER).texts())
        assert roles(folder) == {str(OPERATOR): (1, 1), str(TRAINER): (0, 1)}
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 0, err
    assert TOKEN not in out + err


async def taps_once_shown(telegram: TelegramServer, chat: int, label: str) -> None:
    def is_shown() -> bool:
        return any(label in row for message in telegram.chat(chat).messages for row in message.labels())

    await eventually(is_shown, within=30)
    await telegram.people.taps(chat, label)


async def test_a_second_setup_asks_and_keeps_what_it_was_not_asked_to_change(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    env = tmp_path / ".env"
    before = f"# ours\nTEABREAK_LOG=json\n\nTELEGRAM_BOT_TOKEN={TOKEN}\nA='${{HOME}} sweet'  # said twice\nTEABREAK_PROVIDER=Old"
    env.write_text(before, "utf-8")

    def refuses(terminal: Terminal) -> None:
        terminal.shows(EXISTING)
        terminal.types("n")

    refused = await set_up(tmp_path, telegram, refuses)
    assert refused.code == 0
    assert "Nothing was changed" in refused.screen
    assert env.read_text("utf-8") == before

    def leaves(terminal: Terminal) -> None:
        terminal.shows(EXISTING)
        terminal.types("y")
        terminal.shows(PROVIDER)
        terminal.types("New")
        terminal.shows(TOKEN_ASKED)
        terminal.interrupts_unseen()

    left = await set_up(tmp_path, telegram, leaves)
    assert left.code == 2
    assert "Nothing was changed" in left.screen
    assert env.read_text("utf-8") == before
    assert names(tmp_path) == {".env"}

    (tmp_path / ".env.new").write_text("open to all", "utf-8")
    kept = await set_up(tmp_path, telegram, all_kept)
    assert kept.code == 0
    assert env.read_text("utf-8") == f"{before}\n"
    assert mode(env) == 0o600
    assert len(LINK.findall(kept.screen)) == 2
    assert TOKEN not in kept.screen


async def test_an_answer_that_cannot_be_used_is_asked_for_again(tmp_path: Path, telegram: TelegramServer) -> None:
    unknown = "987654:a-token_of-nobody"

    def stumbles(terminal: Terminal) -> None:
        terminal.shows(PROVIDER)
        terminal.types("A very long name " * 5)
        terminal.shows("at most 60")
        terminal.types("")
        for answer, told in (
            ("", ""),
            ("hello", "is not a bot token"),
            (unknown, "does not know this token"),
            (TOKEN, USERNAME),
        ):
            terminal.shows(TOKEN_ASKED)
            terminal.types_unseen(answer)
            terminal.shows(told)

    terminal = await set_up(tmp_path, telegram, stumbles)
    assert terminal.code == 0, terminal.screen
    assert unknown not in terminal.screen
    settings = settings_in(tmp_path)
    assert settings.provider == "Teabreak"
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TOKEN


async def test_what_setup_cannot_mend_is_told_before_it_asks(tmp_path: Path, telegram: TelegramServer) -> None:
    terminal = await set_up(tmp_path, telegram, lambda _: None, PUBLIC_URL="https://bot.example.org")
    assert terminal.code == 2
    assert terminal.screen.strip().startswith("teabreak: SECRET_KEY is missing.")
    assert not names(tmp_path)


async def test_a_database_that_is_a_demo_leaves_the_settings_as_they_were(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    assert (await asyncio.to_thread(teabreak, "operator", "add", folder=tmp_path, DATABASE_URL=URL)).returncode == 0
    terminal = await set_up(tmp_path, telegram, answered, DATABASE_URL=URL)
    assert terminal.code == 2
    assert "belongs to a demo" in terminal.screen
    assert not (tmp_path / ".env").exists()
