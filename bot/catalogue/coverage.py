"""How much of each course is translated into each language, and how much of that is served."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.catalogue.course_files import CourseFolder, course_messages
from bot.catalogue.help_cards import help_messages
from bot.catalogue.languages import SOURCE
from bot.catalogue.lesson_files import Message
from bot.catalogue.po_files import HELP, INTERFACE
from bot.catalogue.stock import Stock
from bot.catalogue.translations import Translations


@dataclass(frozen=True, slots=True)
class Coverage:
    """One row: a course, the help cards or the interface, in one language. `served` counts lessons."""

    course: str
    language: str
    lessons: int
    messages: int
    translated: int
    fuzzy: int
    served: int


def coverage(stock: Stock, bar: str) -> tuple[Coverage, ...]:
    """Return a row for each course and language, English among them; the texts must be sound."""
    translations = Translations(stock, bar)
    rows = [row for course in stock.courses for row in _course_rows(stock, translations, course)]
    cards = list(dict.fromkeys(text.key for card in stock.help_cards for text in help_messages(card)))
    for language in stock.languages:
        rows.append(_row(stock, HELP, language, cards, (0, 0)))
        po = stock.catalogues.get((language, INTERFACE))
        own = [entry.key for entry in po.entries] if po else []
        rows.append(_row(stock, INTERFACE, language, own, (0, 0)))
    return tuple(sorted(rows, key=lambda row: (row.course in {HELP, INTERFACE}, row.course, row.language)))


def _course_rows(stock: Stock, translations: Translations, course: CourseFolder) -> Iterator[Coverage]:
    found: list[Message] = list(course_messages(course.source))
    for file in course.lessons:
        found += translations.messages(file)
    keys = list(dict.fromkeys(message.key for message in found))
    total = len(course.lessons)
    yield Coverage(course.source.id, SOURCE, total, len(keys), len(keys), 0, total)
    for language in stock.languages:
        if language != SOURCE:
            served = [
                translations.lesson(course, file, language).lesson.language == language for file in course.lessons
            ]
            yield _row(stock, course.source.id, language, keys, (total, sum(served)))


def _row(stock: Stock, domain: str, language: str, keys: list[tuple[str, str]], lessons: tuple[int, int]) -> Coverage:
    po = stock.catalogues.get((language, domain))
    translated = sum(key in po.usable for key in keys) if po else 0
    fuzzy = len(po.fuzzy().intersection(keys)) if po else 0
    return Coverage(domain, language, lessons[0], len(keys), translated, fuzzy, lessons[1])
