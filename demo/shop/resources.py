"""Resources with their values, by page, and the segments they lie in."""

from collections import defaultdict

from demo.catalogue.goods import REHEARSAL
from demo.catalogue.segments import LEAVES, SEGMENTS
from demo.door.strict import Problem, wire
from demo.shop.shop import Shop
from demo.shop.values import Held
from orchestr.policy.values import Json

Row = tuple[str, str, str, str, str, str, int]
COLUMNS = "type, id, title, sku, product, segment, updated_at"


def page(shop: Shop, *, cursor: str, since: int, limit: int) -> dict[str, Json]:
    """Resources changed since a moment (ms; 0 is all), by type and id from the cursor on."""
    type, _, id = cursor.partition("/")
    rows: list[Row] = shop.storage.connection.execute(
        f"SELECT {COLUMNS} FROM resource WHERE (type, id) > (?, ?) AND updated_at >= ? ORDER BY type, id LIMIT ?",
        (type, id, since, limit + 1),
    ).fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    return {
        "items": _with_values(shop, rows),
        "next_cursor": f"{rows[-1][0]}/{rows[-1][1]}" if more else None,
    }


def one(shop: Shop, *, type: str, id: str) -> dict[str, Json]:
    """Raises Problem 404."""
    rows = shop.storage.connection.execute(
        f"SELECT {COLUMNS} FROM resource WHERE type = ? AND id = ?", (type, id)
    ).fetchall()
    found = _with_values(shop, rows)
    if not found:
        raise Problem(404, "not_found", "The shop has no such resource.")
    return found[0]


def segments(shop: Shop) -> list[dict[str, Json]]:
    """Parents before their children."""
    if shop.rehearsal:
        return [{"key": REHEARSAL, "name": "Rehearsal", "parent": None}]
    return [{"key": segment.key, "name": segment.name, "parent": segment.parent} for segment in SEGMENTS]


def _with_values(shop: Shop, rows: list[Row]) -> list[dict[str, Json]]:
    ids: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        ids[row[0]].append(row[1])
    held = {type: shop.values.of(type, wanted) for type, wanted in ids.items()}
    return [_wire(shop, row, held[row[0]][row[1]]) for row in rows if held[row[0]][row[1]]]


def _wire(shop: Shop, row: Row, held: list[Held]) -> dict[str, Json]:
    type, id, title, sku, product, segment, updated_at = row
    if type == "promotion":
        shown = next((one.value for one in held if one.spot.field == "definition"), None)
        title = shown["title"] if shown else title
    return {
        "type": type,
        "id": id,
        "title": title,
        "sku": sku,
        "product": product or None,
        "segments": _promoted(shop, held) if type == "promotion" else [segment],
        "image": _image(shop, type, id),
        "updated_at": wire(updated_at),
        "values": [one.wire() for one in held],
    }


def _image(shop: Shop, type: str, id: str) -> str | None:
    if type in ("variant", "stock"):
        return f"/img/{id}.svg"
    if type == "product":
        skus = next(product.skus for product in shop.range.products if product.slug == id)
        return f"/img/{skus[0]}.svg"
    return None


def _promoted(shop: Shop, held: list[Held]) -> list[str]:
    """The segments of the SKUs a promotion names; all of them where it names none."""
    named = {sku for one in held if one.spot.field == "definition" for sku in one.value["skus"]}
    touched = {variant.segment for variant in shop.range.variants if variant.sku in named}
    everywhere = any(one.spot.field == "definition" and not one.value["skus"] for one in held)
    return sorted({leaf.key for leaf in LEAVES} if everywhere or not touched else touched)
