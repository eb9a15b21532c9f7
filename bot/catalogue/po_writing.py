"""Write the catalogues of translators: quiet diffs, our plural rules, and no flag that other tools stumble over."""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, denormalize, write_po

from bot.catalogue.languages import described, locale_of
from bot.catalogue.plurals import plural_forms
from bot.catalogue.po_files import INTERFACE, Review, babel_catalogue, header_block, header_pairs, po_path
from bot.catalogue.text_files import LONGEST_CATALOGUE, read_text, shown
from bot.core.errors import ContentProblem
from bot.core.question import Problem

_Key = tuple[str | None, str]

_NAMED_FORMAT = re.compile(r"%\(\w+\)[a-z]")
_FIRST_LINES = "# {language} translations of Teabreak: {domain}.\n"
# Set once and kept by translators' tools; without dates, so that a run which changes nothing changes no file.
_HEADERS = {
    "Project-Id-Version": "Teabreak",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
# Babel wraps even where it is told not to: comments, and inside the quotes of an old text.
_NO_WRAP = 1_000_000
_DATED = frozenset({"POT-Creation-Date", "Generated-By"})


def write_template(path: Path, template: Catalog) -> None:
    """Write a template, which holds English alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, template, _HEADERS, "# What translators get. Made from the lessons and the code: do not edit.\n")


def new_catalogue(locales: Path, language: str, domain: str, template: Catalog) -> Path | None:
    """Write an empty catalogue for a language, nobody's work yet; leave alone what is there, and return None."""
    path = po_path(locales, language, domain)
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = _empty(language)
    catalog.update(template, no_fuzzy_matching=True)
    comment = _FIRST_LINES.format(language=locale_of(language).english_name or described(language).name, domain=domain)
    _write(path, catalog, _headers({}, language), comment)
    return path


def update_catalogue(locales: Path, language: str, domain: str, template: Catalog) -> Path | None:
    """Bring a catalogue up to date: what changed a little becomes fuzzy and keeps its old English beside it."""
    path = po_path(locales, language, domain)
    if not path.exists():
        return None
    text = read_text(path, locales, LONGEST_CATALOGUE)
    try:
        if isinstance(text, Problem):
            raise ValueError(text.message)
        catalog, _ = babel_catalogue(text, language)
    except (ValueError, LookupError, PoFileError) as error:
        raise ContentProblem(f"{shown(path)} cannot be read.", "Run `teabreak check`.") from error
    previous = _taken_previous(catalog)
    catalog.update(template, update_creation_date=False)
    for message in catalog:
        if "fuzzy" in message.flags and not message.previous_id:
            message.previous_id = previous.get(_key(message), [])
    header = header_block(text)
    comment = text.partition(header)[0] if header else ""
    comment = "".join(line for line in comment.splitlines(keepends=True) if not line.startswith("#,"))
    _write(path, catalog, _headers(header_pairs(header), language), comment)
    return path


def _headers(before: Mapping[str, str], language: str) -> dict[str, str]:
    """Return the header a catalogue gets: what was there, in its order, and our own lines."""
    kept = {name: value for name, value in before.items() if name not in _DATED}
    ours = {"Language": language, **_HEADERS, "Plural-Forms": plural_forms(language)}
    headers = {**kept, **{name: value for name, value in ours.items() if name not in kept or name == "Plural-Forms"}}
    headers.setdefault("X-Review", Review.NONE)
    return headers


def _empty(language: str) -> Catalog:
    catalog = Catalog()
    catalog.mime_headers = [("Plural-Forms", plural_forms(language))]
    return catalog


def _write(path: Path, catalog: Catalog, headers: Mapping[str, str], comment: str) -> None:
    for message in catalog:
        _strip_false_format(message)
    body = BytesIO()
    # Code moves every day; where a text stands in a lesson is worth a line in a diff.
    is_lesson = path.stem != INTERFACE
    write_po(
        body,
        catalog,
        width=_NO_WRAP,
        omit_header=True,
        sort_by_file=True,
        include_previous=True,
        include_lineno=is_lesson,
    )
    lines = [f'"{name}: {_escaped(value)}\\n"' for name, value in headers.items()]
    header = "\n".join(['msgid ""', 'msgstr ""', *lines])
    text = f"{comment}{header}\n\n{body.getvalue().decode()}"
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def _strip_false_format(message: Message) -> None:
    """Take away the flag that Babel gives to "50 % of", and that makes `msgfmt` refuse the translation."""
    ids = (message.id,) if isinstance(message.id, str) else message.id
    if not any(_NAMED_FORMAT.search(text) for text in ids):
        message.flags.discard("python-format")


def _taken_previous(catalog: Catalog) -> dict[_Key, list[str]]:
    """Take the old English of fuzzy messages out of the comments, where Babel leaves it when it reads a file."""
    found: dict[_Key, list[str]] = {}
    for message in (*catalog, *catalog.obsolete.values()):
        lines = [line for line in message.user_comments if line.startswith("|")]
        message.user_comments = [line for line in message.user_comments if not line.startswith("|")]
        texts = [denormalize(line.partition('"')[1] + line.partition('"')[2]) for line in lines if '"' in line]
        if texts:
            found[_key(message)] = texts
    return found


def _key(message: Message) -> _Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
