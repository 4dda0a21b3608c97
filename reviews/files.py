"""Tables as CSV files: what a page shows a part of, whole. Making one is recorded."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from audit.cells import Cell, csv_line
from audit.record import record
from orchestr.doors import actor_of
from orchestr.http import SignedIn
from orchestr.policy.values import Json

MONEY = ("currency", "exponent", "tax")


def csv_answer(
    request: SignedIn,
    lines: Iterable[Sequence[Cell]],
    *,
    of: str,
    name: str,
    about: Mapping[str, UUID],
    segments: Sequence[UUID],
) -> HttpResponse:
    """These lines, the first of them the head, as a download; its audit event holds their number and hash."""
    at = timezone.now()
    rows = [csv_line(line) for line in lines]
    body = "".join(rows).encode()
    with transaction.atomic(durable=True):
        record(
            action="export.made",
            actor=actor_of(request),
            at=at,
            about=about,
            data={"format": "csv", "of": of, "rows": len(rows) - 1, "sha256": hashlib.sha256(body).hexdigest()},
            segments=segments,
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


def plain(value: Json) -> Cell:
    """A value as one cell: money as its whole minor units, whose currency stands in cells of its own."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping) and "amount" in value and "currency" in value:
        return int(value["amount"])
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def money_cells(*values: Json) -> list[Cell]:
    """Currency, exponent and tax of the first of these values that is money; empty cells where none is."""
    money = next((each for each in values if isinstance(each, Mapping) and "amount" in each), {})
    return [money.get(name) for name in MONEY]


def address_cell(address: Mapping[str, Json]) -> str:
    """The parts of an address that apply."""
    return " ".join(f"{name}={value}" for name, value in address.items() if value is not None)
