"""`teabreak translate`: the round trip with translators. Extract, begin a language, update, see how far it is."""

import json as json_format
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from babel.messages.catalog import Catalog
from rich.console import Console
from rich.table import Table

from bot.catalogue.checker import errors
from bot.catalogue.coverage import Coverage
from bot.catalogue.coverage import coverage as covered
from bot.catalogue.extraction import content_templates, interface_template
from bot.catalogue.languages import SOURCE, is_language
from bot.catalogue.po_writing import new_catalogue, update_catalogue, write_template
from bot.catalogue.stock import Stock, read_stock
from bot.catalogue.text_files import Folders, shown
from bot.core.errors import ContentProblem

CODE = Path(__file__).resolve().parents[1]
TEMPLATES = Path("build") / "locales"


def extract(folders: Folders, *, today: date, into: Path = TEMPLATES) -> int:
    """Write one template for the interface, one for the help cards, and one for each course."""
    for domain, template in templates(folders, today).items():
        write_template(into / f"{domain}.pot", template)
        _say(f"{shown(into / domain)}.pot  {len(template)} messages")
    return 0


def update(folders: Folders, *, today: date, into: Path = TEMPLATES) -> int:
    """Bring every catalogue up to date; what changed a little waits as fuzzy for a translator."""
    found = templates(folders, today)
    for domain, template in found.items():
        write_template(into / f"{domain}.pot", template)
    for language in read_stock(folders).languages:
        for domain, template in found.items():
            path = update_catalogue(folders.locales, language, domain, template)
            _say(
                f"{language}: {domain} has no catalogue; `translate new {language}` makes it"
                if path is None
                else shown(path)
            )
    return 0


def new(language: str, folders: Folders, *, today: date) -> int:
    """Begin a language: an empty catalogue for each template, with the right plural forms. What is there stays."""
    if not is_language(language) or language == SOURCE:
        raise ContentProblem("This is no code of a language to translate into.", "Use a code such as fr, st or pt_BR.")
    made = [new_catalogue(folders.locales, language, *found) for found in templates(folders, today).items()]
    for path in made:
        if path:
            _say(shown(path))
    if not any(made):
        _say("All catalogues of this language are there already.")
    return 0


def coverage(folders: Folders, *, today: date, bar: str, json: bool = False) -> int:
    """Print how much of each course is translated and served in each language."""
    rows = covered(_sound(folders, today), bar)
    if json:
        sys.stdout.write(json_format.dumps([asdict(row) for row in rows], indent=2) + "\n")
    else:
        _print_table(rows)
    return 0


def templates(folders: Folders, today: date) -> Mapping[str, Catalog]:
    """Return what translators get, by the name of its catalogue."""
    stock = _sound(folders, today)
    return {**interface_template(CODE, CODE.parent), **content_templates(stock)}


def _sound(folders: Folders, today: date) -> Stock:
    stock = read_stock(folders)
    found = [problem for problem in errors(stock, {}, today) if problem.path.endswith(".md")]
    if found:
        raise ContentProblem(f"The lessons have errors. {found[0]}", "Run `teabreak check`.")
    if not stock.courses:
        raise ContentProblem(f"{shown(folders.content)} holds no course.", "Name the folder with CONTENT_DIR.")
    return stock


def _print_table(rows: Sequence[Coverage]) -> None:
    table = Table("course", "language", box=None)
    for name in ("lessons", "messages", "translated", "fuzzy", "served"):
        table.add_column(name, justify="right")
    for row in rows:
        numbers = (row.lessons, row.messages, row.translated, row.fuzzy, row.served)
        table.add_row(row.course, row.language, *map(str, numbers))
    Console().print(table)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
