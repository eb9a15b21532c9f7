"""`doctor`, `quarantine …`, `outbox …`: what an operator looks at when something is wrong."""

import asyncio
import json as json_format
import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bot.clock import SystemClock
from bot.core.errors import TeabreakError
from bot.repositories import UnitOfWork
from bot.settings import Settings, SettingsTrouble, read_settings
from bot.store.opening import open_readonly, short_write
from bot.store.schema import CURRENT, EMPTY, refuse_newer, schema_state

T = TypeVar("T")

_ENV = Path(".env")
_MOST_ROWS = 100
_OLD_SQLITE = (3, 35, 0)
_LATE = timedelta(minutes=10)
Finding = tuple[bool, str]


def doctor(*, json: bool = False) -> int:
    """Say what is wrong here and what to do; the exit code is 1 if anything is.

    Parameters
    ----------
    json
        Print JSON.
    """
    findings = asyncio.run(_examine())
    if json:
        rows = [{"ok": good, "finding": text} for good, text in findings]
        sys.stdout.write(json_format.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{'ok   ' if good else 'WRONG'}  {text}\n" for good, text in findings))
    return int(not all(good for good, _ in findings))


async def _examine() -> list[Finding]:
    try:
        settings = read_settings(dict(os.environ))
    except SettingsTrouble as trouble:
        return [(False, str(trouble))]
    findings = [(True, "The settings can be read."), *_secrets(), *_versions(), *_content(settings)]
    findings += await _database(settings)
    findings += await _telegram(settings)
    return findings


def _secrets() -> Iterable[Finding]:
    if _ENV.is_file() and stat.S_IMODE(_ENV.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        yield False, ".env can be read by others. Type: chmod 600 .env"


def _versions() -> Iterable[Finding]:
    good = sqlite3.sqlite_version_info >= _OLD_SQLITE
    yield good, f"SQLite is {sqlite3.sqlite_version}." + ("" if good else " Use a Python with SQLite 3.35 or newer.")


def _content(settings: Settings) -> Iterable[Finding]:
    from bot.bootstrap import open_catalogue

    try:
        catalogue = open_catalogue(settings, SystemClock())
    except TeabreakError as problem:
        yield False, str(problem)
        return
    broken = catalogue.broken()
    yield from ((False, str(found)) for found in broken)
    if not broken:
        languages = ", ".join(language.code for language in catalogue.languages())
        yield True, f"{len(catalogue.courses('en'))} course, in {languages}."


async def _database(settings: Settings) -> list[Finding]:
    try:
        state = await schema_state(settings.url)
        if state == EMPTY:
            return [(True, "The database is empty; the first run makes it.")]
        refuse_newer(state)
        if state != CURRENT:
            return [(False, f"The database has the schema of a version that is {state}. Type: teabreak migrate")]
        return [(True, "The database answers."), *await _read(settings, _queues)]
    except TeabreakError as problem:
        return [(False, str(problem))]


def _queues(uow: UnitOfWork) -> list[Finding]:
    aside = len(uow.quarantine.list())
    oldest = uow.outbox.oldest_waiting()
    late = oldest is not None and SystemClock().now() - oldest > _LATE
    states = uow.outbox.by_state()
    counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return [
        (not aside, f"{aside} events were set aside." + (" See: teabreak quarantine list" if aside else "")),
        (not late, "Messages wait for over ten minutes. See: teabreak outbox list" if late else "No message is late."),
        (True, f"Messages: {counted or 'none yet'}."),
    ]


async def _telegram(settings: Settings) -> list[Finding]:
    if settings.telegram_bot_token is None:
        return [(True, "No TELEGRAM_BOT_TOKEN: this is a demo.")]
    from bot.channels.telegram.introduction import username_of

    token = settings.telegram_bot_token.get_secret_value()
    try:
        username = await username_of(token, settings.telegram_api_url or "", patience=10)
    except TeabreakError as problem:
        return [(False, str(problem))]
    if username is None:
        return [(False, "Telegram cannot be reached. The bot starts all the same and tries again by itself.")]
    return [(True, f"Telegram knows the bot as @{username}.")]


# --- quarantine ---------------------------------------------------------------------------------------------------


def quarantine_list(*, payload: bool = False, json: bool = False) -> int:
    """List events that were set aside.

    Parameters
    ----------
    payload
        Show what they held. Looking is written down in the audit.
    json
        Print JSON.
    """
    settings = read_settings(dict(os.environ))
    rows = asyncio.run(_read(settings, lambda uow: uow.quarantine.list()))
    if payload and rows:
        now = SystemClock().now()
        asyncio.run(short_write(settings.url, lambda uow: uow.records.audit("shell", "looked at quarantine", "*", now)))
    found = [
        {"key": row.key, "kind": row.kind, "error": row.error, "at": row.at.isoformat()}
        | ({"payload": row.payload} if payload else {})
        for row in rows
    ]
    return _print(found, as_json=json, empty="Nothing is set aside.")


def quarantine_drop(key: str, /) -> int:
    """Forget an event that was set aside.

    Parameters
    ----------
    key
        Its key, from `quarantine list`.
    """
    return _changed(lambda uow: uow.quarantine.drop(key), "dropped from quarantine", key)


def quarantine_retry(key: str, /) -> int:
    """Let an event be taken again when its provider sends it again.

    Parameters
    ----------
    key
        Its key, from `quarantine list`.
    """
    return _changed(lambda uow: uow.quarantine.release(key) is not None, "released from quarantine", key)


def _changed(step: Callable[[UnitOfWork], bool], action: str, key: str) -> int:
    settings = read_settings(dict(os.environ))
    now = SystemClock().now()

    def work(uow: UnitOfWork) -> bool:
        found = step(uow)
        if found:
            uow.records.audit("shell", action, key, now)
        return found

    found = asyncio.run(short_write(settings.url, work))
    sys.stdout.write("Done.\n" if found else "")
    if not found:
        sys.stderr.write("teabreak: there is no such event. See: teabreak quarantine list\n")
    return 0 if found else 2


# --- outbox -------------------------------------------------------------------------------------------------------


def outbox_list(*, json: bool = False) -> int:
    """List messages that wait or failed, without their text.

    Parameters
    ----------
    json
        Print JSON.
    """
    rows = asyncio.run(_read(read_settings(dict(os.environ)), lambda uow: uow.outbox.unsent(_MOST_ROWS)))
    found = [
        {
            "id": row.id,
            "channel": row.address.channel,
            "state": row.state.value,
            "tries": row.tries,
            "since": row.created_at.isoformat(timespec="seconds"),
            "reason": row.reason,
        }
        for row in rows
    ]
    return _print(found, as_json=json, empty="No message waits and none failed.")


def outbox_resend(*ids: int) -> int:
    """Send failed messages again. What had arrived is not sent twice.

    Parameters
    ----------
    ids
        Their ids, from `outbox list`.
    """
    settings = read_settings(dict(os.environ))
    now = SystemClock().now()
    until = now + timedelta(hours=24)
    count = asyncio.run(short_write(settings.url, lambda uow: uow.outbox.resend(list(ids), now, until)))
    sys.stdout.write(f"{count} of {len(ids)} messages go out again.\n")
    return 0 if count == len(ids) else 1


# --- small steps --------------------------------------------------------------------------------------------------


async def _read(settings: Settings, step: Callable[[UnitOfWork], T]) -> T:
    async with open_readonly(settings.url) as reader:
        return await reader.read(step)


def _print(rows: Sequence[Mapping[str, object]], *, as_json: bool, empty: str) -> int:
    if as_json:
        sys.stdout.write(json_format.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    elif not rows:
        sys.stdout.write(f"{empty}\n")
    else:
        for row in rows:
            sys.stdout.write("  ".join(f"{name}={value}" for name, value in row.items()) + "\n")
    return 0
