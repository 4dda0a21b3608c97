"""Folders of files as an ERP leaves them, and how they are described."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from orchestr.connectors.base import Address, Credentials, Json, Session, SystemConfig, Target
from orchestr.connectors.files import CONNECTOR

ARTICLES: dict[str, Json] = {
    "file": "articles-*.csv",
    "id": "SKU",
    "decimal": ",",
    "settle_s": 0,
    "columns": [
        {"column": "EK netto", "field": "cost", "currency": "EUR"},
        {"column": "MwSt", "field": "tax_bp", "unit": "percent", "country": "DE"},
    ],
}
STOCK: dict[str, Json] = {
    "file": "stock.xlsx",
    "type": "stock",
    "id": "SKU",
    "settle_s": 0,
    "columns": [
        {
            "column": "Menge",
            "field": "on_hand",
            "location": {"column": "Lager", "map": {"01": "main", "02": "north"}},
        }
    ],
}
COST = Address(currency="EUR")


def drop(folder: Path, name: str, text: str | bytes, *, age_s: float = 0) -> Path:
    """A file that somebody finished writing `age_s` ago."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    then = time.time() - age_s
    os.utime(path, (then, then))
    return path


def drop_sheet(folder: Path, name: str, rows: Sequence[Sequence[Any]], *, sheet: str = "Sheet") -> Path:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def system(*feeds: Mapping[str, Json], key: str = "erp-files") -> SystemConfig:
    return SystemConfig(key=key, kind="files", url="files:erp", settings={"feeds": [dict(feed) for feed in feeds]})


@contextmanager
def reading(folder: Path, *feeds: Mapping[str, Json]) -> Iterator[Session]:
    credentials = Credentials(system="erp-files", purpose="read", secrets={"token": str(folder)})
    session = CONNECTOR.open(system(*feeds), credentials, "read")
    try:
        yield session
    finally:
        session.close()


def target(id: str, field: str = "cost", address: Address = COST, *, type: str = "variant") -> Target:
    return Target(type=type, id=id, ref="", field=field, address=address)


def value(session: Session, *given: Any, **named: Any) -> Json:
    (seen,) = session.read([target(*given, **named)])
    return seen.value
