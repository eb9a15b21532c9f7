"""Two small folders in tmp_path: one sound course of two lessons, a help card, and whatever a test adds."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.catalogue.checker import Inspection, problems
from bot.catalogue.extraction import content_templates
from bot.catalogue.files import Files, House
from bot.catalogue.history import read_history
from bot.catalogue.plurals import plural_forms
from bot.catalogue.stock import Stock, read_stock
from bot.catalogue.text_files import Folders
from bot.core.messages import Phrase, say_in
from bot.ports import FileProblem

TODAY = date(2026, 11, 22)
COMMANDS = {"stop": say_in("command words", "stop, end"), "menu": say_in("command words", "menu")}

COURSE = """\
---
id: safety
title: Safe at work
summary: See danger early.
order: 1
audience: both
score: 5
sdg: [3, 8]
---

- [Report the near miss](01-near-miss.md)
- [A healthy mind](02-mind.md)
"""

LESSON = """\
---
id: osh-04
title: Report the near miss
objective: You can report a near miss in one minute.
audience: worker
minutes: 4
sensitivity: normal
owner: Ask what almost went wrong last week.
---

## A box falls

![A box lies next to a shoe](media/box.png)

A heavy box falls next to {name}. Nobody is hurt.

---

## What is a near miss?

<!-- translators: "near miss" = an accident that almost happened; no word of it may sound like blame. -->

A **near miss** is an accident that *almost* happened.[^guide]

- Nobody was hurt.
- Next time somebody can be.

---

<!-- id: q-which -->

## Which one is a near miss?

- [ ] Sipho cuts his hand.
  > This is an injury. Somebody was hurt.
- [x] A box falls. It misses Sipho.
  > Yes. Next time somebody can be hurt.
- [ ] The machine is noisy.
  > This is a hazard. Nothing has happened yet.

> [!TIP]
> Did something go wrong, and was nobody hurt? Then it is a near miss.

---

<!-- id: r-mine -->
<!-- type: reflect -->

## Think back

When did something almost hurt you? You can skip this.

---

> [!IMPORTANT]
> Tell your supervisor about one near miss.

[^guide]: ILO, A 5 step guide (WCMS_232886).
"""

MIND = """\
---
id: osh-07
title: A healthy mind
objective: You can name two causes of stress.
audience: both
minutes: 3
sensitivity: sensitive
---

## Two cups of tea

Grace sleeps badly. Bilal listens.

---

<!-- id: q-days -->
<!-- type: number; answer: 12; from: 10; to: 14 -->

## How many days?

Guess a number.

> [!TIP]
> It is about twelve.

---

> [!IMPORTANT]
> Ask a colleague how they are.
"""

NO_COUNTRY = """\
---
country: none
title: Whom you can ask
verified_on: 2026-11-01
---

- **A person you trust**
  state: no
  A friend or a doctor.
"""

ZA = """\
---
country: ZA
title: Whom you can ask in South Africa
verified_on: 2026-11-01
---

You decide what you say.

- **Labour inspectorate**
  name: Department of Labour
  number: 000 000
  hours: Monday to Friday
  state: yes

- **Trade union**
  number: 000 001
  state: no
  Ask first what it costs.

<!-- sources: labour.example; union.example -->
"""


def png(side: int = 1) -> bytes:
    """Return a small real picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + b"\xff\xff\xff" * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class HandClock:
    """A clock that stands where a test puts it."""

    day: date = TODAY

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 9, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("The catalogue never waits.")


def po_text(language: str, entries: Mapping[tuple[str, str], str], *, review: str = "machine", fuzzy: Any = ()) -> str:
    """Return a PO file as a translator would hand it in."""
    rows = ['msgid ""', 'msgstr ""', f'"Language: {language}\\n"', f'"Plural-Forms: {plural_forms(language)}\\n"']
    rows += [f'"X-Review: {review}\\n"', ""]
    for (context, text), translation in entries.items():
        rows += ["#, fuzzy"] * ((context, text) in fuzzy)
        rows += [f'msgctxt "{quoted(context)}"'] * bool(context)
        rows += [f'msgid "{quoted(text)}"', f'msgstr "{quoted(translation)}"', ""]
    return "\n".join(rows)


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Shelf:
    """The two folders, and what tests do with them."""

    def __init__(self, root: Path) -> None:
        self.folders = Folders(root / "content", root / "locales")
        self.clock = HandClock()
        self.write("safety/course.md", COURSE)
        self.write("safety/01-near-miss.md", LESSON)
        self.write("safety/02-mind.md", MIND)
        self.write("help/none.md", NO_COUNTRY)
        self.write_bytes("safety/media/box.png", png())

    def write(self, path: str, text: str) -> None:
        self.write_bytes(path, text.encode())

    def write_bytes(self, path: str, content: bytes) -> None:
        file = self.folders.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def edit(self, path: str, old: str, new: str) -> str:
        """Change one place of a file and return the new text."""
        file = self.folders.content / path
        text = file.read_text()
        assert text.count(old) == 1, (path, old, text.count(old))
        changed = text.replace(old, new)
        file.write_text(changed)
        return changed

    def po(self, language: str, domain: str, text: str) -> Path:
        file = self.folders.locales / language / "LC_MESSAGES" / f"{domain}.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def keys(self, domain: str = "safety") -> list[tuple[str, str]]:
        """Return what translators get, by context and English."""
        return [
            (message.context or "", str(message.id))
            for message in content_templates(self.stock())[domain]
            if message.id
        ]

    def translate(self, language: str, domain: str = "safety", *, review: str = "machine", **changes: Any) -> Path:
        """Translate a whole catalogue, marking each text with the language; `without` and `fuzzy` hold texts."""
        without, fuzzy = changes.get("without", ()), changes.get("fuzzy", ())
        entries = {key: "" if key[1] in without else f"{language} {key[1]}" for key in self.keys(domain)}
        unsure = {key for key in entries if key[1] in fuzzy}
        return self.po(language, domain, po_text(language, entries, review=review, fuzzy=unsure))

    def speak(
        self, language: str, words: Mapping[tuple[str, str], str] | None = None, *, review: str = "machine"
    ) -> Path:
        """Write a complete interface, so that the language is offered."""
        entries = {("", "Well done, {name}!"): f"{language} {{name}}!", **(words or {})}
        return self.po(language, "interface", po_text(language, entries, review=review))

    def stock(self) -> Stock:
        return read_stock(self.folders)

    def problems(self, commands: Mapping[str, Phrase] = COMMANDS, today: date = TODAY) -> tuple[FileProblem, ...]:
        return problems(self.stock(), Inspection(commands, today, read_history(self.folders.content)))

    def found(self, today: date = TODAY) -> set[tuple[str, str, int]]:
        """Return code, file name and line of everything that is wrong."""
        return {(one.problem.code, Path(one.path).name, one.problem.line) for one in self.problems(today=today)}

    def files(self, **house: Any) -> Files:
        return Files(self.folders, House(**house), command_words=COMMANDS, clock=self.clock)


def line_of(text: str, needle: str) -> int:
    """Return the line on which some words stand for the first time."""
    return text[: text.index(needle)].count("\n") + 1
