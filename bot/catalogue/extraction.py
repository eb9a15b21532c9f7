"""Collect what translators get: the texts of lessons, courses and help cards, and the bot's own phrases.

Lessons are walked as they are for display, so that a text cannot be shown and yet be missing here.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file

from bot.catalogue.course_files import course_messages, read_course_text
from bot.catalogue.help_cards import help_messages, read_help_text
from bot.catalogue.lesson_files import Message, messages
from bot.catalogue.lesson_reader import read_lesson
from bot.catalogue.markdown import front_matter_of, tree
from bot.catalogue.po_files import HELP, INTERFACE
from bot.catalogue.stock import Stock
from bot.catalogue.text_files import decoded
from bot.core.errors import ContentProblem
from bot.core.question import Problem

# How the bot's own phrases are made: which arguments are texts, and which one is the context.
PYTHON_KEYWORDS = {"say": None, "say_count": (1, 2), "say_in": ((1, "c"), 2)}
TEMPLATE_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
COMMENT_TAGS = ("translators:",)

Extracted = tuple[int, str, tuple[str, str], list[str]]


def extract(
    fileobj: IO[bytes], keywords: Mapping[str, Any], comment_tags: Iterable[str], options: Mapping[str, Any]
) -> Iterator[Extracted]:
    """Yield the messages of one Markdown file, for Babel: line, function, context with text, comments."""
    del keywords, comment_tags, options
    text = decoded(fileobj.read())
    if isinstance(text, Problem):
        raise ContentProblem(text.message, text.hint)
    for message in file_messages(text):
        yield message.line, "pgettext", message.key, list(message.notes)


def file_messages(text: str) -> tuple[Message, ...]:
    """Return the messages of a lesson, a course or a help card, told apart by their front matter."""
    front = front_matter_of(tree(text))
    if "country" in front.lines:
        found = help_messages(read_help_text(text, ""))
    elif "summary" in front.lines:
        found = course_messages(read_course_text(text))
    else:
        found = _lesson_messages(text)
    if not found:
        raise ContentProblem("The file gives translators nothing.", "Run `teabreak check`.")
    return found


def content_templates(stock: Stock) -> dict[str, Catalog]:
    """Return one template for each course, and one for the help cards."""
    templates: dict[str, Catalog] = {}
    for course in stock.courses:
        catalog = templates[course.source.id] = Catalog()
        _add(catalog, _place(stock, course.path), course_messages(course.source))
        for file in course.lessons:
            _add(catalog, _place(stock, file.path), messages(file.source))
    catalog = templates[HELP] = Catalog()
    for card in stock.help_cards:
        _add(catalog, _place(stock, card.path), help_messages(card))
    return templates


def interface_template(code: Path, project: Path) -> dict[str, Catalog]:
    """Return the template of the bot's own phrases: those in the code, and those on its pages."""
    catalog = Catalog()
    for path in sorted(code.rglob("*.py")):
        _collect(catalog, path, project, "python", PYTHON_KEYWORDS)
    for path in sorted(code.rglob("templates/*")):
        if path.suffix in {".html", ".jinja", ".txt"}:
            _collect(catalog, path, project, "jinja2", TEMPLATE_KEYWORDS)
    return {INTERFACE: catalog}


def _collect(catalog: Catalog, path: Path, project: Path, method: str, keywords: Mapping[str, Any]) -> None:
    shown = path.relative_to(project).as_posix()
    found = extract_from_file(method, path, keywords, COMMENT_TAGS, {"silent": "false"}, strip_comment_tags=True)
    for line, text, comments, context in found:
        catalog.add(text, locations=[(shown, line)], auto_comments=comments, context=context)


def _add(catalog: Catalog, path: str, found: Iterable[Message]) -> None:
    listed = list(found)
    if not listed:
        raise ContentProblem(f"{path} gives translators nothing.", "Run `teabreak check`.")
    for message in listed:
        catalog.add(
            message.text, context=message.context, locations=[(path, message.line)], auto_comments=message.notes
        )


def _place(stock: Stock, path: str) -> str:
    """Return where a text stands as every checkout has it, with nothing of this machine."""
    return f"{stock.folders.content.name}/{path}"


def _lesson_messages(text: str) -> tuple[Message, ...]:
    try:
        return messages(read_lesson(text))
    except (ValueError, IndexError, KeyError) as error:
        raise ContentProblem("The lesson has errors.", "Run `teabreak check`.") from error
