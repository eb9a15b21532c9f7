"""The core reads no clock and throws no dice; the same event on the same memory gives the same turn."""

import ast
from pathlib import Path

CORE = Path(__file__).parents[2] / "bot" / "core"


def test_nothing_in_the_core_asks_for_the_time_or_for_chance() -> None:
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"now", "utcnow", "today", "monotonic", "random", "token_hex"} or (
                    isinstance(node.value, ast.Name) and node.value.id in {"scene", "self", "Asking"}
                ), f"{path}:{node.lineno} asks for {node.attr}"
