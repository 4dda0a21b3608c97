"""The items of an execution as the lines of a file."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from audit.cells import Cell
from orchestr.catalogue.classes import readable
from orchestr.execution.models import ExecutionItem
from reviews.files import MONEY, address_cell, money_cells, plain

HEAD = (
    "item", "operation_key", "type", "id", "sku", "title", "system", "field", "address", "before", "after", "observed", *MONEY,
    "state", "code", "message", "attempts", "intended_at", "settled_at",
)  # fmt: skip


def items_lines(rows: Iterable[ExecutionItem], classes: Sequence[str]) -> Iterator[Sequence[Cell]]:
    """The head and a line for each; values of a class that is not among `classes` are left empty."""
    yield HEAD
    for row in rows:
        values = (row.before, row.after, row.observed)
        if not readable(row.resource.type, row.field, classes):
            values = (None, None, None)
        yield [
            row.index, str(row.pk), row.resource.type, row.resource.key, row.resource.sku, row.resource.title,
            row.system.key, row.field, address_cell(row.address), *map(plain, values), *money_cells(*values),
            row.state, row.outcome_code, row.message, row.attempts, _moment(row.intended_at), _moment(row.settled_at),
        ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
