"""Read a lesson file into its parse tree. It never fails: what is wrong comes back as problems."""

from markdown_it.tree import SyntaxTreeNode

from bot.catalogue.card_reader import CardReader
from bot.catalogue.lesson_source import CardSource, LessonSource, Passage
from bot.catalogue.markdown import first_line, front_matter_of, tree
from bot.core.question import Problem

_HINT = "Put an empty line above and below `---`."


def read_lesson(text: str) -> LessonSource:
    """Return the cards of a lesson file and everything that was wrong on the way."""
    root = tree(text)
    front = front_matter_of(root)
    problems: list[Problem] = list(front.problems)
    footnotes: dict[str, Passage] = {}
    body = [node for node in root.children if node.type != "front_matter"]
    cards = _cards(body, text.split("\n"), footnotes, problems)
    return LessonSource(text, front, cards, footnotes, tuple(problems))


def _cards(
    body: list[SyntaxTreeNode], rows: list[str], footnotes: dict[str, Passage], problems: list[Problem]
) -> tuple[CardSource, ...]:
    begun = first_line(body[0]) if body else 1
    reader = CardReader(begun, footnotes, problems)
    readers = [reader]
    for node in body:
        ends_card = node.type == "hr"
        if node.type == "hr":
            problems.extend(_border_problems(node, rows))
        elif node.type == "heading" and not node.markup.startswith("#"):
            ends_card = node.markup.startswith("-")
            problems.append(_underlined(node))
            reader.read_as_text(node)
        else:
            reader.read(node)
        if ends_card:
            reader = CardReader((node.map or (0, 0))[1] + 1, footnotes, problems)
            readers.append(reader)
    return tuple(reader.card() for reader in readers if not reader.holds_only_footnotes())


def _underlined(node: SyntaxTreeNode) -> Problem:
    line = (node.map or (0, 1))[1]
    if node.markup.startswith("-"):
        return Problem("E201", line, "`---` right below a text makes a heading of it.", _HINT)
    return Problem("E201", line, "A line of `=` makes a heading of the text above.", "Write headings with `##`.")


def _border_problems(node: SyntaxTreeNode, rows: list[str]) -> list[Problem]:
    place = first_line(node) - 1
    if rows[place].strip() != "---":
        return [Problem("E201", place + 1, "This line separates cards in an unusual way.", "Write `---`.")]
    around = rows[max(place - 1, 0) : place] + rows[place + 1 : place + 2]
    if any(row.strip() for row in around):
        return [Problem("E201", place + 1, "`---` stands close to a text.", _HINT)]
    return []
