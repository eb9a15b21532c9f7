"""Run the command as a shell would, in a folder of its own and with an environment of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("TEABREAK_", "TELEGRAM_", "TWILIO_"))
}
for name in ("DATABASE_URL", "PORT", "PUBLIC_URL", "SECRET_KEY", "CONTENT_DIR", "LOCALES_DIR"):
    CLEAN.pop(name, None)
if CLEAN.pop("PYTHONDONTWRITEBYTECODE", None):
    # Else each start would compile the whole bot anew, which takes as long again.
    CLEAN["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "teabreak-bytecode")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(url: str) -> int | None:
    """Return how an address answers; None where nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def teabreak(*arguments: str, folder: Path, within: float = 60, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**CLEAN, **settings},
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )


def begun(*arguments: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**CLEAN, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a refusal."""
    assert result.returncode not in {0, None}, result
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("teabreak: ")
    return lines[0]


def eventually_true(condition: Callable[[], object], *, within: float) -> None:
    """Wait, in short glances, until something outside this process holds."""
    ends = time.monotonic() + within
    while not condition():
        assert time.monotonic() < ends, f"not within {within} s"
        time.sleep(0.05)
