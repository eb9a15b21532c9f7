"""Markdown as far as lessons use it: the tree of a file, and the small patterns inside its texts."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.front_matter import front_matter_plugin

from bot.catalogue.front_matter import FrontMatter, read_front_matter
from bot.core.question import Problem

FOOTNOTE_MARK = re.compile(r"\[\^([\w-]+)\](?!:)")
FOOTNOTE_LINE = re.compile(r"\[\^([\w-]+)\]:\s*(.*)")
_PAIR = re.compile(r"\s*([A-Za-z_]+)\s*:\s*(.*?)\s*", re.DOTALL)
_ESCAPE = re.compile(r"\\[^\w\s]|&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]+);")
_SHOWN_INLINE = frozenset({"inline", "text", "softbreak", "strong", "em"})

# A footnote of one word would be read as the target of a link and vanish; tables are read only to be refused.
_PARSER = MarkdownIt("commonmark", {"html": True}).use(front_matter_plugin).disable("reference").enable("table")


def tree(text: str) -> SyntaxTreeNode:
    """Return the tree of a Markdown file."""
    return SyntaxTreeNode(_PARSER.parse(text))


def first_line(node: SyntaxTreeNode) -> int:
    """Return the line a block begins on, counted from 1."""
    return node.map[0] + 1 if node.map else 1


def front_matter_of(root: SyntaxTreeNode) -> FrontMatter:
    """Return the front matter of a file, or the problem that there is none."""
    first = root.children[0] if root.children else None
    if first is None or first.type != "front_matter":
        hint = "Begin the file with `---`, the keys, and `---` again."
        return FrontMatter(problems=(Problem("E101", 1, "The file does not begin with front matter.", hint),))
    # The opening `---` stands on the line above the keys.
    return read_front_matter(first.content, first_line(first) + 1)


def squeezed(text: str) -> str:
    """Return a text in one line without footnote marks."""
    return " ".join(FOOTNOTE_MARK.sub("", text).split())


def cited(text: str) -> tuple[str, ...]:
    """Return the keys of the footnotes a text points to."""
    return tuple(FOOTNOTE_MARK.findall(text))


def comment_pairs(block: str) -> tuple[list[tuple[str, str]], str]:
    """Return the directives in the comments of an HTML block, and what stands there beside comments.

    `type: number; answer: 3` is two pairs; words to translators may hold a semicolon. A comment that is no
    directive has an empty key.
    """
    pairs: list[tuple[str, str]] = []
    bodies, rest = _comments(block)
    for body in bodies:
        words = _PAIR.fullmatch(body)
        whole = words is not None and words[1] in {"translators", "sources"}
        for part in [body] if whole else body.split(";"):
            found = _PAIR.fullmatch(part)
            pairs.append((found[1], " ".join(found[2].split())) if found else ("", part.strip()))
    return pairs, rest


def _comments(block: str) -> tuple[list[str], str]:
    """Part a block into the bodies of its comments and the rest, in time that grows with its length alone."""
    bodies: list[str] = []
    rest: list[str] = []
    end = 0
    while (begin := block.find("<!--", end)) >= 0 and (close := block.find("-->", begin)) >= 0:
        rest.append(block[end:begin])
        bodies.append(block[begin + len("<!--") : close])
        end = close + len("-->")
    return bodies, "".join([*rest, block[end:]]).strip()


def inline_problems(inline: SyntaxTreeNode, line: int) -> Iterator[Problem]:
    """Report what a chat cannot show inside a text."""
    kinds = {node.type for node in inline.walk()}
    if "html_inline" in kinds:
        hint = "Put a comment on a line of its own, and use no other HTML."
        yield Problem("E207", line, "There is HTML inside a text.", hint)
    for kind in sorted(kinds - _SHOWN_INLINE - {"html_inline"}):
        message = f"A chat cannot show this inside a text: {kind.replace('_', ' ')}."
        yield Problem("E209", line, message, "Use plain words, **bold** and *italic*.")
    if _ESCAPE.search(inline.content):
        message = "A backslash or an HTML entity would be shown as it is."
        yield Problem("E209", line, message, "Write the character itself, or other words.")
    if "](" in inline.content and kinds <= _SHOWN_INLINE:
        yield Problem("E209", line, "This link or picture cannot be used.", "Give a path below the folder.")
