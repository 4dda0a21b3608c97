"""No cell of an exported CSV file is a formula to a spreadsheet, and numbers stay numbers."""

import csv
from io import StringIO

import pytest

from audit.cells import csv_line, guard


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+49",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "  =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff@x",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " ＝1",
        "\x01=1",
        '=HYPERLINK("x")',
    ],
)
def test_guards_text_that_a_spreadsheet_would_run(cell):
    assert guard(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["SKU-1", "a=b", "2026-03-02", "{", "'=1", "", "日本", "é", "x-1"])
def test_leaves_other_text_alone(cell):
    assert guard(cell) == cell


@pytest.mark.parametrize("number", [0, -5, 12])
def test_leaves_numbers_numbers(number):
    assert guard(number) == number
    assert csv_line([number, "-5"]) == f"{number},'-5\r\n"


def test_quotes_separators_quotes_and_line_ends():
    cells = ["a,b", 'say "x"', "two\nlines", None]
    assert next(csv.reader(StringIO(csv_line(cells)))) == ["a,b", 'say "x"', "two\nlines", ""]
