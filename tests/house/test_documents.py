"""The documents cannot lie about what a test can see: files, links, settings, codes, commands, metrics."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.catalogue.codes import CODES
from bot.cli import COMMANDS
from bot.settings import Settings, known_names, read_settings
from bot.store.tables import completion, metadata

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
_CODE_FILE = re.compile(r"bot/[\w/]+\.py")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def code_files() -> set[str]:
    """Return every file of the code that holds something; migrations speak for themselves."""
    found = (path for path in (ROOT / "bot").rglob("*.py") if "versions" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found if path.read_text("utf-8").strip()}


def every_file_table() -> list[str]:
    """Return the files that architecture.md lists, in the rows of the tables under *Every file*."""
    section = read("docs/architecture.md").split("## Every file\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(bot/[\w/]+\.py)` \| .*\w.* \|$", section, re.MULTILINE)


# --- the map ------------------------------------------------------------------------------------------------------


def test_the_map_has_one_line_for_every_file() -> None:
    listed = every_file_table()
    missing = sorted(code_files() - set(listed))
    lines = "\n".join(f"| `{name}` | … |" for name in missing)
    assert not missing, f"add to docs/architecture.md, under “Every file”, with what each is for:\n{lines}"
    twice = sorted({name for name in listed if listed.count(name) > 1})
    assert not twice, f"docs/architecture.md lists twice under “Every file”: {twice}; take one line out"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_no_file_of_the_code_that_is_not_there(page: Path) -> None:
    gone = sorted(name for name in set(_CODE_FILE.findall(page.read_text("utf-8"))) if not (ROOT / name).is_file())
    assert not gone, f"{page.relative_to(ROOT)} names {gone}: mend the name, or take it out"


def test_the_map_walks_through_seven_things() -> None:
    walks = re.findall(r"^### (\d)\. ", read("docs/architecture.md"), re.MULTILINE)
    assert walks == list("1234567")


# --- links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = _CODE.sub("`", page.read_text("utf-8"))
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / unquote(path)).resolve() if path else page
        assert there.exists(), f"{page.relative_to(ROOT)} links to {target}: add the file, or mend the link"
        if anchor:
            assert anchor in anchors(there), f"{page.relative_to(ROOT)} links to {target}: there is no such heading"


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_decision_is_in_the_list_and_says_why() -> None:
    folder = DOCS / "decisions"
    records = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    listed = (folder / "README.md").read_text("utf-8")
    numbers = [path.name[:4] for path in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)], f"number the records on: {numbers}"
    for path in records:
        assert f"]({path.name})" in listed, f"add a line for {path.name} to docs/decisions/README.md"
        headings = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], f"{path.name} has the headings {headings}"


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", known_names())
def test_every_setting_is_explained(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| .+ \| .+ \|$", read("docs/operating.md"), re.MULTILINE)
    assert row, f"add to the table in docs/operating.md: | `{name}` | default | {known_names()[name]} |"
    assert re.search(rf"^# {name}=", read(".env.example"), re.MULTILINE), f"add to .env.example: # {name}="


def test_the_example_of_an_env_file_sets_nothing_and_is_right_where_it_shows_a_default(tmp_path: Path) -> None:
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", read(".env.example"), re.MULTILINE))
    assert set(shown) <= set(known_names()), "a setting in .env.example is not known"
    untouched = read_settings({}, ROOT / ".env.example")
    needs_company = {"PUBLIC_URL", "DATABASE_URL", "TEABREAK_HOST", "CONTENT_DIR", "LOCALES_DIR"}
    plain = {name: value for name, value in shown.items() if name not in needs_company}
    spelled = read_settings(plain, tmp_path / "none.env")
    for name, field in Settings.model_fields.items():
        if field.alias in plain:
            assert getattr(spelled, name) == getattr(untouched, name), f"{field.alias} in .env.example is no default"


# --- codes, commands, metrics, tables -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_checker_is_explained(code: str) -> None:
    row = re.search(rf"^\| {code} \| .+ \| .+ \|$", read("docs/writing-lessons.md"), re.MULTILINE)
    assert row, f"add to the table in docs/writing-lessons.md: | {code} | {CODES[code]} | what to do |"


@pytest.mark.parametrize("command", [path for path, _, _ in COMMANDS])
def test_every_command_is_explained(command: str) -> None:
    pages = "".join(read(f"docs/{name}.md") for name in ("operating", "writing-lessons", "translating"))
    where = "docs/operating.md, or docs/writing-lessons.md or docs/translating.md"
    assert re.search(rf"`(?:teabreak )?{command}(?: [^`]*)?`", pages), f"add `teabreak {command}` to {where}"


def test_every_metric_is_explained() -> None:
    counted = re.findall(r"(Counter|Gauge)MetricFamily\(\s*\"(\w+)\"", read("bot/service/watch.py"))
    assert counted
    page = read("docs/operating.md")
    for kind, name in counted:
        shown = f"{name}_total" if kind == "Counter" else name
        assert f"`{shown}" in page, f"add to the table of metrics in docs/operating.md: | `{shown}` | what it counts |"


def test_privacy_tells_of_every_table_and_of_every_column_of_the_view() -> None:
    page = read("docs/privacy.md")
    for name in metadata.tables:
        assert f"`{name}`" in page, f"add to the tables in docs/privacy.md: | `{name}` | what stands in it | how long |"
    for column in completion.columns:
        assert re.search(rf"^\| `{column.name}` \| ", page, re.MULTILINE), f"docs/privacy.md lacks column {column.name}"
