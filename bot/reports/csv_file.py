"""Numbers as CSV that a spreadsheet opens as text: no cell can become a formula, whatever a company is called."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = frozenset("=+-@\t\r\n|%")
_BYTE_ORDER_MARK = "\ufeff"


class CsvWriter:
    """Writes UTF-8 with a byte order mark, which spreadsheets need to read letters beyond ASCII."""

    name = "csv"
    media_type = "text/csv"
    suffix = ".csv"

    def write(self, header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
        """Return the file."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows([_guarded(cell) for cell in row] for row in rows)
        return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def _guarded(cell: str | int) -> str | int:
    """Return a cell that is read as text: a quote goes before what would begin a formula, in any width or disguise."""
    if isinstance(cell, int):
        return cell
    text = cell.replace("\0", "")
    hidden = {"Cf", "Zs"}
    seen = [letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) not in hidden]
    return f"'{text}" if _FORMULA_STARTS & {*seen[:1], text[:1]} else text
