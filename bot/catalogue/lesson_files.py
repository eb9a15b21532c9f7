"""Build lessons from their parse tree, in any language.

The English file alone says which cards there are and which answers are right; a translation only replaces texts.
Extraction for translators and display for learners walk the same way through here, so they cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from posixpath import normpath

from bot.catalogue.languages import SOURCE
from bot.catalogue.lesson_source import CardSource, LessonSource
from bot.core.course import ActionCard, Audience, Card, InfoCard, Lesson, Paragraph, QuestionCard
from bot.core.messages import Picture
from bot.core.question import Question, QuestionSource
from bot.core.question_types import QUESTION_TYPES

# Given a context such as `osh-04#q-which/option` and the English text, returns what to show.
Lookup = Callable[[str, str], str]

FRONT_TEXTS = ("title", "objective", "owner")


@dataclass(frozen=True, slots=True)
class Message:
    """One text for translators: its context, its English, its line, and what they are told about it."""

    context: str
    text: str
    line: int
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is looked up by."""
        return self.context, self.text


@dataclass(frozen=True, slots=True)
class Edition:
    """A lesson's source in one language: where it belongs, and how its texts are looked up."""

    course_id: str
    folder: str
    language: str = SOURCE
    version: str = ""
    draft: bool = False
    lookup: Lookup = lambda _context, text: text


def build_lesson(source: LessonSource, edition: Edition) -> Lesson:
    """Return the lesson of a sound file in the language of an edition."""
    front = source.front
    shown = {key: _front_text(source, key, edition.lookup) for key in FRONT_TEXTS}
    return Lesson(
        id=source.id,
        course_id=edition.course_id,
        language=edition.language,
        version=edition.version,
        title=shown["title"],
        objective=shown["objective"],
        audience=Audience(front.text("audience")),
        minutes=int(front.text("minutes")),
        is_sensitive=is_sensitive(source),
        owner_line=shown["owner"],
        cards=tuple(_build_card(source.id, card, edition) for card in source.cards),
        sources=tuple(note.text for note in source.footnotes.values()),
        draft=edition.draft,
    )


def is_sensitive(source: LessonSource) -> bool:
    """Say whether a lesson is about a serious subject."""
    return source.front.text("sensitivity") == "sensitive"


def messages(source: LessonSource) -> tuple[Message, ...]:
    """Return every text of a sound lesson that translators get, each once, in the order of the file."""
    places = _places(source)
    found: dict[tuple[str, str], Message] = {}

    def record(context: str, text: str) -> str:
        line, notes = places.get((context, text), (1, ()))
        found.setdefault((context, text), Message(context, text, line, notes))
        return text

    build_lesson(source, Edition("", "", lookup=record))
    return tuple(found.values())


def question_source(card: CardSource) -> QuestionSource:
    """Return a card in the form in which the kinds of question read it."""
    headings, tips = card.of("heading"), card.of("tip")
    return QuestionSource(
        id=card.question_id(),
        line=headings[0].line if headings else card.line,
        heading=headings[0].text if headings else "",
        paragraphs=tuple(passage.text for passage in card.of("text")),
        options=card.options,
        tip=" ".join(passage.text for passage in tips) or None,
        directives={key: value for key, value in card.directives.items() if key not in {"id", "audio"}},
    )


def kind_of(source: QuestionSource) -> type[Question] | None:
    """Return the kind of question that claims a card."""
    return next((kind for kind in QUESTION_TYPES if kind.claims(source)), None)


def picture_path(folder: str, path: str) -> str | None:
    """Return the path of a picture below the content folder, or None if it would lead out of the course's folder."""
    joined = normpath(f"{folder}/{path}")
    inside = joined.startswith(f"{folder}/") and not path.startswith("/") and ":" not in path and "\\" not in path
    return joined if inside else None


def _front_text(source: LessonSource, key: str, lookup: Lookup) -> str:
    text = source.front.text(key)
    return lookup(f"{source.id}/{key}", text) if text else ""


def _build_card(lesson_id: str, card: CardSource, edition: Edition) -> Card:
    if card.is_action():
        action = card.of("action")[0]
        return ActionCard(edition.lookup(f"{lesson_id}/action", action.text), card.line)
    if card.is_question():
        return QuestionCard(_build_question(lesson_id, card, edition), card.line)
    heading = card.of("heading")[0]
    return InfoCard(
        heading=edition.lookup(f"{lesson_id}/heading", heading.text),
        paragraphs=tuple(
            Paragraph(edition.lookup(f"{lesson_id}/text", passage.text), passage.bullet) for passage in card.of("text")
        ),
        picture=_build_picture(lesson_id, card, edition),
        line=card.line,
    )


def _build_picture(lesson_id: str, card: CardSource, edition: Edition) -> Picture | None:
    if not card.pictures:
        return None
    picture = card.pictures[0]
    path = picture_path(edition.folder, picture.path)
    return Picture(path, edition.lookup(f"{lesson_id}/alt", picture.alt)) if path else None


def _build_question(lesson_id: str, card: CardSource, edition: Edition) -> Question:
    source = question_source(card)
    kind = kind_of(source)
    if kind is None:
        raise ValueError("No kind of question claims the card.")
    question = kind.from_source(source, SOURCE)
    context = f"{lesson_id}#{source.id}"
    return question.translated(lambda part, text: edition.lookup(f"{context}/{part}", text), edition.language)


def _places(source: LessonSource) -> Mapping[tuple[str, str], tuple[int, tuple[str, ...]]]:
    """Map context and text to the line of its first appearance and all notes of its appearances."""
    places: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {
        (f"{source.id}/{key}", source.front.text(key)): (source.front.line(key), ()) for key in FRONT_TEXTS
    }
    for card in source.cards:
        context = f"{source.id}#{card.question_id()}" if card.is_question() else source.id
        for passage in card.passages:
            key = (f"{context}/{passage.kind}", passage.text)
            line, notes = places.get(key, (passage.line, ()))
            places[key] = (line, notes + passage.notes)
    return places
