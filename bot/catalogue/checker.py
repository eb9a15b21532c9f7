"""Every authoring error of lessons and translations in one run, each with its file, its line and a hint."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.catalogue.checks.bundle import sent_lengths
from bot.catalogue.checks.catalogues import catalogue
from bot.catalogue.checks.front import course_front, lesson_front, strays
from bot.catalogue.checks.gain import gain
from bot.catalogue.checks.media import media
from bot.catalogue.checks.questions import places_of_right_options, questions
from bot.catalogue.checks.sources import help_card, sources
from bot.catalogue.checks.structure import structure
from bot.catalogue.checks.wording import wording
from bot.catalogue.command_words import CommandWords, command_words
from bot.catalogue.course_files import CourseFolder, LessonFile
from bot.catalogue.help_cards import NO_COUNTRY
from bot.catalogue.history import History
from bot.catalogue.lesson_files import is_sensitive
from bot.catalogue.po_files import INTERFACE, Entry, PoFile, Review, po_path
from bot.catalogue.stock import Stock
from bot.catalogue.text_files import shown
from bot.catalogue.translations import Translations
from bot.catalogue.translator import GettextTranslator
from bot.core.question import Problem
from bot.ports import FileProblem

Found = Iterator[tuple[str, Problem]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a check needs to know beside the files: the commands, the day, and what git remembers."""

    commands: CommandWords
    today: date
    history: History | None = None


def problems(stock: Stock, inspection: Inspection) -> tuple[FileProblem, ...]:
    """Return everything that is wrong, by file and line."""
    words, _ = command_words(inspection.commands, stock)
    content = [*_courses(stock, words, inspection), *_help(stock, inspection)]
    broken = {path for path, problem in content if problem.code.startswith("E")}
    found = [FileProblem(stock.content_path(path), problem) for path, problem in content]
    locales = [*_catalogues(stock, words), *_clashes(stock, inspection), *_foreign(stock)]
    found += [FileProblem(path, problem) for path, problem in (*locales, *_lengths(stock, broken))]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.path, one.problem.line, one.problem.code)))


def errors(stock: Stock, commands: CommandWords, today: date) -> tuple[FileProblem, ...]:
    """Return only what keeps a file from being served, without asking git."""
    found = problems(stock, Inspection(commands, today))
    return tuple(problem for problem in found if problem.problem.code.startswith("E"))


def _courses(stock: Stock, words: Mapping[str, str], inspection: Inspection) -> Found:
    for course in stock.courses:
        yield from ((course.path, problem) for problem in course_front(course))
        yield from ((course.path, problem) for problem in places_of_right_options(course))
        yield from ((course.path, problem) for problem in gain(course))
        yield from strays(course)
        for file in course.files():
            yield from ((file.path, problem) for problem in _lesson(stock, file, words, inspection))
    yield from _ids(stock.courses, inspection.history)


def _lesson(stock: Stock, file: LessonFile, words: Mapping[str, str], inspection: Inspection) -> Iterator[Problem]:
    source = file.source
    yield from source.problems
    if not source.cards:
        return
    yield from lesson_front(file)
    yield from structure(source)
    yield from questions(source, words)
    yield from wording(source)
    yield from media(file, stock.folders.content)
    changed_on = inspection.history.changed_on.get(file.path) if inspection.history else None
    yield from sources(source, changed_on, inspection.today)
    if is_sensitive(source) and not any(card.country == NO_COUNTRY for card in stock.help_cards):
        hint = "Write content/help/none.md."
        yield Problem("E701", source.front.line("sensitivity"), "A sensitive lesson has no help card.", hint)


def _ids(courses: Iterable[CourseFolder], history: History | None) -> Found:
    owners = [(course.path, course.source.front) for course in courses]
    owners += [(file.path, file.source.front) for course in courses for file in course.files()]
    times = Counter(front.text("id") for _, front in owners)
    for path, front in owners:
        line, found = front.line("id"), front.text("id")
        if found and times[found] > 1:
            yield path, Problem("E106", line, "The id is used twice.", "Give each course and lesson its own.")
        before = history.ids.get(path) if history else None
        if found and before and before != found:
            hint = f"Write `id: {before}`: what people have done is kept under it."
            yield path, Problem("E107", line, "The id was changed after it was committed.", hint)


def _help(stock: Stock, inspection: Inspection) -> Found:
    for source in stock.help_cards:
        yield from ((source.path, problem) for problem in help_card(source, inspection.today))


def _catalogues(stock: Stock, words: Mapping[str, str]) -> Found:
    for (_, domain), po in stock.catalogues.items():
        path = stock.locales_path(po.path)
        yield from ((path, problem) for problem in catalogue(po, words, domain=domain))


def _clashes(stock: Stock, inspection: Inspection) -> Found:
    _, clashes = command_words(inspection.commands, stock)
    phrases = {(phrase.context or "", phrase.text) for phrase in inspection.commands.values()}
    for clash in clashes:
        for language in clash.languages:
            po = stock.catalogues.get((language, INTERFACE))
            entries = po.entries if po else ()
            line = next((entry.line for entry in entries if entry.key in phrases and clash.word in entry.strings[0]), 1)
            message = f"“{clash.word}” means two commands: {' and '.join(clash.commands)}."
            path = shown(po_path(stock.folders.locales, language, INTERFACE))
            yield path, Problem("E316", line, message, "Keep it for one of them.")


def _foreign(stock: Stock) -> Found:
    for name in stock.foreign:
        hint = "Use a code such as `fr`, `st` or `pt_BR`."
        yield stock.locales_path(name), Problem("E807", 1, "The folder's name is no language.", hint)


def _lengths(stock: Stock, broken: set[str]) -> Found:
    """Measure sound lessons in English and in each language that has them whole, reviewed or not."""
    translator = GettextTranslator(stock.interface_tables())
    sound = tuple(course for course in stock.courses if _is_sound(course, broken))
    translations = Translations(Stock(stock.folders, sound, catalogues=stock.catalogues), Review.NONE)
    for course in sound:
        for file in course.lessons:
            for lesson in translations.editions(course, file, stock.languages):
                po = stock.catalogues.get((lesson.language, course.source.id))
                for problem in sent_lengths(lesson, translator):
                    yield _placed(stock, file, po, problem)


def _placed(stock: Stock, file: LessonFile, po: PoFile | None, problem: Problem) -> tuple[str, Problem]:
    """Return where a length can be mended: in the lesson, or where a translation of the card begins."""
    if po is None:
        return stock.content_path(file.path), problem
    card = next(card for card in file.source.cards if card.line == problem.line)
    texts = {passage.text for passage in card.passages}
    lines = [entry.line for entry in po.entries if entry.ids[0] in texts and _is_of(entry, file)]
    return stock.locales_path(po.path), replace(problem, line=min(lines, default=1))


def _is_of(entry: Entry, file: LessonFile) -> bool:
    return entry.context.startswith((f"{file.source.id}/", f"{file.source.id}#"))


def _is_sound(course: CourseFolder, broken: set[str]) -> bool:
    return broken.isdisjoint({course.path, *(file.path for file in course.files())})
