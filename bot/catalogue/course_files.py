"""Read the folders of courses: `course.md` with its list of lessons, and the lessons beside it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from markdown_it.tree import SyntaxTreeNode

from bot.catalogue.front_matter import FrontMatter
from bot.catalogue.lesson_files import Message
from bot.catalogue.lesson_reader import read_lesson
from bot.catalogue.lesson_source import CardSource, LessonSource, Linked
from bot.catalogue.markdown import first_line, front_matter_of, tree
from bot.catalogue.text_files import read_text
from bot.core.question import Problem

COURSE_FILE = "course.md"
# Folders beside the courses, which no learner is offered.
NOT_COURSES = frozenset({"templates", "help"})
COURSE_TEXTS = ("title", "summary")


@dataclass(frozen=True, slots=True)
class CourseSource:
    """What `course.md` holds: its keys, and the lessons in their order."""

    front: FrontMatter
    links: tuple[Linked, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def id(self) -> str:
        """The id of the course, as written."""
        return self.front.text("id")

    @property
    def gain(self) -> tuple[str, ...]:
        """The questions to be asked before and after the course, as written."""
        named = self.front.values.get("gain", ())
        return (named,) if isinstance(named, str) else named


@dataclass(frozen=True, slots=True)
class LessonFile:
    """A lesson and its path below the content folder."""

    path: str
    source: LessonSource


@dataclass(frozen=True, slots=True)
class CourseFolder:
    """A course as it lies in its folder. `lessons` are in the order of `course.md`; `strays` are not in it."""

    name: str
    source: CourseSource
    lessons: tuple[LessonFile, ...]
    strays: tuple[LessonFile, ...] = ()

    @property
    def path(self) -> str:
        """The path of `course.md` below the content folder."""
        return f"{self.name}/{COURSE_FILE}"

    def files(self) -> tuple[LessonFile, ...]:
        """Return every lesson file of the folder."""
        return self.lessons + self.strays


def course_names(content: Path) -> tuple[str, ...]:
    """Return the folders that are courses: those with a `course.md`."""
    if not content.is_dir():
        return ()
    folders = [entry for entry in content.iterdir() if entry.name not in NOT_COURSES and entry.is_dir()]
    return tuple(sorted(entry.name for entry in folders if (entry / COURSE_FILE).is_file()))


def read_course(content: Path, name: str) -> CourseFolder:
    """Return a course with all its lessons; what cannot be read comes back as problems."""
    source = _course_source(content, f"{name}/{COURSE_FILE}")
    there = {path.name for path in (content / name).glob("*.md")} - {COURSE_FILE, "README.md"}
    listed = [link.path for link in dict.fromkeys(source.links) if link.path in there]
    lessons = [_lesson_file(content, f"{name}/{file}") for file in dict.fromkeys(listed)]
    strays = [_lesson_file(content, f"{name}/{file}") for file in sorted(there - set(listed))]
    return CourseFolder(name, source, tuple(lessons), tuple(strays))


def lessons_with(course: CourseFolder, name: str) -> tuple[tuple[LessonFile, CardSource], ...]:
    """Return every question of a course that is meant by `question` or by `lesson/question`."""
    lesson_id, _, question_id = name.rpartition("/")
    return tuple(
        (file, card)
        for file in course.lessons
        if lesson_id in {"", file.source.id}
        for card in file.source.cards
        if card.is_question() and card.question_id() == question_id
    )


def gain_of(course: CourseFolder) -> tuple[str, ...]:
    """Return the questions to be asked before and after a course, each as `lesson/question`."""
    found = [match for name in course.source.gain for match in lessons_with(course, name)[:1]]
    return tuple(f"{file.source.id}/{card.question_id()}" for file, card in found)


def course_messages(source: CourseSource) -> tuple[Message, ...]:
    """Return the texts of `course.md` that translators get."""
    front = source.front
    return tuple(
        Message(f"{source.id}/{key}", front.text(key), front.line(key)) for key in COURSE_TEXTS if front.text(key)
    )


def read_course_text(text: str) -> CourseSource:
    """Return what `course.md` says."""
    root = tree(text)
    front = front_matter_of(root)
    links: list[Linked] = []
    problems = list(front.problems)
    for node in root.children:
        if node.type == "bullet_list":
            for entry in node.children:
                link = _link(entry)
                if link:
                    links.append(link)
                else:
                    problems.append(_no_link(first_line(entry)))
        elif node.type != "front_matter":
            problems.append(_no_link(first_line(node)))
    return CourseSource(front, tuple(links), tuple(problems))


def _course_source(content: Path, path: str) -> CourseSource:
    text = read_text(content / path, content)
    if isinstance(text, Problem):
        return CourseSource(FrontMatter(), problems=(text,))
    return read_course_text(text)


def _lesson_file(content: Path, path: str) -> LessonFile:
    text = read_text(content / path, content)
    if isinstance(text, Problem):
        return LessonFile(path, LessonSource("", FrontMatter(), problems=(text,)))
    return LessonFile(path, read_lesson(text))


def _link(entry: SyntaxTreeNode) -> Linked | None:
    paragraph = entry.children[0] if len(entry.children) == 1 else None
    if paragraph is None or paragraph.type != "paragraph":
        return None
    parts = paragraph.children[0].children
    if len(parts) != 1 or parts[0].type != "link":
        return None
    title = "".join(child.content for child in parts[0].children)
    return Linked(unquote(str(parts[0].attrs.get("href", ""))), title, first_line(entry))


def _no_link(line: int) -> Problem:
    return Problem(
        "E108", line, "A course file holds one list of links and nothing else.", "Write `- [Title](01-name.md)`."
    )
