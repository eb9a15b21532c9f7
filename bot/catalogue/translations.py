"""Lessons in other languages: whole or not at all, along the chain of languages, by who has read the translation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.catalogue.course_files import CourseFolder, LessonFile, course_messages, gain_of
from bot.catalogue.help_cards import HelpSource, build_help_card, help_messages
from bot.catalogue.languages import SOURCE, chain
from bot.catalogue.lesson_files import Edition, Lookup, Message, build_lesson, is_sensitive, messages
from bot.catalogue.lesson_reader import read_lesson
from bot.catalogue.po_files import HELP, PoFile, Review
from bot.catalogue.stock import Stock
from bot.core.course import Audience, Course, HelpCard, Lesson
from bot.rows import KeptLesson

# As in gettext's own files: what is between a context and its text.
SEPARATOR = "\x04"


@dataclass(frozen=True, slots=True)
class Served:
    """A lesson as it is served, with what must be kept to read it again."""

    lesson: Lesson
    kept: KeptLesson


class Translations:
    """What can be served of one stock, under one bar for reviews."""

    def __init__(self, stock: Stock, bar: str) -> None:
        self._stock = stock
        self._bar = bar
        self._messages = {file.path: messages(file.source) for course in stock.courses for file in course.lessons}
        self._served: dict[tuple[str, str], Served] = {}

    def messages(self, file: LessonFile) -> tuple[Message, ...]:
        """Return the texts of a lesson that translators get."""
        return self._messages[file.path]

    def lesson(self, course: CourseFolder, file: LessonFile, language: str) -> Served:
        """Return a lesson in the first language of the chain that has all of it."""
        wanted = self._messages[file.path]
        bar = Review.NATIVE if is_sensitive(file.source) else self._bar
        spoken, po = self._first(language, course.source.id, wanted, bar)
        key = (file.path, spoken)
        if key not in self._served:
            self._served[key] = _served(course, file, wanted, po)
        return self._served[key]

    def editions(self, course: CourseFolder, file: LessonFile, languages: Sequence[str]) -> tuple[Lesson, ...]:
        """Return a lesson in English and in each of these languages that has all of it."""
        found = [self.lesson(course, file, language).lesson for language in (SOURCE, *languages)]
        return tuple({lesson.language: lesson for lesson in found}.values())

    def course(self, course: CourseFolder, language: str) -> Course:
        """Return a course for people of one language."""
        front = course.source.front
        _, po = self._first(language, course.source.id, course_messages(course.source), self._bar)
        look_up = _lookup(po)
        return Course(
            id=course.source.id,
            language=language,
            title=look_up(f"{course.source.id}/title", front.text("title")),
            summary=look_up(f"{course.source.id}/summary", front.text("summary")),
            order=int(front.text("order")),
            audience=Audience(front.text("audience")),
            lessons=tuple(self.lesson(course, file, language).lesson for file in course.lessons),
            gain=gain_of(course),
        )

    def help_card(self, source: HelpSource, language: str) -> HelpCard:
        """Return a help card in the first language of the chain that has all of it."""
        spoken, po = self._first(language, HELP, help_messages(source), self._bar)
        return build_help_card(source, spoken, _lookup(po))

    def served(self) -> tuple[Served, ...]:
        """Return every lesson that was asked for, in each language it is served in."""
        return tuple(self._served.values())

    def _first(self, language: str, domain: str, wanted: tuple[Message, ...], bar: str) -> tuple[str, PoFile | None]:
        for code in chain(language):
            po = self._stock.catalogues.get((code, domain))
            if code != SOURCE and po and po.review.reaches(bar) and all(text.key in po.usable for text in wanted):
                return code, po
            if code == SOURCE:
                break
        return SOURCE, None


def rebuilt(kept: KeptLesson, folder: str) -> Lesson:
    """Return a lesson in the version that was kept."""
    return build_lesson(read_lesson(kept.source), _edition(kept, folder))


def _served(course: CourseFolder, file: LessonFile, wanted: tuple[Message, ...], po: PoFile | None) -> Served:
    language = po.language if po else SOURCE
    used = {SEPARATOR.join(text.key): po.usable[text.key][0] for text in wanted} if po else {}
    kept = KeptLesson(
        version=_version(file.source.text, language, used),
        course_id=course.source.id,
        lesson_id=file.source.id,
        language=language,
        source=file.source.text,
        messages=used,
        draft=po is not None and po.review is Review.MACHINE,
    )
    return Served(build_lesson(file.source, _edition(kept, course.name)), kept)


def _edition(kept: KeptLesson, folder: str) -> Edition:
    return Edition(kept.course_id, folder, kept.language, kept.version, kept.draft, _kept_lookup(kept.messages))


def _kept_lookup(used: Mapping[str, str]) -> Lookup:
    return lambda context, text: used.get(f"{context}{SEPARATOR}{text}", text)


def _lookup(po: PoFile | None) -> Lookup:
    if po is None:
        return lambda _context, text: text
    return lambda context, text: po.usable[context, text][0]


def _version(text: str, language: str, used: Mapping[str, str]) -> str:
    digest = sha256(f"{language}\n{text}".encode())
    for key, translation in sorted(used.items()):
        digest.update(f"\0{key}\0{translation}".encode())
    return digest.hexdigest()[:16]
