"""What the settings say of the files: which ones, how they are written, and what each column means.

Everything is said, nothing guessed from the values: a decimal comma that is read as a point is a cost a hundred
times too high.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from orchestr.connectors.base import FieldKind, Freshness, Json, SystemConfig, SystemRefused

Unit = Literal["money", "percent", "share", "bp", "pieces", "days", "text"]
Rounding = Literal["", "up", "down", "half_up"]
Role = Literal["value", "as_of"]

# What a file may be right about: (type, field) → its kind, how soon it grows old elsewhere, the units it comes in.
KNOWN: Mapping[tuple[str, str], tuple[FieldKind, Freshness, tuple[Unit, ...]]] = {
    ("variant", "cost"): ("money", "price", ("money",)),
    ("variant", "minimum_price"): ("money", "price", ("money",)),
    ("variant", "tax_bp"): ("integer", "price", ("percent", "share", "bp")),
    ("variant", "tax_class"): ("text", "copy", ("text",)),
    ("variant", "lead_time_days"): ("integer", "copy", ("days",)),
    ("stock", "on_hand"): ("integer", "stock", ("pieces",)),
    ("stock", "reserved"): ("integer", "stock", ("pieces",)),
}
PARTS = ("channel", "country", "currency", "location")
A_DAY_AND_SOME = 26 * 3600
SETTLE_S = 10.0
LONGEST_S = 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an address: one text for every row, or what a column says, translated by `map` if it has any."""

    name: str
    text: str = ""
    column: str = ""
    map: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column and the field it holds. `exponent`, `tax` and `rounding` are of money alone."""

    column: str
    field: str
    kind: FieldKind
    unit: Unit
    address: tuple[Part, ...]
    exponent: int
    tax: Literal["included", "excluded"]
    rounding: Rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One kind of file. `file` is a name or a pattern with `*`, of which the newest whole file counts."""

    file: str
    type: str
    id: str
    columns: tuple[Column, ...]
    encoding: str
    delimiter: str
    decimal: Literal[".", ","]
    sheet: str
    header_row: int
    marker: bool
    settle_s: float
    max_age_s: int
    least_rows: int
    source_of_truth: bool
    title: str
    as_of: str
    as_of_format: str
    zone: ZoneInfo


def feeds_of(system: SystemConfig) -> tuple[Feed, ...]:
    """The feeds of a system's settings. Raises SystemRefused naming what cannot be so."""
    raw = system.settings.get("feeds")
    if not isinstance(raw, list) or not raw:
        raise _wrong("`feeds` is a list of at least one file with its columns")
    feeds = tuple(_feed(each) for each in raw)
    places = [
        (feed.type, column.field, tuple((part.name, part.text, part.column) for part in column.address))
        for feed in feeds
        for column in feed.columns
    ]
    if twice := [place for place in places if places.count(place) > 1]:
        raise _wrong(f"{twice[0][0]}.{twice[0][1]} is in two columns with the same address")
    return feeds


def _feed(raw: Json) -> Feed:
    if not isinstance(raw, dict):
        raise _wrong("a feed is an object")
    file = str(raw.get("file") or "")
    if not file or "/" in file or "\\" in file or file.startswith(".") or not file.lower().endswith((".csv", ".xlsx")):
        raise _wrong(f"`file` is the name of a .csv or .xlsx in the folder, with * where it varies, not {file!r}")
    type = raw.get("type", "variant")
    columns = raw.get("columns")
    if not isinstance(columns, list) or not columns:
        raise _wrong(f"{file}: `columns` is a list of at least one")
    decimal = raw.get("decimal", ".")
    if decimal not in (".", ","):
        raise _wrong(f'{file}: `decimal` is "." or ","')
    return Feed(
        file=file,
        type=type,
        id=_text(raw, "id", file),
        columns=tuple(_column(each, type, file) for each in columns),
        encoding=str(raw.get("encoding") or "auto"),
        delimiter=str(raw.get("delimiter") or ""),
        decimal=decimal,
        sheet=str(raw.get("sheet") or ""),
        header_row=_whole(raw, "header_row", 1, least=1, most=100, file=file),
        marker=raw.get("marker") is True,
        settle_s=float(_whole(raw, "settle_s", int(SETTLE_S), least=0, most=3600, file=file)),
        max_age_s=_whole(raw, "max_age_s", A_DAY_AND_SOME, least=1, most=LONGEST_S, file=file),
        least_rows=_whole(raw, "least_rows", 1, least=1, most=10_000_000, file=file),
        source_of_truth=raw.get("source_of_truth", True) is True,
        title=str(raw.get("title") or ""),
        as_of=str(raw.get("as_of") or ""),
        as_of_format=str(raw.get("as_of_format") or ""),
        zone=_zone(raw, file),
    )


def _column(raw: Json, type: str, file: str) -> Column:
    if not isinstance(raw, dict):
        raise _wrong(f"{file}: a column is an object with `column` and `field`")
    name, field = _text(raw, "column", file), _text(raw, "field", file)
    known = KNOWN.get((type, field))
    if known is None:
        there = ", ".join(sorted(f"{one}.{other}" for one, other in KNOWN))
        raise _wrong(f"{file}: {type}.{field} is none of {there}")
    kind, _, units = known
    unit = raw.get("unit", units[0])
    if unit not in units:
        raise _wrong(f"{file}: {name} comes in {' or '.join(units)}, not {unit!r}")
    rounding = raw.get("round", "")
    if rounding not in get_args(Rounding):
        raise _wrong(f"{file}: {name} is rounded up, down, half_up or, without `round`, not at all")
    tax: Literal["included", "excluded"] = "excluded" if field == "cost" else "included"
    if raw.get("tax", tax) != tax:
        raise _wrong(f"{file}: a {field} has its tax {tax}")
    return Column(
        column=name,
        field=field,
        kind=kind,
        unit=unit,
        address=_address(raw, kind, file),
        exponent=_whole(raw, "exponent", 2, least=0, most=4, file=file),
        tax=tax,
        rounding=rounding,
    )


def _address(raw: Mapping[str, Json], kind: FieldKind, file: str) -> tuple[Part, ...]:
    parts = []
    for name in PARTS:
        given = raw.get(name)
        if isinstance(given, str) and given:
            parts.append(Part(name=name, text=given))
        elif isinstance(given, dict):
            translated = tuple((str(key), str(value)) for key, value in (given.get("map") or {}).items())
            parts.append(Part(name=name, column=_text(given, "column", file), map=translated))
        elif given is not None:
            raise _wrong(f'{file}: `{name}` is a text, or {{"column": …, "map": …}}')
    if kind == "money" and "currency" not in {part.name for part in parts}:
        raise _wrong(f"{file}: {raw['column']} is money and names no `currency`")
    return tuple(parts)


def _zone(raw: Mapping[str, Json], file: str) -> ZoneInfo:
    name = str(raw.get("zone") or "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _wrong(f"{file}: there is no time zone {name!r}") from None


def _text(raw: Mapping[str, Json], name: str, file: str) -> str:
    given = raw.get(name)
    if not isinstance(given, str) or not given.strip():
        raise _wrong(f"{file}: `{name}` is missing")
    return given


def _whole(raw: Mapping[str, Json], name: str, default: int, *, least: int, most: int, file: str) -> int:
    given = raw.get(name, default)
    if type(given) is not int or not least <= given <= most:
        raise _wrong(f"{file}: `{name}` is a whole number from {least} to {most}")
    return given


def _wrong(what: str) -> SystemRefused:
    return SystemRefused("settings", f"The system's settings cannot be followed: {what}.")
