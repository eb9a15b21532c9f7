"""How the fake Bot API misbehaves: one fault per call, taken from a script.

A fault is named by a word, so that a script reads well and fits into JSON: `429:35`, `400:message text is empty`.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto


class Answer(Enum):
    """What goes back to the caller."""

    RESULT = auto()  # what really happened
    ERROR = auto()  # an error as Telegram writes it
    NOT_OK = auto()  # 200 with `{"ok": false}` and nothing else
    HTML = auto()  # the page of a gateway
    EMPTY = auto()  # 200 with no body
    TORN = auto()  # 200 with the first half of the JSON
    CUT = auto()  # 200 whose body ends before its length
    CLOSED = auto()  # the connection is closed without a word
    NOTHING = auto()  # no answer until the caller gives up


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call: whether it takes effect, and what is answered."""

    answer: Answer
    has_effect: bool
    status: int = 200
    description: str = ""
    retry_after: int = 0
    waits: bool = False


OK = Fault(Answer.RESULT, has_effect=True)
_NAMED = {
    "ok": OK,
    "held": Fault(Answer.RESULT, has_effect=True, waits=True),
    "lost": Fault(Answer.CLOSED, has_effect=True),
    "dropped": Fault(Answer.CLOSED, has_effect=False),
    "hangs": Fault(Answer.NOTHING, has_effect=False),
    "late": Fault(Answer.NOTHING, has_effect=True),
    "empty": Fault(Answer.EMPTY, has_effect=True),
    "torn": Fault(Answer.TORN, has_effect=True),
    "cut": Fault(Answer.CUT, has_effect=True),
    "not-ok": Fault(Answer.NOT_OK, has_effect=False),
    "502": Fault(Answer.HTML, has_effect=False, status=502),
    "502-after": Fault(Answer.HTML, has_effect=True, status=502),
}
_USUAL = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


def fault(name: str) -> Fault:
    """Return the fault of a name; see `_NAMED`, or `<status>` with a wait or a description after a colon."""
    if name in _NAMED:
        return _NAMED[name]
    number, _, rest = name.partition(":")
    status = int(number)
    if status == 429:
        seconds = int(rest or 1)
        return Fault(Answer.ERROR, False, 429, f"Too Many Requests: retry after {seconds}", seconds)
    return Fault(Answer.ERROR, False, status, rest or _USUAL.get(status, "Error"))


class Script:
    """Faults for the calls to come, by method; `*` is any method. What is not scripted is taken as it should be."""

    def __init__(self) -> None:
        self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}

    def add(self, method: str, names: Iterable[str]) -> None:
        """Let the next calls of a method meet these faults, one each."""
        self._next[method.lower()].extend(fault(name) for name in names)

    def always(self, method: str, name: str | None) -> None:
        """Let every call of a method meet a fault, until None."""
        if name is None:
            self._always.pop(method.lower(), None)
        else:
            self._always[method.lower()] = fault(name)

    def take(self, method: str) -> Fault:
        """Return what the next call of a method meets."""
        for name in (method.lower(), "*"):
            if self._next[name]:
                return self._next[name].popleft()
            if name in self._always:
                return self._always[name]
        return OK
