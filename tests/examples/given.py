"""Resources as the catalogue tells them, for agents that think on what they read."""

from datetime import UTC, datetime
from typing import Any

from orchestr.client import Field, Resource

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)


def field(type: str, id: str, name: str, value: Any, **address: str) -> Field:
    return Field(
        type=type,
        id=id,
        name=name,
        address=address,
        value=value,
        system="demo-shop",
        source_of_truth=True,
        observed_at=NOW,
        fresh=True,
        writable=True,
    )


def resource(type: str, id: str, *fields: Field, segment: str = "apparel/jackets", **more: Any) -> Resource:
    by_channel = more.pop("sold", {})
    return Resource(
        type=type,
        id=id,
        sku=more.pop("sku", id),
        title=more.pop("title", id),
        segments=(segment,),
        fields=fields,
        units_7d=sum(by_channel.values()),
        units_7d_by_channel=by_channel,
        net_revenue_7d=None,
    )


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}
