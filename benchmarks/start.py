"""START: how soon the command answers, how soon the demo is there, and what it holds at rest."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.harness import Bench, Figures, NotMeasured, by_turns
from benchmarks.rows import Row

PATIENCE = 60.0
AT_REST = 3.0


def measure_help(bench: Bench) -> Figures:
    """Time `teabreak --help`; the floor is a Python that does nothing."""
    _wall(bench, [*teabreak(), "--help"])
    return Figures(
        *by_turns(bench.rounds + 2, partial(_wall, bench, [*teabreak(), "--help"]), partial(_nothing, bench))
    )


def measure_run(bench: Bench) -> Figures:
    """Time from the command to the first page of a demo that has to make its database first."""
    _first_page(bench)
    return Figures(*by_turns(bench.rounds, partial(_first_page, bench), partial(_nothing, bench)))


def measure_memory(bench: Bench) -> Figures:
    """Read what the demo holds some seconds after its first page."""
    return Figures([_at_rest(bench) for _ in range(bench.rounds)])


def _nothing(bench: Bench) -> float:
    return _wall(bench, [sys.executable, "-c", "pass"])


def _wall(bench: Bench, command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=bench.folder, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _first_page(bench: Bench) -> float:
    with _demo(bench) as (_, took):
        return took


def _at_rest(bench: Bench) -> float:
    with _demo(bench) as (process, _):
        time.sleep(AT_REST)
        return _resident(process)


@contextmanager
def _demo(bench: Bench) -> Iterator[tuple[int, float]]:
    """Run the demo in an empty folder until it shows its page; give its process and how long that took."""
    folder = Path(mkdtemp(dir=bench.folder))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/demo.db"}
    began = time.perf_counter()
    with subprocess.Popen(
        [*teabreak(), "run"],
        cwd=folder,
        env=environment() | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as demo:
        try:
            while not _answers(port):
                if demo.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError("The demo did not open.")
                time.sleep(0.01)
            yield demo.pid, time.perf_counter() - began
        finally:
            demo.terminate()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return bool(page.status == 200 and page.read())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _resident(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        raise NotMeasured("Reading the memory of a process needs /proc.") from None
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def teabreak() -> list[str]:
    """Return the installed command, else the module."""
    beside = shutil.which("teabreak", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-m", "bot"]


def environment() -> dict[str, str]:
    """Return the environment without anything that would make this another bot."""
    ours = ("TEABREAK_", "TELEGRAM_", "TWILIO_", "DATABASE_URL", "PUBLIC_URL", "PORT", "CONTENT_DIR", "LOCALES_DIR")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


ROWS = (
    Row("START-help", "`teabreak --help`; the floor is a Python that does nothing", "s", 0.5, 0.5, measure_help),
    Row("START-run", "`teabreak run` until `/` answers, with a new database", "s", 3, 3, measure_run),
    Row("START-memory", "memory of `teabreak run` at rest", "MB", 150, 150, measure_memory),
)
