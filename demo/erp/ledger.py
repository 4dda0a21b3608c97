"""What the ERP keeps: items, their amounts by currency with a revision each, and the documents that changed them."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from demo.catalogue.goods import CURRENCIES, goods
from demo.catalogue.sites import TAX_BP
from demo.door.strict import Problem, wire
from demo.shop.storage import Storage
from orchestr.policy.values import Json, Money

SCHEMA = """
CREATE TABLE item(
    sku TEXT PRIMARY KEY, name TEXT NOT NULL, item_group TEXT NOT NULL, tax_class TEXT NOT NULL,
    lead_time_days INTEGER NOT NULL, changed_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE amount(
    sku TEXT NOT NULL, kind TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL,
    revision INTEGER NOT NULL, PRIMARY KEY(sku, kind, currency)) WITHOUT ROWID;
CREATE TABLE document(
    n INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, request TEXT NOT NULL, at INTEGER NOT NULL,
    sku TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, revision INTEGER NOT NULL);
"""
MOST = 2_147_483_647


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A new minimum price with tax, in minor units; `revision` is the one it replaces, None for whichever."""

    reference: str
    sku: str
    currency: str
    amount: int
    revision: int | None


class Ledger:
    """Opens the storage in `folder`, filling it at the first start."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._storage = Storage(folder, name="erp", schema=SCHEMA)
        if self._storage.fresh:
            self._fill(seed)

    def items(self, *, after: str, since: int, limit: int) -> list[dict[str, Json]]:
        """Items by SKU after one, changed since a moment (ms)."""
        rows = self._storage.connection.execute(
            "SELECT sku, name, item_group, tax_class, lead_time_days, changed_at FROM item"
            " WHERE sku > ? AND changed_at >= ? ORDER BY sku LIMIT ?",
            (after, since, limit),
        ).fetchall()
        return [self._item(row) for row in rows]

    def item(self, sku: str) -> dict[str, Json]:
        """Raises Problem 404."""
        row = self._storage.connection.execute(
            "SELECT sku, name, item_group, tax_class, lead_time_days, changed_at FROM item WHERE sku = ?", (sku,)
        ).fetchone()
        if row is None:
            raise Problem(404, "not_found", "The ERP has no such item.")
        return self._item(row)

    def post(self, posting: Posting) -> dict[str, Json]:
        """Set a minimum price, once per reference. Raises Problem: 404, 409 with what stands, 422."""
        if not 0 <= posting.amount <= MOST:
            raise Problem(422, "amount_range", "An amount is from 0 to 21,474,836.47.")
        request = json.dumps([posting.sku, posting.currency, posting.amount])
        with self._storage.transaction() as connection:
            done = connection.execute(
                "SELECT request, revision FROM document WHERE reference = ?", (posting.reference,)
            ).fetchone()
            if done:
                if done[0] != request:
                    raise Problem(422, "reference_reused", "This reference names another document.")
                return {"revision": done[1], "amount": posting.amount, "replayed": True}
            revision = self._set(posting)
            connection.execute(
                "INSERT INTO document(reference, request, at, sku, currency, amount, revision)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (posting.reference, request, _now(), posting.sku, posting.currency, posting.amount, revision),
            )
        return {"revision": revision, "amount": posting.amount, "replayed": False}

    def edit(self, *, sku: str, kind: str, currency: str, amount: int) -> None:
        """A change by somebody else's hand: a cost or minimum price, with no document of ours. Raises Problem 404."""
        with self._storage.transaction() as connection:
            moved = connection.execute(
                "UPDATE amount SET amount = ?, revision = revision + 1 WHERE sku = ? AND kind = ? AND currency = ?",
                (amount, sku, kind, currency),
            )
            if moved.rowcount == 0:
                raise Problem(404, "not_found", "The ERP has no such amount.")
            connection.execute("UPDATE item SET changed_at = ? WHERE sku = ?", (_now(), sku))

    def documents(self, reference: str | None) -> list[dict[str, Json]]:
        where, given = ("WHERE reference = ?", (reference,)) if reference is not None else ("", ())
        rows = self._storage.connection.execute(
            f"SELECT at, sku, currency, amount, reference FROM document {where} ORDER BY n", given
        ).fetchall()
        return [
            {
                "at": wire(at),
                "address": {"type": "variant", "id": sku, "field": "minimum_price", "currency": currency},
                "value": Money(amount, currency).wire(),
                "operation_key": key,
            }
            for at, sku, currency, amount, key in rows
        ]

    def close(self) -> None:
        self._storage.close()

    def _set(self, posting: Posting) -> int:
        connection = self._storage.connection
        row = connection.execute(
            "SELECT amount, revision FROM amount WHERE sku = ? AND kind = 'minimum_price' AND currency = ?",
            (posting.sku, posting.currency),
        ).fetchone()
        if row is None:
            raise Problem(404, "not_found", "The ERP has no such minimum price.")
        if posting.revision is not None and posting.revision != row[1]:
            raise Problem(409, "revision_moved", "The amount was changed since.", amount=row[0], revision=row[1])
        connection.execute(
            "UPDATE amount SET amount = ?, revision = ? WHERE sku = ? AND kind = 'minimum_price' AND currency = ?",
            (posting.amount, row[1] + 1, posting.sku, posting.currency),
        )
        connection.execute("UPDATE item SET changed_at = ? WHERE sku = ?", (_now(), posting.sku))
        return int(row[1]) + 1

    def _item(self, row: tuple[str, str, str, str, int, int]) -> dict[str, Json]:
        sku, name, group, tax_class, lead_time_days, changed_at = row
        amounts = self._storage.connection.execute(
            "SELECT kind, currency, amount, revision FROM amount WHERE sku = ? ORDER BY kind, currency", (sku,)
        ).fetchall()
        shown: dict[str, dict[str, Json]] = {"cost": {}, "minimum_price": {}}
        for kind, currency, amount, revision in amounts:
            shown[kind][currency] = {"amount": amount, "revision": revision}
        return {
            "sku": sku,
            "name": name,
            "group": group,
            "tax_class": tax_class,
            "tax_bp": TAX_BP,
            "lead_time_days": lead_time_days,
            "changed_at": wire(changed_at),
            **shown,
        }

    def _fill(self, seed: int) -> None:
        at = _now()
        with self._storage.transaction() as connection:
            self._storage.create()
            variants = goods(seed).variants
            connection.executemany(
                "INSERT INTO item(sku, name, item_group, tax_class, lead_time_days, changed_at)"
                " VALUES (?, ?, ?, 'standard', ?, ?)",
                ((v.sku, v.title["en"], v.segment, v.lead_days, at) for v in variants),
            )
            connection.executemany(
                "INSERT INTO amount(sku, kind, currency, amount, revision) VALUES (?, ?, ?, ?, 1)",
                [
                    (v.sku, kind, currency, amount)
                    for v in variants
                    for currency in CURRENCIES
                    for kind, amount in (("cost", v.cost(currency)), ("minimum_price", v.minimum_price(currency)))
                ],
            )


def _now() -> int:
    return time.time_ns() // 1_000_000
