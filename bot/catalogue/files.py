"""The catalogue of the files in `content/` and `locales/`. What is broken never replaces what is sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import structlog

from bot.catalogue.checker import errors
from bot.catalogue.command_words import CommandWords
from bot.catalogue.command_words import command_words as words_of
from bot.catalogue.countries import countries, known_country
from bot.catalogue.help_cards import NO_COUNTRY
from bot.catalogue.languages import SOURCE, described, offered, suggested
from bot.catalogue.media import media_file
from bot.catalogue.months import months
from bot.catalogue.stock import Stock, read_stock, signature
from bot.catalogue.text_files import Folders
from bot.catalogue.translations import Translations, rebuilt
from bot.catalogue.translator import GettextTranslator
from bot.catalogue.weekdays import weekdays
from bot.core.course import Course, HelpCard, Language, Lesson, Library
from bot.core.errors import ContentProblem
from bot.core.messages import Phrase
from bot.core.question import Problem
from bot.ports import Clock, FileProblem
from bot.rows import KeptLesson

log = structlog.get_logger()

_MOST_REBUILT = 500


@dataclass(frozen=True, slots=True)
class House:
    """Who runs this, and how well a translation must have been read before it is served."""

    provider: str = "Teabreak"
    run_by_employer: bool = False
    is_demo: bool = False
    bar: str = "machine"


class Files:
    """Courses, languages and help cards, frozen as they were when all of it was last sound."""

    def __init__(self, folders: Folders, house: House, *, command_words: Mapping[Any, Phrase], clock: Clock) -> None:
        self._folders = folders
        self._house = house
        self._commands: CommandWords = {str(command): phrase for command, phrase in command_words.items()}
        self._clock = clock
        self._broken: tuple[FileProblem, ...] = ()
        self._rebuilt: dict[str, Lesson] = {}
        self._seen = signature(folders)
        stock = read_stock(folders)
        self._broken = errors(stock, self._commands, self._today())
        self._state = _State(_without_broken(stock, self._broken), house, self._commands)
        if not self._state.courses(SOURCE):
            raise _nothing_sound(folders, self._broken)
        self.translator = GettextTranslator(self._state.stock.interface_tables())

    def library(self, language: str, *, country: str | None, hint: str | None) -> Library:
        """Return what the core may read for a person of this language and country."""
        return self._state.library(language, known_country(country), hint, self._today())

    def keep(self, version: str) -> KeptLesson | None:
        """Return what must be kept so that this version can be read later, if it stands in the catalogue now."""
        return self._state.kept.get(version)

    def rebuild(self, kept: KeptLesson) -> Lesson:
        """Return the lesson of a version that was kept."""
        if kept.version not in self._rebuilt:
            if len(self._rebuilt) >= _MOST_REBUILT:
                self._rebuilt.clear()
            self._rebuilt[kept.version] = rebuilt(kept, self._state.folder(kept.course_id))
        return self._rebuilt[kept.version]

    def courses(self, language: str) -> tuple[Course, ...]:
        """Return all courses in their default order, each lesson in the language or its fallback."""
        return self._state.courses(self._state.spoken(language))

    def languages(self) -> tuple[Language, ...]:
        """Return the languages people may choose."""
        return self._state.languages

    def media(self, path: str, language: str) -> Path | None:
        """Return the file of a picture, in the language's own form where there is one."""
        return media_file(self._folders.content, path, language)

    def reload(self) -> Sequence[FileProblem]:
        """Read everything again and swap it in if it is sound; return the errors that kept the old state."""
        before = self._seen = signature(self._folders)
        stock = read_stock(self._folders)
        found = errors(stock, self._commands, self._today())
        if not found and not stock.courses:
            found = (_problem(self._folders.content, "There is no course.", "Put the folders back."),)
        if before != signature(self._folders):
            found = (_problem(self._folders.content, "A file changed while it was read.", "Read it again."), *found)
        self._broken = found
        if found:
            log.warning("catalogue.refused", errors=len(found), first=found[0].path, line=found[0].problem.line)
            return found
        self._state = _State(stock, self._house, self._commands)
        self._rebuilt = {}
        self.translator.use(stock.interface_tables())
        return ()

    def has_changed(self) -> bool:
        """Say whether a file changed since the last look, without reading any."""
        return signature(self._folders) != self._seen

    def broken(self) -> Sequence[FileProblem]:
        """Return the errors of the last reload that was refused, or of what was left out at the start."""
        return self._broken

    def _today(self) -> date:
        return self._clock.now().date()


