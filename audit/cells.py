"""Cells of CSV files that no spreadsheet takes for a formula.

Text that begins with `= + - @`, Tab or CR (also after spaces or invisible characters, also in their
fullwidth forms) gets an apostrophe in front; numbers stay numbers.
"""

import csv
import unicodedata
from collections.abc import Iterable
from io import StringIO

_FORMULA = frozenset("=+-@＝＋－＠﹢﹣﹦﹫")
_CONTROL = frozenset("\t\r\n")

type Cell = str | int | None


def guard(cell: Cell) -> str | int:
    """The cell as it may stand in a CSV file."""
    if cell is None:
        return ""
    if isinstance(cell, int):
        return int(cell)
    for char in cell:
        if char in _CONTROL or char in _FORMULA:
            return "'" + cell
        if not (char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Mn")):
            return cell
    return cell


def csv_line(cells: Iterable[Cell]) -> str:
    """One line of RFC 4180 CSV, guarded, ending in CR LF."""
    line = StringIO()
    csv.writer(line).writerow([guard(cell) for cell in cells])
    return line.getvalue()
