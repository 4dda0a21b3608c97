"""What the catalogue tells and what a change is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

type Json = Any

ADDRESS = ("channel", "country", "currency", "locale", "location")


@dataclass(frozen=True, slots=True)
class Money:
    """Whole minor units of a currency, with or without tax."""

    amount: int
    currency: str
    exponent: int = 2
    tax: str = "included"

    @classmethod
    def parse(cls, raw: Mapping[str, Json]) -> Self:
        return cls(int(raw["amount"]), raw["currency"], int(raw["exponent"]), raw["tax"])

    def wire(self) -> dict[str, Json]:
        return {"amount": self.amount, "currency": self.currency, "exponent": self.exponent, "tax": self.tax}

    def percent(self, change: int) -> "Money":
        """That many whole percent more or less, rounded half up to the minor unit."""
        return replace(self, amount=(self.amount * (100 + change) * 2 + 100) // 200)


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after, at a field's address."""

    type: str
    id: str
    field: str
    address: Mapping[str, str | None]
    before: Json
    after: Json
    system: str | None = None

    def wire(self) -> dict[str, Json]:
        body: dict[str, Json] = {
            "type": self.type,
            "id": self.id,
            "field": self.field,
            "address": dict(self.address),
            "before": self.before,
            "after": self.after,
        }
        return body | ({"system": self.system} if self.system else {})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a resource as a system told it; `value` as on the wire."""

    type: str
    id: str
    name: str
    address: Mapping[str, str | None]
    value: Json
    system: str
    source_of_truth: bool
    observed_at: datetime
    fresh: bool
    writable: bool

    @classmethod
    def parse(cls, type: str, id: str, raw: Mapping[str, Json]) -> Self:
        return cls(
            type=type,
            id=id,
            name=raw["field"],
            address=dict(raw["address"]),
            value=raw["value"],
            system=raw["system"],
            source_of_truth=raw["source_of_truth"],
            observed_at=datetime.fromisoformat(raw["observed_at"]),
            fresh=raw["fresh"],
            writable=raw["writable"],
        )

    @property
    def money(self) -> Money:
        """The value as money. Raises TypeError where it is something else."""
        if not isinstance(self.value, dict) or "currency" not in self.value:
            raise TypeError(f"{self.name} of {self.id} is no money")
        return Money.parse(self.value)

    def change(self, after: Money | Json) -> Change:
        """From what was read to `after`."""
        wanted = after.wire() if isinstance(after, Money) else after
        return Change(self.type, self.id, self.name, self.address, self.value, wanted)


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing of the shop with all its fields."""

    type: str
    id: str
    sku: str
    title: str
    segments: tuple[str, ...]
    fields: tuple[Field, ...]
    units_7d: int | None
    units_7d_by_channel: Mapping[str, int]
    net_revenue_7d: Money | None

    @classmethod
    def parse(cls, raw: Mapping[str, Json]) -> Self:
        sales = raw.get("sales") or {}
        revenue = sales.get("net_revenue_7d")
        return cls(
            type=raw["type"],
            id=raw["id"],
            sku=raw["sku"],
            title=raw["title"],
            segments=tuple(raw["segments"]),
            fields=tuple(Field.parse(raw["type"], raw["id"], each) for each in raw["fields"]),
            units_7d=sales.get("units_7d"),
            units_7d_by_channel={row["channel"]: row["units_7d"] for row in sales.get("by_channel", ())},
            net_revenue_7d=Money.parse(revenue) if revenue else None,
        )

    def field(self, name: str, **address: str) -> Field:
        """The one field with this name at this address; the source of truth where several systems tell it.

        Raises LookupError where there is none, or more than one address fits.
        """
        if unknown := sorted(address.keys() - set(ADDRESS)):
            raise LookupError(f"an address has no part {unknown[0]}")
        fitting = [each for each in self.fields if each.name == name and address.items() <= each.address.items()]
        places = {tuple(sorted(each.address.items(), key=lambda part: part[0])) for each in fitting}
        if len(places) != 1:
            raise LookupError(f"{self.id} has {len(places)} fields {name} at {address or 'no address'}")
        return max(fitting, key=lambda each: each.source_of_truth)
