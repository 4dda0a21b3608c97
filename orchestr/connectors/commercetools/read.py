"""Live values: one query for each kind of thing and fifty targets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestr.connectors.base import Json, Observed, SystemRefused, Target
from orchestr.connectors.commercetools import goods, promotions
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.predicates import any_of, quoted
from orchestr.connectors.commercetools.project import MOST, Project

BATCH = 50  # names a query: an address has room for so many
TYPES = ("variant", "product", "stock", "promotion")


@dataclass(frozen=True, slots=True)
class Seen:
    """A value with the version of the document it stands in, and who changed that document last."""

    value: Json = None
    token: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""


NOTHING = Seen()


def read(targets: Sequence[Target], *, client: Client, project: Project, timeout_s: float) -> tuple[Observed, ...]:
    """Values and versions in the order asked; None where there is no such resource, channel, location or value.

    Raises SystemUnavailable, and SystemRefused also where a business key is not unique in the project.
    """
    groups: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        groups[target.type].append(target)
    found: dict[Target, Seen] = {}
    for type in TYPES:
        wanted = groups.get(type, [])
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            found.update(_READERS[type](batch, client, project, timeout_s))
    return tuple(
        Observed(
            target=target, value=seen.value, token=seen.token, changed_at=seen.changed_at, changed_by=seen.changed_by
        )
        for target in targets
        for seen in [found.get(target, NOTHING)]
    )


def product_rows(targets: Iterable[Target], *, client: Client, project: Project, timeout_s: float) -> list[goods.Row]:
    """The published products of these variants or products, by commercetools' id where we know it for all."""
    listed = list(targets)
    names = {target.id for target in listed}
    if all(target.ref for target in listed):
        where = any_of("id", {target.ref.partition("/")[0] for target in listed})
    elif listed[0].type == "product":
        slugs = " or ".join(any_of(f"`{one}`" if "-" in one else one, names) for one in project.languages)
        where = f"masterData(current(slug({slugs})))"
    else:
        skus = any_of("sku", names)
        where = f"masterData(current(masterVariant({skus}) or variants({skus})))"
    rows = client.rows("/products", timeout_s=timeout_s, where=where, limit=str(MOST))
    return [row for row in rows if goods.published(row)]


def variant_row(target: Target, rows: Iterable[goods.Row]) -> tuple[goods.Row, dict[str, Json]] | None:
    """The product and its variant that a target means. Raises SystemRefused where two carry the SKU."""
    found = [
        (row, one)
        for row in rows
        for one in goods.variants(row)
        if one.get("sku") == target.id and target.ref in ("", goods.ref_of(row, one))
    ]
    return _only(found, "SKU")


def product_row(target: Target, rows: Iterable[goods.Row], project: Project) -> goods.Row | None:
    return _only(
        [row for row in rows if goods.key_of(row, project) == target.id and target.ref in ("", row["id"])], "slug"
    )


def stock_rows(skus: Iterable[str], *, client: Client, timeout_s: float) -> list[dict[str, Json]]:
    """Every inventory entry of these SKUs, whatever their location."""
    found: list[dict[str, Json]] = []
    while True:
        after = [f"id > {quoted(str(found[-1]['id']))}"] if found else []
        where = [any_of("sku", skus), *after]
        rows = client.rows("/inventory", timeout_s=timeout_s, where=where, sort="id asc", limit=str(MOST))
        found += rows
        if len(rows) < MOST:
            return found


def stock_row(target: Target, rows: Iterable[Mapping[str, Json]], project: Project) -> Mapping[str, Json] | None:
    """The entry of a SKU at a location. A ref that is not the SKU is somebody else's."""
    place = project.locations.get(target.address.location or "")
    if place is None or target.ref not in ("", target.id):
        return None
    return _only([row for row in rows if row["sku"] == target.id and supply_of(row) == place], "SKU at a location")


def supply_of(row: Mapping[str, Json]) -> str:
    """Id of the supply channel, "" for an entry without one."""
    return str((row.get("supplyChannel") or {}).get("id") or "")


def level(row: Mapping[str, Json], field: str) -> int | None:
    on_hand = int(row["quantityOnStock"])
    return {"on_hand": on_hand, "reserved": max(0, on_hand - int(row["availableQuantity"]))}.get(field)


def _variants(batch: Sequence[Target], client: Client, project: Project, timeout_s: float) -> dict[Target, Seen]:
    rows = product_rows(batch, client=client, project=project, timeout_s=timeout_s)
    found: dict[Target, Seen] = {}
    for target in batch:
        channel, held = project.channel_of(target.address), variant_row(target, rows)
        if channel is None or held is None:
            continue
        row, one = held
        if target.field == "tax_bp":
            found[target] = Seen(goods.tax_bp(row, channel, project))
        elif target.field == "price" and target.address.currency == channel.currency:
            price = goods.price_in(row, one, channel)
            found[target] = _seen(goods.money_of(price, channel) if price else None, row)
    return found


def _products(batch: Sequence[Target], client: Client, project: Project, timeout_s: float) -> dict[Target, Seen]:
    rows = product_rows(batch, client=client, project=project, timeout_s=timeout_s)
    found: dict[Target, Seen] = {}
    for target in batch:
        row = product_row(target, rows, project)
        if row is not None and target.field in goods.TEXTS:
            found[target] = _seen(goods.texts(row, target.field).get(target.address.locale or ""), row)
    return found


def _stock(batch: Sequence[Target], client: Client, project: Project, timeout_s: float) -> dict[Target, Seen]:
    rows = stock_rows({target.id for target in batch}, client=client, timeout_s=timeout_s)
    held = {target: stock_row(target, rows, project) for target in batch}
    return {target: _seen(level(row, target.field), row) for target, row in held.items() if row}


def _promotions(batch: Sequence[Target], client: Client, project: Project, timeout_s: float) -> dict[Target, Seen]:
    rows = promotions.rows({target.id for target in batch}, client=client, timeout_s=timeout_s)
    found: dict[Target, Seen] = {}
    for target in batch:
        channel = project.channel_of(target.address)
        row = _only(
            [one for one in rows if one["code"] == target.id and target.ref in ("", one["id"])], "discount code"
        )
        if channel is None or row is None or not promotions.concerns(row, channel):
            continue
        if target.field == "enabled":
            found[target] = _seen(int(row["isActive"]), row)
        elif target.field == "definition":
            found[target] = _seen(promotions.definition(row, channel=channel, project=project), row)
    return found


_READERS = {"variant": _variants, "product": _products, "stock": _stock, "promotion": _promotions}


def _seen(value: Json, row: Mapping[str, Json]) -> Seen:
    """With who changed the document last: commercetools says it of the whole, not of each value in it."""
    return Seen(value, str(row["version"]), _moment(row.get("lastModifiedAt")), _hand(row.get("lastModifiedBy") or {}))


def _hand(by: Mapping[str, Json]) -> str:
    """Whoever it names: a person of the Merchant Center by their id, an outside id, or the API client that was used."""
    for name in ("user", "associate", "customer"):
        if isinstance(by.get(name), dict) and by[name].get("id"):
            return f"{name} {by[name]['id']}"
    if by.get("externalUserId"):
        return str(by["externalUserId"])
    return f"API client {by['clientId']}" if by.get("clientId") else ""


def _moment(text: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _only[T](found: Sequence[T], what: str) -> T | None:
    """The one, or none. Several under one business key are refused: we would not know which we mean."""
    if len(found) > 1:
        raise SystemRefused("not_unique", f"commercetools has the {what} more than once: make it unique there.")
    return found[0] if found else None
