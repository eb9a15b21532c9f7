"""The Procfile as a host runs it: each line through the shell, with PORT and addresses in the environment."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.starting import CLEAN, free_port, status
from tests.fakes.telegram_server import TOKEN, TelegramServer
from tests.waiting import eventually

LINES = (Path(__file__).parents[2] / "Procfile").read_text("utf-8").splitlines()
COMMANDS = {name: command.strip() for name, _, command in (line.partition(":") for line in LINES)}
STOPS_WITHIN = 20
PERSON = 81


class Started:
    """One line of the Procfile at work, in a group of its own, with what it says in files."""

    def __init__(self, name: str, folder: Path, settings: dict[str, str]) -> None:
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                # Some shells stay in between and die by the signal; the code is to be that of the command.
                ["/bin/sh", "-c", f"exec {COMMANDS[name].removeprefix('exec ')}"],
                cwd=folder,
                env={**CLEAN, **settings, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def says(self, text: str) -> bool:
        """Say whether a text was said; the end of the process is the end of all waiting for it."""
        assert self.process.poll() is None, self.err.read_text("utf-8")
        return text in self.out.read_text("utf-8")

    def signals(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def ends(self) -> int:
        return self.process.wait(timeout=STOPS_WITHIN)


@contextmanager
def running(folder: Path, settings: dict[str, str], *names: str) -> Iterator[list[Started]]:
    lines = [Started(name, folder, settings) for name in names]
    try:
        yield lines
    finally:
        for line in lines:
            if line.process.poll() is None:
                line.signals(signal.SIGKILL)
                line.process.wait()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(retry_unit=0.02) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name a database that holds nothing, not even a schema."""
    if request.param == "sqlite":
        yield "sqlite:///teabreak.db"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"procfile_{secrets.token_hex(4)}"
    server.psql(f"CREATE DATABASE {name};")
    yield server.get_uri(database=name)
    server.psql(f"DROP DATABASE {name} WITH (FORCE);")


async def test_release_web_and_worker_do_what_a_host_expects(
    tmp_path: Path, telegram: TelegramServer, fresh_url: str
) -> None:
    assert list(COMMANDS) == ["release", "web", "worker"]
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATABASE_URL": fresh_url,
        "SECRET_KEY": "s" * 32,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_WEBHOOK_SECRET": "a-secret_for-webhooks-1",
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram.url,
    }
    with running(tmp_path, settings, "release") as (release,):
        assert await asyncio.to_thread(release.ends) == 0, release.err.read_text("utf-8")
        assert "up to date" in release.out.read_text("utf-8")
    with running(tmp_path, settings, "web", "worker") as (web, worker):
        about = "serve does all the work" if fresh_url.startswith("sqlite") else "The worker runs"
        await eventually(lambda: worker.says(about) and web.says("Teabreak runs"), within=60, every=0.05)
        await answers(f"http://127.0.0.1:{port}/healthz")
        await eventually(lambda: telegram.updates.webhook.url, within=30)
        await telegram.people.says(PERSON, "/start")
        await eventually(lambda: telegram.chat(PERSON).texts(), within=30)
        for line in (web, worker):
            assert line.process.poll() is None, line.err.read_text("utf-8")
            line.signals(signal.SIGTERM)
        for line in (web, worker):
            assert await asyncio.to_thread(line.ends) == 0, line.err.read_text("utf-8")
            assert "Traceback" not in line.err.read_text("utf-8")


async def answers(url: str) -> None:
    async def is_well() -> bool:
        return await asyncio.to_thread(status, url) == 200

    await eventually(is_well, within=30)
