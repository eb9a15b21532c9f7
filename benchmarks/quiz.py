"""A quiz of five questions, as a course of ours, and the updates that 300 people send while they take it."""

import json
from pathlib import Path

from benchmarks.product import FIRST_STEP, chat_id, conversation_key

PEOPLE = 300
QUESTIONS = 5
# Each question is two updates: the answer, and going on after its explanation.
STEPS = 2 * QUESTIONS
BOT_ID, TOKEN = "123456789", "123456789:AABBCCDDEEFFGGHHIIJJKKLLMMNNOOPPQQR"

_COURSE = """\
---
id: quiz
title: A quiz
summary: Five questions in a row.
order: 1
audience: both
score: 5
sdg: [3, 8]
---

- [Five questions](01-quiz.md)
"""
_LESSON = """\
---
id: quiz-01
title: Five questions
objective: You can answer five questions.
audience: both
minutes: 4
sensitivity: normal
owner: Ask what was new.
---

"""
_QUESTION = """\
<!-- id: q-{number} -->

## Which one is a near miss, number {number}?

- [ ] Sipho cuts his hand.
  > This is an injury. Somebody was hurt.
- [x] A box falls. It misses Sipho.
  > Nobody was hurt, but next time somebody can be.
- [ ] The machine is noisy.
  > This is a hazard. Nothing has happened yet.

> [!TIP]
> Did something go wrong, and was nobody hurt? Then it is a near miss.

---

"""
_ACTION = """\
> [!IMPORTANT]
> Tell one person about one near miss.
"""


def write_course(folder: Path) -> str:
    """Write the course below a folder."""
    course = folder / "quiz-content" / "quiz"
    if not course.exists():
        course.mkdir(parents=True)
        (course / "course.md").write_text(_COURSE)
        questions = "".join(_QUESTION.format(number=number + 1) for number in range(QUESTIONS))
        (course / "01-quiz.md").write_text(_LESSON + questions + _ACTION)
    return str(course.parent)


def laps(count: int) -> list[list[bytes]]:
    """Return the bodies of the updates, lap by lap: in each lap everybody sends one."""
    return [[_tap(lap, number) for number in range(PEOPLE)] for lap in range(count)]


def _tap(lap: int, number: int) -> bytes:
    """Return an answer, or *Next* after its explanation, as Telegram sends a tap."""
    choice = "forward" if lap % 2 else f"o{number % 3 + 1}"
    chat = int(chat_id(number))
    person = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}
    bubble = {"message_id": 1000 + lap, "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}, "text": "A"}
    query = {
        "id": str(lap * PEOPLE + number),
        "from": person,
        "chat_instance": str(chat),
        "data": f"{conversation_key(number)}:{FIRST_STEP + lap}:{choice}",
        "message": bubble,
    }
    return json.dumps({"update_id": 1 + lap * PEOPLE + number, "callback_query": query}).encode()
