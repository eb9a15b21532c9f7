"""The lines between `---` at the top of a file: plain keys and values, each with its line, all of them text.

YAML is composed and never constructed, so that no file can make an object, and aliases are refused, so that a few
lines cannot grow into gigabytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from bot.core.question import Problem

Value = str | tuple[str, ...]

# Far more than any lesson needs, and little enough that deep nesting is refused at once.
_LONGEST = 10_000
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the author filled in. A key without a value counts as missing."""

    values: Mapping[str, Value] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def text(self, key: str) -> str:
        """Return a value in one line, or an empty text."""
        value = self.values.get(key, "")
        return " ".join(value.split()) if isinstance(value, str) else ""

    def line(self, key: str) -> int:
        """Return the line of a key, or the first line of the file."""
        return self.lines.get(key, 1)


class _PlainLoader(yaml.SafeLoader):
    """A loader for which an alias is an error."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def read_front_matter(content: str, first_line: int) -> FrontMatter:
    """Return the keys and values of front matter that begins on `first_line`."""
    if len(content) > _LONGEST:
        return FrontMatter(problems=(_invalid(first_line),))
    try:
        node = yaml.compose(content, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        return FrontMatter(problems=(_invalid(line),))
    except (yaml.YAMLError, ValueError, RecursionError):
        return FrontMatter(problems=(_invalid(first_line),))
    if not isinstance(node, yaml.MappingNode):
        return FrontMatter(problems=(_invalid(first_line),))
    return _from_mapping(node, first_line)


def _from_mapping(node: yaml.MappingNode, first_line: int) -> FrontMatter:
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for key, value in node.value:
        line = first_line + key.start_mark.line
        read = _value(value)
        if not isinstance(key, yaml.ScalarNode) or key.value in lines or read is None:
            hint = "Write `key: value` or `key: [value, value]`, each key once."
            problems.append(Problem("E101", line, "The front matter has a line that cannot be read.", hint))
            continue
        lines[key.value] = line
        if read:
            values[key.value] = read
    return FrontMatter(values, lines, tuple(problems))


def _value(node: yaml.Node) -> Value | None:
    if node.tag not in _TAGS:
        return None
    if isinstance(node, yaml.SequenceNode):
        return tuple(_scalars(node)) if all(isinstance(item, yaml.ScalarNode) for item in node.value) else None
    if not isinstance(node, yaml.ScalarNode):
        return None
    return "" if node.tag.endswith(":null") else str(node.value)


def _scalars(node: yaml.SequenceNode) -> Iterator[str]:
    for item in node.value:
        yield str(item.value)


def _invalid(line: int) -> Problem:
    return Problem(
        "E101",
        line,
        "The front matter cannot be read.",
        "Write `key: value` in each line, and quotes around a value that holds a colon.",
    )
