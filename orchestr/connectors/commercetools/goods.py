"""What a product's document says, current and staged, in our terms.

`current` is what buyers see; `staged` is what somebody prepares. We read what is current, of published products
alone, and write both at once, so that publishing later does not bring the old value back.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

from orchestr.connectors.base import Json, Money
from orchestr.connectors.commercetools.project import Channel, Project
from orchestr.connectors.commercetools.segments import text_in

Row = Mapping[str, Json]
Side = Literal["current", "staged"]
TEXTS = {"title": "name", "description": "description"}


def published(row: Row) -> bool:
    return bool(row["masterData"]["published"])


def key_of(row: Row, project: Project) -> str:
    """A product's business key: its slug in the first language that it has one in."""
    return text_in(row["masterData"]["current"]["slug"], project.languages)


def variants(row: Row, side: Side = "current") -> Iterator[dict[str, Json]]:
    data = row["masterData"][side]
    yield data["masterVariant"]
    yield from data["variants"]


def variant(row: Row, sku: str, side: Side = "current") -> dict[str, Json] | None:
    return next((one for one in variants(row, side) if one.get("sku") == sku), None)


def ref_of(row: Row, one: Row) -> str:
    return f"{row['id']}/{one['id']}"


def title_of(row: Row, one: Row, project: Project) -> str:
    """The product's name; with the SKU where there are several variants."""
    name = text_in(row["masterData"]["current"]["name"], project.languages)
    return f"{name} ({one['sku']})" if row["masterData"]["current"]["variants"] else name


def price_in(row: Row, one: Row, channel: Channel) -> dict[str, Json] | None:
    """The embedded price of the channel that stands without dates; None also for products with standalone prices."""
    if row.get("priceMode") == "Standalone":
        return None
    found = [price for price in one.get("prices") or () if channel.sells(price) and not _dated(price)]
    return found[0] if len(found) == 1 else None


def dated_now(one: Row, channel: Channel) -> bool:
    """Whether a price with dates is in force at this moment, before which the one without stands back."""
    now = datetime.now(UTC)
    return any(_in_force(price, now) for price in one.get("prices") or () if channel.sells(price) and _dated(price))


def money_of(price: Row, channel: Channel) -> Json:
    """Exactly: a price of high precision keeps its decimals."""
    value = price["value"]
    amount = value["preciseAmount"] if value.get("type") == "highPrecision" else value["centAmount"]
    return Money(int(amount), value["currencyCode"], int(value["fractionDigits"]), channel.tax).wire()


def tax_bp(row: Row, channel: Channel, project: Project) -> int | None:
    category = str((row.get("taxCategory") or {}).get("id") or "")
    return project.taxes.get(category, {}).get(channel.country)


def texts(row: Row, field: str, side: Side = "current") -> dict[str, str]:
    return dict(row["masterData"][side].get(TEXTS[field]) or {})


def _dated(price: Row) -> bool:
    return bool(price.get("validFrom") or price.get("validUntil"))


def _in_force(price: Row, now: datetime) -> bool:
    since, until = price.get("validFrom"), price.get("validUntil")
    return (not since or datetime.fromisoformat(since) <= now) and (not until or now < datetime.fromisoformat(until))
