"""One cell of a table as a value: exactly, or refused with what is wrong with it."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

from orchestr.connectors.base import Json, Money
from orchestr.connectors.files.feeds import Column, Rounding
from orchestr.policy.values import ValueRefused

Cell = str | int | float | bool | datetime | date | None

GROUPS = {".": r"[,'’ \u00a0\u202f]", ",": r"[.'’ \u00a0\u202f]"}
SPOILT = re.compile(r"^\d[.,]\d+E\+\d+$")  # a long number that a spreadsheet has shortened for good
LARGEST = 2_147_483_647
LONGEST_TEXT = 200
ROUNDINGS: dict[Rounding, str] = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "half_up": ROUND_HALF_UP}


def key(cell: Cell) -> str:
    """A business key. Raises ValueRefused for none, and for one that is visibly not the one that was meant."""
    text = plain(cell)
    if not text:
        raise ValueRefused("id_missing", "it names nothing")
    if SPOILT.match(text):
        raise ValueRefused("id_spoilt", f"{text!r} is a number that a spreadsheet has rounded")
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise ValueRefused("id_unreadable", "it is longer than 200 characters or holds characters nobody sees")
    return text


def plain(cell: Cell) -> str:
    """A cell as text: whole numbers of a spreadsheet without a decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def value(cell: Cell, column: Column, *, currency: str, decimal: Literal[".", ","]) -> Json:
    """The value of a cell in wire shape; None where it is empty. Raises ValueRefused."""
    text = plain(cell)
    if not text:
        return None
    if column.unit == "text":
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise ValueRefused("text", "it is longer than 200 characters or holds characters nobody sees")
        return text
    number = _number(cell, decimal)
    if column.unit == "money":
        minor = _whole(number.scaleb(column.exponent), column.rounding, f"it has more than {column.exponent} decimals")
        return Money.parse(Money(minor, currency, column.exponent, column.tax).wire()).wire()
    if column.unit in ("percent", "share"):
        scaled = number.scaleb(2 if column.unit == "percent" else 4)
        rate = _whole(scaled, column.rounding, "it is finer than a basis point")
        if rate > 10_000:
            raise ValueRefused("rate", "a tax rate is at most 100 percent: look at the column's unit")
        return rate
    return _whole(number, column.rounding, "it is not a whole number")


def moment(cell: Cell, *, zone: ZoneInfo, format: str) -> datetime:
    """A date and time of the file's zone, in UTC. Raises ValueRefused.

    A clock time that comes twice in autumn is taken for the earlier one: a value is never counted as younger.
    """
    try:
        if isinstance(cell, datetime):
            at = cell
        elif isinstance(cell, date):
            at = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  # its zone follows
        elif format:
            at = datetime.strptime(plain(cell), format)  # noqa: DTZ007  # its zone follows
        else:
            at = datetime.fromisoformat(plain(cell))
    except ValueError:
        wanted = format or "RFC 3339"
        raise ValueRefused("moment", f"{plain(cell)!r} is not a time written as {wanted}") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone, fold=0)).astimezone(UTC)


def _number(cell: Cell, decimal: Literal[".", ","]) -> Decimal:
    """Exactly as written. A spreadsheet's float is the shortest number that it stands for."""
    if isinstance(cell, bool):
        raise ValueRefused("number", "it is yes or no, not a number")
    if isinstance(cell, int | float):
        number = Decimal(repr(cell))
    else:
        number = _written(plain(cell), decimal)
    if not number.is_finite():
        raise ValueRefused("number", f"{plain(cell)!r} is not a number")
    if number < 0:
        raise ValueRefused("negative", f"{plain(cell)!r} is below nothing")
    if number > LARGEST:
        raise ValueRefused("large", f"{plain(cell)!r} is larger than any such value")
    return number


def _written(text: str, decimal: Literal[".", ","]) -> Decimal:
    """Digits with one decimal sign, in groups of three or in none: `1.234,5` and `1234,5`, never `1.23,4`."""
    group, point = GROUPS[decimal], re.escape(decimal)
    if not re.fullmatch(rf"-?(\d+|\d{{1,3}}({group}\d{{3}})+)({point}\d+)?", text):
        raise ValueRefused("number", f"{text!r} is not a number with {decimal!r} before its decimals")
    try:
        return Decimal(re.sub(group, "", text).replace(decimal, "."))
    except InvalidOperation:
        raise ValueRefused("number", f"{text!r} is not a number") from None


def _whole(number: Decimal, rounding: Rounding, otherwise: str) -> int:
    if number == number.to_integral_value():
        return int(number)
    if not rounding:
        raise ValueRefused("inexact", f"{otherwise}: say `round` in the settings, or correct it")
    return int(number.to_integral_value(rounding=ROUNDINGS[rounding]))
