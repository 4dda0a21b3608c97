"""A stock count as a document: an inventory of one line, noted with the operation key, then confirmed.

Only confirming moves stock, so whatever fails before it has done nothing but leave a draft. Confirming
posts the difference to what the document expected: what somebody else posts in between stays counted.
"""

from dataclasses import dataclass

from orchestr.connectors.base import (
    Accepted,
    Conflict,
    Json,
    SystemRefused,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.tryton import read
from orchestr.connectors.tryton.client import Client, Failure, outcome_of
from orchestr.connectors.tryton.company import Company

INVENTORY = "stock.inventory"
# Documents of one product at one place among which the one of an operation key is looked for, newest first.
MOST_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One inventory of ours. `expected`: what lay there when it was written; `timestamp`: its compare token."""

    id: int
    state: str
    expected: float
    timestamp: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The calls of one posting, with what they share."""

    client: Client
    company: Company
    deadline: float

    def query(self, method: str, *arguments: Json) -> Json:
        return self.client.query(method, *arguments, context=self.company.context, deadline=self.deadline)


def post(request: WriteRequest, *, client: Client, company: Company, deadline: float) -> WriteOutcome:
    """Once for one operation key. Raises SystemUnavailable or SystemRefused for what comes before confirming."""
    ledger = Ledger(client, company, deadline)
    target = request.target
    product = read.products([target.id], client=client, company=company, deadline=deadline).get(target.id)
    if product is None or (target.ref and target.ref != str(product.id)):
        raise SystemRefused("gone", "Tryton does not know this product any more.")
    place = company.locations[target.address.location or ""]
    document = _noted(ledger, request.operation_key, product.id, place)
    if document is not None and document.state == "done":
        return Accepted(ref=str(product.id))
    if document is None or document.state != "draft":
        document = _draft(ledger, request, product.id, place)
    if document.expected != request.before:
        ledger.query("model.stock.inventory.cancel", [document.id])
        (live,) = read.read([target], client=client, company=company, deadline=deadline)
        return Conflict(live=live.value)
    return _confirm(ledger, document, product.id)


def _confirm(ledger: Ledger, document: Document, product: int) -> WriteOutcome:
    """Tryton compares the document's token in the transaction that posts it. Without that, two requests at once
    both found a draft, and the count was posted twice (tried, on SQLite)."""
    context = ledger.company.context | {"_timestamp": {f"{INVENTORY},{document.id}": document.timestamp}}
    try:
        ledger.client.call("model.stock.inventory.confirm", [document.id], context=context, deadline=ledger.deadline)
    except Failure as failure:
        # An earlier request of ours may have come through meanwhile: then this document has been posted.
        if failure.sort in ("refused", "stale") and _read(ledger, document.id).state == "done":
            return Accepted(ref=str(product))
        return outcome_of(failure)
    return Accepted(ref=str(product))


def _noted(ledger: Ledger, key: str, product: int, place: int) -> Document | None:
    """The document that an earlier request under this key left, if there is one that was not cancelled."""
    domain = [["location", "=", place], ["lines.product", "=", product], ["state", "!=", "cancelled"]]
    ids = ledger.query("model.stock.inventory.search", domain, 0, MOST_LOOKED_AT, [["id", "DESC"]])
    named = [f"{INVENTORY},{id}" for id in ids]
    wanted = [["resource", "in", named], ["message", "=", note(key)]]
    notes = ledger.query("model.ir.note.search_read", wanted, 0, 1, [["id", "ASC"]], ["resource"]) if named else []
    return _read(ledger, int(str(notes[0]["resource"]).rpartition(",")[2])) if notes else None


def _draft(ledger: Ledger, request: WriteRequest, product: int, place: int) -> Document:
    """A new document under the operation key. Nothing has moved yet."""
    line = {"product": product, "quantity": float(request.after)}
    (id,) = ledger.query("model.stock.inventory.create", [{"location": place, "lines": [["create", [line]]]}])
    ledger.query("model.ir.note.create", [{"resource": f"{INVENTORY},{id}", "message": note(request.operation_key)}])
    return _read(ledger, int(id))


def _read(ledger: Ledger, id: int) -> Document:
    (row,) = ledger.query("model.stock.inventory.read", [id], ["state", "_timestamp", "lines.expected_quantity"])
    (line,) = row["lines."]
    return Document(
        id=id, state=str(row["state"]), expected=float(line["expected_quantity"]), timestamp=str(row["_timestamp"])
    )


def note(key: str) -> str:
    """What people read beside the document in Tryton, and what we find it by."""
    return f"Orchestr {key}"
