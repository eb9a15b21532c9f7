"""A terminal of 80 columns, with a command in it, for a test that reads the screen and types."""

import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

from tests.cli.starting import CLEAN

_WITHIN = 60.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# The first process of a session that opens a terminal is controlled by it, as under a terminal's window.
_IN_IT = 'terminal="$1"; shift; exec "$@" <"$terminal" >"$terminal" 2>&1'

# A run in the background of a shell ignores Ctrl-C, and so would whatever it starts; in a terminal it counts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Terminal:
    """Use it as a context: whatever still runs at its end is killed."""

    def __init__(self, *arguments: str, folder: Path, **settings: str) -> None:
        self._ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        command = (sys.executable, "-m", "bot", *arguments)
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _IN_IT, "sh", os.ttyname(theirs), *command],
            cwd=folder,
            env={**CLEAN, "TERM": "xterm", **settings},
            start_new_session=True,
        )
        self._theirs = theirs
        self._seen = 0
        self.raw = b""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    @property
    def screen(self) -> str:
        """Return all that has been shown so far, without colours."""
        return _COLOURS.sub("", self.raw.decode("utf-8", "replace")).replace("\r\n", "\n")

    def shows(self, text: str) -> None:
        """Wait until a text stands on the screen, below what was waited for before."""
        self._until(lambda: text in self.screen[self._seen :], text)
        self._seen = self.screen.index(text, self._seen) + len(text)

    def types(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{line}\n".encode())

    def types_unseen(self, line: str) -> None:
        """Type a line once the terminal shows nothing of what is typed."""
        self._until(lambda: not termios.tcgetattr(self._ours)[3] & termios.ECHO, "a terminal without echo")
        self.types(line)

    def interrupts_unseen(self) -> None:
        """Press Ctrl-C, and nothing after it, once the terminal shows nothing of what is typed.

        An Enter behind it would answer the question that the interruption leaves.
        """
        self._until(lambda: not termios.tcgetattr(self._ours)[3] & termios.ECHO, "a terminal without echo")
        os.write(self._ours, b"\x03")

    def ends(self) -> None:
        """Wait for the end; then `code` is the exit code."""
        self._until(lambda: self._process.poll() is not None, "the end")
        self._read(0)
        self.code = self._process.returncode

    def _until(self, holds: Callable[[], object], what: str) -> None:
        ends = time.monotonic() + _WITHIN
        while not holds():
            assert time.monotonic() < ends, f"{what} was not shown:\n{self.screen}"
            self._read(0.05)

    def _read(self, patience: float) -> None:
        while select.select([self._ours], [], [], patience)[0]:
            self.raw += os.read(self._ours, 65536)
            patience = 0
