"""What stops a start: one clear line with what to do, an exit code that is not 0, nothing half-done."""

import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.starting import begun, eventually_true, free_port, refused, status, teabreak

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"


@pytest.fixture
def refusing_telegram() -> Iterator[str]:
    """A Bot API that answers every call with the status in the path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = int(self.path.split("/")[1])
            body = b'{"ok":false,"error_code":%d,"description":"Unauthorized"}' % status
            body = b"not found" if "/plain" in self.path else body
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_port_in_use_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused(teabreak("run", folder=tmp_path, PORT=str(port)))
    assert f"Port {port} is taken" in line
    assert f"PORT={port + 1}" in line
    assert not list(tmp_path.iterdir())


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    assert "TEABREAK_FOO" in refused(teabreak("run", folder=tmp_path, TEABREAK_FOO="1"))
    (tmp_path / ".env").write_text("TEABREAK_BAR=1\n", "utf-8")
    assert "TEABREAK_BAR" in refused(teabreak("migrate", folder=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize(
    "token", ["abcdefgh", "987654", ":AAAAAAAAAAAAAAAAAAAA", "12345:", "x:AAAAAAAAAAAAAAAAAAAAAAAA"]
)
def test_a_token_of_another_shape_is_refused_without_showing_it(tmp_path: Path, token: str) -> None:
    line = refused(teabreak("run", folder=tmp_path, TELEGRAM_BOT_TOKEN=token))
    assert "TELEGRAM_BOT_TOKEN" in line
    assert "BotFather" in line
    assert token not in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [401, 404])
def test_a_token_that_telegram_refuses_stops_the_start(tmp_path: Path, refusing_telegram: str, status: int) -> None:
    settings = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": f"{refusing_telegram}/{status}",
        "PORT": str(free_port()),
    }
    line = refused(teabreak("run", folder=tmp_path, **settings))
    assert "does not know this token" in line
    assert TOKEN not in line
    assert not list(tmp_path.iterdir())


def test_setup_gives_up_when_telegram_refuses_and_keeps_nothing(tmp_path: Path, refusing_telegram: str) -> None:
    settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": f"{refusing_telegram}/401"}
    result = subprocess_setup(tmp_path, settings)
    assert result.returncode != 0
    assert "does not know this token" in result.stderr
    assert not (tmp_path / ".env").exists()


def subprocess_setup(folder: Path, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    import sys

    from tests.cli.starting import CLEAN

    return subprocess.run(
        [sys.executable, "-m", "bot", "setup"],
        cwd=folder,
        env={**CLEAN, **settings},
        input="A school\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_telegram_out_of_reach_is_no_reason_to_stop(tmp_path: Path) -> None:
    port = free_port()
    settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}", "PORT": str(port)}
    process = begun("run", folder=tmp_path, **settings)
    try:
        eventually_true(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, within=30)
        assert status(f"http://127.0.0.1:{port}/readyz") == 503
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "cannot be reached" in err
    assert TOKEN not in out + err


def test_a_signal_while_telegram_does_not_answer_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": f"http://127.0.0.1:{port}",
            "PORT": str(free_port()),
        }
        process = begun("run", folder=tmp_path, **settings)
        silent.settimeout(30)
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
    assert process.returncode is not None


def test_a_plain_404_refuses_the_token_too(tmp_path: Path, refusing_telegram: str) -> None:
    settings = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": f"{refusing_telegram}/404/plain",
        "PORT": str(free_port()),
    }
    assert "does not know this token" in refused(teabreak("run", folder=tmp_path, **settings))


def test_a_database_with_companies_never_becomes_a_demo(tmp_path: Path, refusing_telegram: str) -> None:
    url = {"DATABASE_URL": "sqlite:///real.db"}
    real = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}", **url}
    assert teabreak("company", "add", "Acme", "--country", "KE", folder=tmp_path, **real).returncode == 0
    line = refused(teabreak("run", folder=tmp_path, PORT=str(free_port()), **url))
    assert "real people" in line
    assert "real people" in refused(teabreak("trainer", "add", folder=tmp_path, **url))


def test_a_second_copy_on_the_same_database_is_refused(tmp_path: Path) -> None:
    port = free_port()
    process = begun("run", folder=tmp_path, PORT=str(port))
    try:
        eventually_true(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, within=30)
        line = refused(teabreak("run", folder=tmp_path, PORT=str(free_port())))
        assert "Another Teabreak is running" in line
        assert teabreak("doctor", folder=tmp_path).returncode == 0
        assert teabreak("migrate", folder=tmp_path).returncode == 0
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_database_of_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    assert teabreak("migrate", folder=tmp_path, DATABASE_URL="sqlite:///new.db").returncode == 0
    with sqlite3.connect(tmp_path / "new.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for command in ("run", "migrate", "report"):
        line = refused(teabreak(command, folder=tmp_path, DATABASE_URL="sqlite:///new.db", PORT=str(free_port())))
        assert "newer" in line


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    # Nobody may make files there, not even root.
    line = refused(teabreak("run", folder=tmp_path, DATABASE_URL="sqlite:////proc/teabreak.db", PORT=str(free_port())))
    assert "/proc" in line


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/not/there/x.db"
    line = refused(teabreak("run", folder=tmp_path, DATABASE_URL=url, PORT=str(free_port())))
    assert "not/there" in line


def test_a_demo_and_a_bot_never_share_a_database(tmp_path: Path, refusing_telegram: str) -> None:
    port = free_port()
    process = begun("run", folder=tmp_path, PORT=str(port), DATABASE_URL="sqlite:///x.db")
    eventually_true(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, within=30)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}"}
    result = teabreak("run", folder=tmp_path, DATABASE_URL="sqlite:///x.db", PORT=str(free_port()), **settings)
    assert result.returncode != 0
    assert "This database is a demo." in result.stderr


def test_the_first_people_are_made_from_a_shell(tmp_path: Path) -> None:
    made = teabreak("company", "add", "Acme", "--country", "Kenya", "--json", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert '"role": "owner"' in made.stdout
    assert teabreak("trainer", "add", folder=tmp_path).returncode == 0
    assert "For a trainer of Acme" in teabreak("trainer", "add", "--company", "acme", folder=tmp_path).stdout
    assert "For an operator" in teabreak("operator", "add", folder=tmp_path).stdout
    assert "Code:" in teabreak("invite", "acme", folder=tmp_path).stdout
    assert teabreak("company", "add", "C", "--country", "DE", folder=tmp_path).returncode == 0
    assert "several time zones" in refused(teabreak("company", "add", "B", "--country", "br", folder=tmp_path))
    assert "no country" in refused(teabreak("company", "add", "B", "--country", "Narnia", folder=tmp_path))
    assert "no company" in refused(teabreak("invite", "Nobody", folder=tmp_path))
    report = teabreak("report", folder=tmp_path)
    assert "2 small companies" in report.stdout
    assert "0 of 0" not in report.stdout
    assert teabreak("export", folder=tmp_path).stdout.startswith("company,learner,course")
    for command in (("quarantine", "list"), ("outbox", "list"), ("doctor",)):
        assert teabreak(*command, folder=tmp_path).returncode == 0


def test_messages_of_a_lesson_are_counted_without_a_database(tmp_path: Path) -> None:
    result = teabreak("report", "messages", "--channel", "bundled", "--json", folder=tmp_path)
    assert result.returncode == 0
    assert '"lesson": "osh-04"' in result.stdout
    assert not list(tmp_path.iterdir())
