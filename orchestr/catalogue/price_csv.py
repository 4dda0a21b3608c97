"""Reading a file of past prices: strict, and naming the line of whatever cannot be so."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestr.catalogue.spelling import hidden_in_id
from orchestr.policy.values import Money, ValueRefused
from orchestr.refusal import Kind, Refusal

COLUMNS = ("sku", "channel", "country", "currency", "amount", "exponent", "tax", "since")
MOST_LINES = 1_000_000
_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPrice:
    """One line: what an SKU cost on a channel in a country from `since` (UTC) on."""

    line: int
    sku: str
    channel: str
    country: str
    price: Money
    since: datetime


def read_prices(text: str, *, at: datetime) -> list[PastPrice]:
    """Every line of the file. Raises Refusal, naming the line: another header, a missing or surplus column, a text
    that is no amount, currency, country or RFC 3339 time with a zone, a time to come, a place priced twice at once."""
    rows = list(_rows(text))
    if not rows or tuple(rows[0][1]) != COLUMNS:
        raise refused_line(1, "wrong_header", f"must name the columns {', '.join(COLUMNS)}, in this order")
    if len(rows) - 1 > MOST_LINES:
        raise refused_line(rows[MOST_LINES + 1][0], "too_many_lines", f"is beyond the {MOST_LINES:,} lines of one file")
    found: list[PastPrice] = []
    taken: dict[tuple[str, str, str, str, datetime], int] = {}
    for line, cells in rows[1:]:
        past = _read(line, cells, at)
        place = (past.sku, past.channel, past.country, past.price.currency, past.since)
        if place in taken:
            raise refused_line(line, "price_twice", f"prices the same place at the same time as line {taken[place]}")
        taken[place] = line
        found.append(past)
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise refused_line(reader.line_num, "malformed_csv", f"is no CSV ({error})") from None


def _read(line: int, cells: list[str], at: datetime) -> PastPrice:
    if len(cells) != len(COLUMNS):
        raise refused_line(line, "wrong_columns", f"has {len(cells)} columns instead of {len(COLUMNS)}")
    sku, channel, country, currency, amount, exponent, tax, since = cells
    for name, value in (("sku", sku), ("channel", channel)):
        if not value or value != value.strip() or hidden_in_id(value) or "\0" in value:
            raise refused_line(line, "wrong_name", f"has no readable {name}")
    if not _COUNTRY.fullmatch(country):
        raise refused_line(line, "wrong_country", "has a country that is not two capital letters, as in ISO 3166")
    if not _WHOLE.fullmatch(amount) or not _WHOLE.fullmatch(exponent):
        raise refused_line(line, "wrong_amount", "has an amount or exponent that is not a whole number of minor units")
    try:
        price = Money.parse({"amount": int(amount), "currency": currency, "exponent": int(exponent), "tax": tax})
    except ValueRefused as wrong:
        raise refused_line(line, wrong.code, f"holds no price: {wrong}") from None
    return PastPrice(line=line, sku=sku, channel=channel, country=country, price=price, since=_moment(line, since, at))


def _moment(line: int, text: str, at: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise refused_line(
            line, "wrong_time", "has a time that is not RFC 3339 with a zone, as in 2026-01-31T09:00:00Z"
        )
    if found > at:
        raise refused_line(line, "time_to_come", "has a time that is still to come")
    return found.astimezone(UTC)


def refused_line(line: int, code: str, what: str) -> Refusal:
    """The refusal of a whole file for one of its lines."""
    return Refusal(
        Kind.UNPROCESSABLE,
        code,
        f"Line {line} {what}.",
        next="Correct the file and import it again; nothing of it was taken over.",
        params={"line": line},
    )
