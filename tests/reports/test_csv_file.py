"""A spreadsheet opens the file as text, whatever a company is called."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import WRITERS

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " =1",
    "\u200b=1",
    "\u202e=1",
    "=cmd|' /C calc'!A0",
    "−1",
    "|x",
    "%0A",
]


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_is_a_formula(text: str) -> None:
    cell = cells(WRITERS["csv"].write(["company"], [[text]]))[1][0]
    assert cell in {text, f"'{text}"}
    if text != "−1":
        assert cell.startswith("'")


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
            min_size=2,
            max_size=2,
        ),
        max_size=5,
    )
)
def test_text_comes_back_as_it_was(rows: list[list[str]]) -> None:
    read = cells(WRITERS["csv"].write(["a", "b"], rows))
    assert read[0] == ["a", "b"]
    assert [[cell.removeprefix("'") for cell in row] for row in read[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


def test_numbers_stay_numbers_and_the_file_begins_with_a_byte_order_mark() -> None:
    content = WRITERS["csv"].write(["lessons"], [[7], ['Ünïcode, "quoted"\nline']])
    assert content.startswith(b"\xef\xbb\xbf")
    assert cells(content)[1:] == [["7"], ['Ünïcode, "quoted"\nline']]
