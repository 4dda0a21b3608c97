"""Sums of more than a process should hold: added up in a file of SQLite that is gone with its connection."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Self

from orchestr.connectors.base import SalesBucket
from orchestr.policy.values import Money

type Sum = tuple[str, str, int, Money]  # SKU, channel, units, net revenue

# Without a name SQLite keeps a file of its own: what its few pages of memory do not hold goes to the disk.
_TABLE = """
CREATE TABLE sums (sku TEXT, channel TEXT, units INTEGER, amount INTEGER, currency TEXT, exponent INTEGER, tax TEXT,
                   PRIMARY KEY (sku, channel)) WITHOUT ROWID
"""
# Nothing is converted: the first currency of a channel is its currency, and what else was taken there is left out.
_ADD = """
INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sku, channel) DO UPDATE SET
    units = units + excluded.units,
    amount = amount + CASE WHEN (currency, exponent, tax) = (excluded.currency, excluded.exponent, excluded.tax)
                           THEN excluded.amount ELSE 0 END
"""


class SoldSums:
    """What was sold, by SKU and channel. Use it in a `with`; it holds one batch in memory, whatever it is given."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute(_TABLE)
        self._file.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()

    def add(self, buckets: Iterable[SalesBucket]) -> None:
        """Parts of one sum may come at any time and in any order."""
        for each in buckets:
            money = each.net_revenue
            given = (each.id, each.channel, each.units, money.amount, money.currency, money.exponent, money.tax)
            self._file.execute(_ADD, given)

    def batches(self, most: int) -> Iterator[list[Sum]]:
        """Every sum once, in the order of SKU and channel, at most so many at a time."""
        rows = self._file.execute("SELECT * FROM sums ORDER BY sku, channel")
        for batch in batched(rows, most, strict=False):
            yield [(sku, channel, units, Money(*money)) for sku, channel, units, *money in batch]
