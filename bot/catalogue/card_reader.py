"""Read one card of a lesson file, block by block."""

import re
from difflib import get_close_matches
from urllib.parse import unquote

from markdown_it.tree import SyntaxTreeNode

from bot.catalogue.lesson_source import CardSource, Linked, Passage
from bot.catalogue.markdown import FOOTNOTE_LINE, cited, comment_pairs, first_line, inline_problems, squeezed
from bot.core.question import OptionSource, Problem

DIRECTIVES = ("id", "type", "answer", "from", "to", "translators", "audio")
RECORDINGS = (".ogg", ".opus", ".mp3")
_TASK = re.compile(r"\[([ xX])\]\s+(?=\S)")
_ALMOST_TASK = re.compile(r"\[\s*([xXvV✓✔]?)\s*\](?!\()\s*")
_QUOTE_INSIDE = re.compile(r"\n\s*>")
_ALERT = re.compile(r"\[!(\w+)\]\s*")
_ALERTS = {"TIP": "tip", "IMPORTANT": "action"}


class CardReader:
    """Collects the blocks of one card until the next `---`."""

    def __init__(self, line: int, footnotes: dict[str, Passage], problems: list[Problem]) -> None:
        self._line = line
        self._footnotes = footnotes
        self._problems = problems
        self._passages: list[Passage] = []
        self._options: list[OptionSource] = []
        self._directives: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        self._pictures: list[Linked] = []
        self._recordings: list[Linked] = []
        self._notes: list[str] = []
        self._nodes = self._footnotes_here = 0
        self._begun = False

    def card(self) -> CardSource:
        """Return what was collected."""
        return CardSource(
            line=self._line,
            passages=tuple(self._passages),
            options=tuple(self._options),
            directives=self._directives,
            lines=self._lines,
            pictures=tuple(self._pictures),
            recordings=tuple(self._recordings),
            nodes=self._nodes,
        )

    def holds_only_footnotes(self) -> bool:
        """Say whether this is no card but the end of the file with its sources."""
        return self._footnotes_here > 0 and not self._nodes and not self._directives

    def read(self, node: SyntaxTreeNode) -> None:
        """Take in one block."""
        self._begin(node)
        if node.type == "html_block":
            self._read_comments(node)
        elif node.type == "heading":
            self._nodes += 1
            self._add("heading", node)
        elif node.type == "paragraph":
            self._read_paragraph(node)
        elif node.type == "bullet_list":
            self._nodes += 1
            self._read_list(node)
        elif node.type == "blockquote":
            self._nodes += 1
            self._read_quote(node)
        else:
            self._nodes += 1
            self._refuse(node)

    def read_as_text(self, node: SyntaxTreeNode) -> None:
        """Take in a heading that its author meant as a paragraph."""
        self._begin(node)
        self._nodes += 1
        self._add("text", node)

    def _begin(self, node: SyntaxTreeNode) -> None:
        if not self._begun:
            self._line, self._begun = first_line(node), True

    def _problem(self, code: str, line: int, message: str, hint: str) -> None:
        self._problems.append(Problem(code, line, message, hint))

    def _refuse(self, node: SyntaxTreeNode) -> None:
        kind = node.type.replace("_", " ")
        message = f"A chat cannot show this here: {kind}."
        self._problem("E209", first_line(node), message, "Use paragraphs, a list with `-`, or a picture.")

    def _add(self, kind: str, node: SyntaxTreeNode, *, bullet: bool = False) -> None:
        for inline in node.children:
            line = first_line(node)
            self._problems.extend(inline_problems(inline, line))
            self._say(kind, inline.content, line, bullet=bullet)

    def _say(self, kind: str, raw: str, line: int, *, bullet: bool = False) -> str:
        text = squeezed(raw)
        if text:
            self._passages.append(Passage(kind, text, line, bullet, cited(raw), tuple(self._notes)))
            self._notes.clear()
        return text

    def _read_comments(self, node: SyntaxTreeNode) -> None:
        pairs, rest = comment_pairs(node.content)
        line = first_line(node)
        if rest:
            self._problem("E207", line, "There is HTML in the lesson.", "Use Markdown, and comments for directives.")
        for key, value in pairs:
            if key == "translators":
                self._notes.append(value)
            elif key not in DIRECTIVES:
                near = get_close_matches(key, DIRECTIVES, 1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(DIRECTIVES)}."
                self._problem("E208", line, "The comment is no directive we know.", hint)
            elif key in self._directives:
                self._problem("E208", line, f"The card has `{key}` twice.", "Is a `---` missing above?")
            else:
                self._directives[key] = value
                self._lines[key] = line
                if key == "audio":
                    self._recordings.append(Linked(value, "", line))

    def _read_paragraph(self, node: SyntaxTreeNode) -> None:
        inline = node.children[0]
        line = first_line(node)
        if FOOTNOTE_LINE.match(inline.content):
            self._read_footnotes(inline.content, line)
            return
        self._nodes += 1
        only = [child for child in inline.children if child.type != "softbreak"]
        target = only[0] if len(only) == 1 else None
        if target is not None and target.type == "image":
            alt = squeezed(target.content)
            self._pictures.append(Linked(unquote(str(target.attrs.get("src", ""))), alt, line))
            self._say("alt", alt, line)
        elif target is not None and target.type == "link" and _is_recording(target):
            self._recordings.append(Linked(unquote(str(target.attrs.get("href", ""))), "", line))
        else:
            self._misplaced(inline, line)
            self._add("text", node)

    def _misplaced(self, inline: SyntaxTreeNode, line: int) -> None:
        if self._options:
            hint = "Indent it below its option as `  > …`, or begin it with `> [!TIP]`."
            self._problem("E308", line, "There is text after the options.", hint)
        self._footnote_inside(inline.content, line)

    def _footnote_inside(self, content: str, line: int) -> None:
        if any(FOOTNOTE_LINE.match(row.strip()) for row in content.split("\n")[1:]):
            self._problem("E601", line, "A footnote stands inside this text.", "Put an empty line above the footnote.")

    def _read_footnotes(self, content: str, line: int) -> None:
        self._footnotes_here += 1
        key = ""
        for place, row in enumerate(content.split("\n")):
            found = FOOTNOTE_LINE.match(row.strip())
            if found:
                key = found[1]
                if key in self._footnotes:
                    self._problem("E601", line + place, "The footnote is written twice.", "Keep one of them.")
                self._footnotes[key] = Passage("source", " ".join(found[2].split()), line + place)
            else:
                before = self._footnotes[key]
                self._footnotes[key] = Passage("source", f"{before.text} {row.strip()}", before.line)

    def _read_list(self, node: SyntaxTreeNode) -> None:
        first_texts = [_first_text(entry) for entry in node.children]
        is_task_list = any(_ALMOST_TASK.match(text) for text in first_texts)
        for entry, text in zip(node.children, first_texts, strict=True):
            if is_task_list:
                self._read_option(entry, text)
            else:
                self._read_bullet(entry)

    def _read_bullet(self, entry: SyntaxTreeNode) -> None:
        for place, child in enumerate(entry.children):
            if child.type == "paragraph" and place == 0:
                self._footnote_inside(child.children[0].content, first_line(child))
                self._add("text", child, bullet=True)
            else:
                self._refuse(child)

    def _read_option(self, entry: SyntaxTreeNode, content: str) -> None:
        line = first_line(entry)
        box = _TASK.match(content)
        almost = box or _ALMOST_TASK.match(content)
        if almost is None:
            hint = "Begin each line of the list with `- [ ]` or `- [x]`."
            self._problem("E309", line, "This line of the list has no box.", hint)
        elif box is None:
            self._problem("E310", line, "The box is not written right.", "Write `- [ ] text` or `- [x] text`.")
        raw = content[almost.end() :] if almost else content
        if _QUOTE_INSIDE.search(raw):
            self._problem("E308", line, "The feedback is part of the option.", "Indent `>` by two spaces.")
        is_right = almost is not None and almost[1].strip() != ""
        text = self._say("option", raw, line)
        parts = [self._option_part(child, place) for place, child in enumerate(entry.children)]
        feedback = " ".join(filter(None, parts))
        self._options.append(OptionSource(text, is_right, feedback or None, line))

    def _option_part(self, child: SyntaxTreeNode, place: int) -> str:
        if child.type == "blockquote":
            raw, line = self._quoted(child)
            return self._say("feedback", raw, line)
        if child.type == "paragraph" and place == 0:
            self._problems.extend(inline_problems(child.children[0], first_line(child)))
        else:
            self._refuse(child)
        return ""

    def _quoted(self, node: SyntaxTreeNode) -> tuple[str, int]:
        parts = []
        for child in node.children:
            if child.type == "paragraph":
                inline = child.children[0]
                self._problems.extend(inline_problems(inline, first_line(child)))
                self._footnote_inside(inline.content, first_line(child))
                parts.append(inline.content)
            else:
                self._refuse(child)
        return "\n".join(parts), first_line(node)

    def _read_quote(self, node: SyntaxTreeNode) -> None:
        raw, line = self._quoted(node)
        alert = _ALERT.match(raw)
        if alert and alert[1].upper() in _ALERTS:
            text = raw[alert.end() :]
            self._say(_ALERTS[alert[1].upper()], text, line + raw[: alert.end()].count("\n"))
        elif alert:
            self._problem("E208", line, "This kind of alert is not known.", "Use [!TIP] or [!IMPORTANT].")
        else:
            hint = "Indent feedback by two spaces below its option; begin a rule for all with `> [!TIP]`."
            self._problem("E308", line, "The quote belongs to no option.", hint)


def _first_text(entry: SyntaxTreeNode) -> str:
    first = entry.children[0] if entry.children else None
    return first.children[0].content if first is not None and first.type == "paragraph" else ""


def _is_recording(link: SyntaxTreeNode) -> bool:
    return str(link.attrs.get("href", "")).lower().endswith(RECORDINGS)
