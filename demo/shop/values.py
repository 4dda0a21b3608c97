"""The values the shop keeps, each with a version: read, compare and set, once per operation key."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from demo.door.strict import Problem, wire
from demo.shop.spot import Spot, check, created
from demo.shop.storage import Storage
from orchestr.policy.values import Json

API, BACK_OFFICE = "the API", "somebody in the back office"


@dataclass(frozen=True, slots=True)
class Held:
    """What stands at a spot. `value` None: nothing does, `version` counts on from there."""

    spot: Spot
    value: Json
    version: int
    updated_at: int

    def wire(self) -> dict[str, Json]:
        return {
            "type": self.spot.type,
            "id": self.spot.id,
            "field": self.spot.field,
            "address": self.spot.parts,
            "kind": self.spot.kind,
            "value": self.value,
            "version": str(self.version),
            "updated_at": wire(self.updated_at),
        }


@dataclass(frozen=True, slots=True)
class Written:
    """`replayed`: the operation key was known; this is what it did the first time."""

    held: Held
    replayed: bool


class Values:
    """`changed` is called with every spot that took a new value."""

    def __init__(self, storage: Storage, *, changed: Callable[[Spot], None] = lambda spot: None) -> None:
        self._storage = storage
        self._changed = changed
        self._stale: dict[Spot, tuple[Held, float]] = {}
        self._hands: dict[Spot, dict[int, str]] = {}  # who set the last two versions, since this process began

    def hand(self, held: Held) -> str:
        """Whose hand the value is from, "" where nobody knows."""
        return self._hands.get(held.spot, {}).get(held.version, "")

    def find(self, spot: Spot) -> Held | None:
        """What readers are told; the old value while a scripted staleness lasts. None: no such spot."""
        if self._stale and (entry := self._stale.get(spot)):
            if entry[1] > time.monotonic():
                return entry[0]
            del self._stale[spot]
        return self.live(spot)

    def live(self, spot: Spot) -> Held | None:
        row = self._storage.connection.execute(
            "SELECT value, version, updated_at FROM value WHERE type = ? AND id = ? AND field = ? AND address = ?",
            (spot.type, spot.id, spot.field, spot.address),
        ).fetchone()
        if row is None:
            return Held(spot, None, 0, 0) if created(spot) else None
        return Held(spot, None if row[0] is None else json.loads(row[0]), row[1], row[2])

    def _there(self, spot: Spot) -> Held | None:
        """What may be set: all that stands somewhere, and a definition that could come to."""
        held = self.live(spot)
        gone = held is not None and held.value is None and spot.field != "definition"
        return None if gone else held

    def of(self, type: str, ids: Iterable[str]) -> dict[str, list[Held]]:
        """Every value of some resources of one type, as readers are told."""
        wanted = list(ids)
        found: dict[str, list[Held]] = {id: [] for id in wanted}
        marks = ",".join("?" * len(wanted))
        rows = self._storage.connection.execute(
            "SELECT id, field, address, value, version, updated_at FROM value"
            f" WHERE type = ? AND id IN ({marks}) AND value IS NOT NULL ORDER BY id, field, address",
            (type, *wanted),
        ).fetchall()
        for id, field, address, value, version, updated_at in rows:
            spot = Spot(type, id, field, address)
            held = Held(spot, json.loads(value), version, updated_at)
            found[id].append((self.find(spot) or held) if self._stale else held)
        return found

    def put(self, spot: Spot, value: Json, *, if_match: str, operation_key: str, at: int, stale_ms: int = 0) -> Written:
        """Set a value where its version is still `if_match`, once per operation key.

        Raises Problem: 404 no such spot, 422 the value cannot stand there or the key was used for
        something else, 412 with the live value where the version moved.
        """
        check(spot, value)
        text = _text(value)
        request = json.dumps([spot.type, spot.id, spot.field, spot.address, text])
        with self._storage.transaction() as connection:
            if done := _done(connection, operation_key, request, spot):
                return Written(done, replayed=True)
            before = self._there(spot)
            if before is None:
                raise Problem(404, "not_found", "The shop has no such value.")
            if if_match not in ("*", str(before.version)):
                raise Problem(412, "version_moved", "The value was changed since.", live=before.wire())
            after = Held(spot, value, before.version + 1, at)
            self._set(connection, after, cause="written")
            self._hands[spot] = {before.version: self.hand(before), after.version: API}
            self._follow(connection, before, after)
            connection.execute(
                "INSERT INTO write(operation_key, request, at, type, id, field, address, value, version)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (operation_key, request, at, spot.type, spot.id, spot.field, spot.address, text, after.version),
            )
        if stale_ms:
            self._stale[spot] = (before, time.monotonic() + stale_ms / 1000)
        self._changed(spot)
        return Written(after, replayed=False)

    def edit(self, spot: Spot, value: Json, *, at: int) -> Held:
        """A change by somebody else's hand: it keeps the rules, needs no version, and is not in our write log."""
        check(spot, value)
        with self._storage.transaction() as connection:
            before = self._there(spot)
            if before is None:
                raise Problem(404, "not_found", "The shop has no such value.")
            after = Held(spot, value, before.version + 1, at)
            self._set(connection, after, cause="edited")
            self._hands[spot] = {before.version: self.hand(before), after.version: BACK_OFFICE}
            self._follow(connection, before, after)
        self._stale.pop(spot, None)
        self._changed(spot)
        return after

    def writes(self, operation_key: str | None, *, limit: int = 10_000) -> list[dict[str, Json]]:
        """The log of accepted writes, oldest first; of one operation key, or the latest `limit`."""
        where, given = ("WHERE operation_key = ?", (operation_key,)) if operation_key is not None else ("", ())
        rows = self._storage.connection.execute(
            f"SELECT at, type, id, field, address, value, operation_key FROM write {where} ORDER BY n DESC LIMIT ?",
            (*given, limit),
        ).fetchall()
        return [
            {
                "at": wire(at),
                "address": Spot(type, id, field, address).wire(),
                "value": None if value is None else json.loads(value),
                "operation_key": key,
            }
            for at, type, id, field, address, value, key in reversed(rows)
        ]

    def history(self, spot: Spot) -> list[dict[str, Json]]:
        """What stood there since when and by whose hand, oldest first."""
        rows = self._storage.connection.execute(
            "SELECT value, since, cause FROM history WHERE type = ? AND id = ? AND field = ? AND address = ?"
            " ORDER BY since, n",
            (spot.type, spot.id, spot.field, spot.address),
        ).fetchall()
        return [
            {"value": None if value is None else json.loads(value), "since": wire(since), "cause": cause}
            for value, since, cause in rows
        ]

    def _follow(self, connection: sqlite3.Connection, before: Held, after: Held) -> None:
        """A promotion is made switched on, and its switch goes with it: there is no switch without one."""
        if after.spot.field != "definition" or (before.value is None) == (after.value is None):
            return
        switch = Spot("promotion", after.spot.id, "enabled", after.spot.address)
        held = self.live(switch)
        version = held.version + 1 if held else 1
        value = None if after.value is None else 1
        self._set(connection, Held(switch, value, version, after.updated_at), cause="followed")

    def _set(self, connection: sqlite3.Connection, after: Held, *, cause: str) -> None:
        spot, text = after.spot, _text(after.value)
        place = (spot.type, spot.id, spot.field, spot.address)
        connection.execute(
            "INSERT INTO value(type, id, field, address, value, version, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version,"
            " updated_at = excluded.updated_at",
            (*place, text, after.version, after.updated_at),
        )
        connection.execute(
            "INSERT INTO history(type, id, field, address, value, since, cause) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*place, text, after.updated_at, cause),
        )
        moved = connection.execute(
            "UPDATE resource SET updated_at = ? WHERE type = ? AND id = ?", (after.updated_at, spot.type, spot.id)
        )
        if moved.rowcount == 0:
            connection.execute(
                "INSERT INTO resource(type, id, title, sku, product, segment, updated_at) VALUES (?, ?, ?, '', '', '', ?)",
                (spot.type, spot.id, spot.id, after.updated_at),
            )


def _done(connection: sqlite3.Connection, operation_key: str, request: str, spot: Spot) -> Held | None:
    row = connection.execute(
        "SELECT request, value, version, at FROM write WHERE operation_key = ?", (operation_key,)
    ).fetchone()
    if row is None:
        return None
    if row[0] != request:
        raise Problem(422, "operation_key_reused", "This operation key was used for another write.")
    return Held(spot, None if row[1] is None else json.loads(row[1]), row[2], row[3])


def _text(value: Json) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
