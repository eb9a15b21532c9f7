"""The house rules that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from bot.core.dialogue.commands import COMMAND_MENU, COMMAND_WORDS, Command
from bot.core.question_types import QUESTION_TYPES

ROOT = Path(__file__).parents[2]
CODE = sorted(path for path in (ROOT / "bot").rglob("*.py") if "versions" not in path.parts)
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
# Built from pieces, so that this file does not name what it forbids.
HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "registry" + r"\.npmjs", "python" + r"hosted", "deb" + r"\.debian\.org"))
)
MACHINE = re.compile(r"(?<![\w.])/(?:" + "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot")) + r")/")


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE, f"{path} is longer than {LONGEST_FILE} lines: part it by concern"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path}:{node.lineno} {node.name} is {length} lines long"


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_what_it_is_for_and_leaves_nothing_undone(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert not tree.body or ast.get_docstring(tree), f"{path} does not say what it is for"
    left = re.findall(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b|type: ignore(?!\[)|pragma: no cover", text)
    assert not left, f"{path} holds {left}"


def test_packages_open_with_a_table_or_with_nothing() -> None:
    for path in CODE:
        if path.name == "__init__.py" and path.read_text("utf-8").strip():
            names = [type(node).__name__ for node in ast.parse(path.read_text("utf-8")).body]
            assert set(names) <= {"Expr", "Import", "ImportFrom", "Assign", "AnnAssign", "FunctionDef"}, path
            assert {"Assign", "AnnAssign"} & set(names), f"{path} holds no table"


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if not path.is_file() or path.suffix in {".png", ".woff2", ".webp"}:
            continue
        text = path.read_text("utf-8", errors="replace")
        assert not HOSTS.search(text), f"{name} names the host of a registry"
        assert not MACHINE.search(text), f"{name} holds a path of a machine"


def test_no_compiled_catalogue_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "*.mo", "*.pot"], cwd=ROOT, capture_output=True, check=True).stdout
    assert not listed


def test_every_command_has_words_and_workers_commands_a_line_in_the_menu() -> None:
    assert set(COMMAND_WORDS) == set(Command)
    for_others = {Command.TEAM, Command.INVITE, Command.SUMMARY, Command.EXPORT, Command.NEWCOMPANY}
    for_others |= {Command.ASSIGN, Command.THANK, Command.NUDGE, Command.DIGEST, Command.MUTE, Command.GAIN}
    # These stand on the buttons of reminders.
    beside_reminders = {Command.SNOOZE, Command.FEWER, Command.PAUSE, Command.RESUME, Command.NONUDGES}
    assert set(COMMAND_MENU) == set(Command) - for_others - beside_reminders


def test_every_kind_of_question_is_one_file_of_its_name() -> None:
    files = {path.stem for path in (ROOT / "bot/core/question_types").glob("*.py")} - {"__init__"}
    assert files == {kind.kind for kind in QUESTION_TYPES}


def test_the_lock_holds_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
