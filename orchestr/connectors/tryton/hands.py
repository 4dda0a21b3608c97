"""Whose hand was on a value last: Tryton keeps who wrote a record and when, and who moved stock.

A list price stands in two records, the variant and its template, and the later of both hands is named, whatever of
the record it changed. What the user may not read stays unnamed; nothing fails for it.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestr.connectors.base import Json, SystemRefused
from orchestr.connectors.tryton.client import Client
from orchestr.connectors.tryton.company import KEEP_S, Company

STAMPS = ("write_date", "write_uid", "create_date", "create_uid")
MOST_MOVES = 1_000  # the newest moves among which those of the asked products are looked for


@dataclass(frozen=True, slots=True)
class Hand:
    """When a record was changed last, and by which user's id (0 where Tryton says nobody)."""

    at: datetime | None = None
    user: int = 0


NOBODY = Hand()


class Names:
    """Users by id, asked for once in five minutes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names: dict[int, str] = {}
        self._since = 0.0

    def of(self, ids: Collection[int]) -> Mapping[int, str]:
        """What people call these users; `user 7` where the user of this session may not read who that is."""
        if time.monotonic() - self._since > KEEP_S:
            self._names, self._since = {}, time.monotonic()
        asked = sorted({id for id in ids if id} - self._names.keys())
        if asked:
            try:
                rows = self._client.query("model.res.user.read", asked, ["rec_name", "login"])
                self._names |= {int(row["id"]): str(row["rec_name"] or row["login"] or "") for row in rows}
            except SystemRefused:
                pass  # it may not read users: they are told by number
        return {id: self._names.get(id) or f"user {id}" for id in ids if id}


def of_record(row: Mapping[str, Json]) -> Hand:
    """The last hand on one record, of a row that has `STAMPS`; whoever made it, where nobody has changed it since."""
    for at, user in (("write_date", "write_uid"), ("create_date", "create_uid")):
        if isinstance(row.get(at), datetime):
            return Hand(row[at], int(row.get(user) or 0))
    return NOBODY


def later(hands: Iterable[Hand]) -> Hand:
    """The one that came last."""
    known = [hand for hand in hands if hand.at is not None]
    return max(known, key=lambda hand: hand.at.timestamp() if hand.at else 0.0, default=NOBODY)


def of_stock(ids: Sequence[int], location: int, *, client: Client, company: Company) -> dict[int, Hand]:
    """Who moved these products at one location last, by product (one request); empty where that may not be read."""
    at_location = ["OR", [["from_location", "=", location]], [["to_location", "=", location]]]
    domain = [["product", "in", list(ids)], ["state", "=", "done"], at_location]
    try:
        rows = client.query(
            "model.stock.move.search_read", domain, 0, MOST_MOVES, [["write_date", "DESC"], ["id", "DESC"]],
            ["product", *STAMPS], context=company.context,
        )  # fmt: skip
    except SystemRefused:
        return {}
    found: dict[int, Hand] = {}
    for row in rows:
        found.setdefault(int(row["product"]), of_record(row))
    return found