class _State:
    """Everything that is served, made from one stock and never changed; only what is asked for again is remembered."""

    def __init__(self, stock: Stock, house: House, commands: CommandWords) -> None:
        self.stock = stock
        self._house = house
        self._words, _ = words_of(commands, stock)
        self._codes = stock.offered(house.bar)
        self.languages = tuple(described(code) for code in self._codes)
        translations = Translations(stock, house.bar)
        self._courses = {
            code: tuple(
                sorted((translations.course(course, code) for course in stock.courses), key=lambda c: (c.order, c.id))
            )
            for code in self._codes
        }
        self._translations = translations
        self.kept = {served.kept.version: served.kept for served in translations.served()}
        self._cards: dict[tuple[str, str, date], HelpCard | None] = {}
        self._libraries: dict[tuple[str, str | None, str | None, date], Library] = {}

    def spoken(self, language: str) -> str:
        return language if language in self._courses else offered(language, self._codes) or SOURCE

    def courses(self, language: str) -> tuple[Course, ...]:
        return self._courses[language]

    def folder(self, course_id: str) -> str:
        return next((course.name for course in self.stock.courses if course.source.id == course_id), course_id)

    def library(self, language: str, country: str | None, hint: str | None, today: date) -> Library:
        """Return the library of one kind of person; there are few kinds, and each is made once a day."""
        spoken, guess = self.spoken(language), offered(hint, self._codes)
        key = (spoken, country, guess, today)
        if key not in self._libraries:
            if self._libraries and next(iter(self._libraries))[-1] != today:
                self._libraries = {}
            self._libraries[key] = Library(
                language=spoken,
                courses=self._courses[spoken],
                languages=self.languages,
                suggested=suggested(guess, country, self._codes),
                words=self._words,
                originals=self._courses[SOURCE],
                countries=countries(spoken, self._codes),
                weekdays=weekdays(spoken),
                months=months(spoken),
                help_card=self._help_card(country, spoken, today),
                provider=self._house.provider,
                run_by_employer=self._house.run_by_employer,
                is_demo=self._house.is_demo,
            )
        return self._libraries[key]

    def _help_card(self, country: str | None, language: str, today: date) -> HelpCard | None:
        """Return the card of a country while it is fresh, else the one without numbers."""
        live = {card.country: card for card in self.stock.help_cards if not card.is_expired(today)}
        source = live.get(country or NO_COUNTRY) or live.get(NO_COUNTRY)
        return self._translations.help_card(source, language) if source else None


def _without_broken(stock: Stock, found: Sequence[FileProblem]) -> Stock:
    """Leave out the courses and help cards with an error, for a start that has nothing older to serve."""
    broken = {problem.path for problem in found}
    courses = tuple(
        course
        for course in stock.courses
        if broken.isdisjoint(map(stock.content_path, (course.path, *(file.path for file in course.files()))))
    )
    cards = tuple(card for card in stock.help_cards if stock.content_path(card.path) not in broken)
    return replace(stock, courses=courses, help_cards=cards)


def _nothing_sound(folders: Folders, found: Sequence[FileProblem]) -> ContentProblem:
    first = str(found[0]) if found else f"{folders.content} holds no course."
    return ContentProblem(f"There is no sound course. {first}", "Run `teabreak check`.")


def _problem(path: Path, message: str, hint: str) -> FileProblem:
    return FileProblem(str(path), Problem("E100", 1, message, hint))
