"""Everything that lies in both folders, read once; the checker judges it, and the catalogue serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.catalogue.course_files import CourseFolder, course_names, read_course
from bot.catalogue.help_cards import HelpSource, read_help_cards
from bot.catalogue.languages import SOURCE, is_language
from bot.catalogue.po_files import HELP, INTERFACE, PoFile, read_po_file
from bot.catalogue.text_files import Folders, shown

# A language is offered when this share of the bot's own phrases is translated.
ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Stock:
    """Courses, help cards and catalogues as they were read, with all their problems.

    `languages` are the folders of `locales/`; `foreign` are folders there whose name is no language.
    """

    folders: Folders
    courses: tuple[CourseFolder, ...] = ()
    help_cards: tuple[HelpSource, ...] = ()
    languages: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    catalogues: Mapping[tuple[str, str], PoFile] = field(default_factory=dict)

    def content_path(self, path: str) -> str:
        """Return a path below the content folder as people are told it."""
        return shown(self.folders.content / path)

    def locales_path(self, path: str) -> str:
        """Return a path below the folder of translations as people are told it."""
        return shown(self.folders.locales / path)

    def interface_tables(self) -> Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]]:
        """Return what is translated of the bot's own phrases, by language."""
        return {language: po.usable for (language, domain), po in self.catalogues.items() if domain == INTERFACE}

    def offered(self, bar: str) -> tuple[str, ...]:
        """Return the languages people may choose: English, and those whose interface is complete enough."""
        return (SOURCE, *(language for language in self.languages if self._speaks(language, bar)))

    def _speaks(self, language: str, bar: str) -> bool:
        po = self.catalogues.get((language, INTERFACE))
        if language == SOURCE or po is None or not po.entries or not po.review.reaches(bar):
            return False
        return len(po.usable) >= ENOUGH * len(po.entries)


def read_stock(folders: Folders, *, only: str | None = None) -> Stock:
    """Read both folders; `only` names the folder of a single course, which may be one that is not offered."""
    content, locales = folders.content, folders.locales
    names = (only,) if only else course_names(content)
    courses = tuple(read_course(content, name) for name in names)
    found = sorted(entry.name for entry in locales.iterdir() if _is_folder(entry)) if locales.is_dir() else []
    languages = tuple(name for name in found if is_language(name))
    catalogues: dict[tuple[str, str], PoFile] = {}
    for language in languages:
        for domain in (INTERFACE, HELP, *(course.source.id for course in courses if course.source.id)):
            po = read_po_file(locales, language, domain)
            if po is not None:
                catalogues[language, domain] = po
    foreign = tuple(name for name in found if name not in languages)
    return Stock(folders, courses, read_help_cards(content), languages, foreign, catalogues)


def signature(folders: Folders) -> frozenset[tuple[str, int, int]]:
    """Return what tells two states of the folders apart, so that a file half written is noticed."""
    files = [*folders.content.rglob("*.md"), *folders.locales.rglob("*.po")]
    found = [(path.as_posix(), path.stat()) for path in files if path.is_file()]
    return frozenset((name, state.st_mtime_ns, state.st_size) for name, state in found)


def _is_folder(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith((".", "_"))
