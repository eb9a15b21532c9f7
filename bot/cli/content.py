"""`check` and `translate …`: what authors and translators use. None of it needs a database."""

import os
from datetime import date
from pathlib import Path

from bot.catalogue.text_files import Folders
from bot.cli import check as checking
from bot.cli import translate
from bot.clock import SystemClock
from bot.settings import read_settings


def _folders() -> Folders:
    settings = read_settings(dict(os.environ))
    return Folders(settings.content, settings.locales)


def _today() -> date:
    return SystemClock().now().date()


def check(path: Path | None = None, /, *, json: bool = False) -> int:
    """Find every mistake in lessons and translations.

    Parameters
    ----------
    path
        A folder of courses, one course, or one file. Everything, if left out.
    json
        Print JSON.
    """
    return checking.check(path, _folders(), today=_today(), json=json)


def extract() -> int:
    """Collect all texts into build/locales."""
    return translate.extract(_folders(), today=_today())


def update() -> int:
    """Bring every translation up to date with the texts."""
    return translate.update(_folders(), today=_today())


def new(language: str, /) -> int:
    """Begin a language.

    Parameters
    ----------
    language
        Its code, such as fr, st or pt_BR.
    """
    return translate.new(language, _folders(), today=_today())


def coverage(*, json: bool = False) -> int:
    """Tell what is translated, by course and language.

    Parameters
    ----------
    json
        Print JSON.
    """
    bar = read_settings(dict(os.environ)).translation_bar.value
    return translate.coverage(_folders(), today=_today(), bar=bar, json=json)
