"""One planned change with what is known of the thing it changes, as a frozen value that replays byte for byte."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.fieldclass import FieldClass
from orchestr.policy.values import Address, FieldKind, Json, Money, ValueRefused

Value = Money | int | str | Mapping[str, Json] | None
Reversibility = Literal["restore", "compensate", "delete_created", "irreversible"]
Guarantee = Literal["native_cas", "read_compare", "none"]


def read_value(kind: FieldKind, raw: Json) -> Value:
    """A wire value as a typed one. A money that is no money stays as it came, for a rule to refuse."""
    if kind == "money" and isinstance(raw, Mapping):
        try:
            return Money.parse(raw)
        except ValueRefused:
            return raw
    return raw  # type: ignore[no-any-return]


def value_wire(value: Value) -> Json:
    return value.wire() if isinstance(value, Money) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """One planned change, with what is known of the thing it changes.

    `segments` are the segment keys it counts against in the exposure ledger. `live` is the value now,
    if `live_known`. `day_start` is the value in force 24 h before `at`, where it has changed since.
    `evidence` are ids in `Facts.evidence` for this very field address. `allowed_locations` None means
    nobody has said which are valid. `cost` is one unit without tax, `unit_price` what one unit sells
    for (for stock), `stock` all units on hand.
    """

    index: int
    type: str
    id: str
    field: str
    kind: FieldKind
    field_class: FieldClass
    system: str
    before: Value
    after: Value
    address: Address = Address()
    segments: tuple[str, ...] = ()
    channel: str = ""
    live_known: bool = False
    live: Value = None
    reversibility: Reversibility = "restore"
    guarantee: Guarantee = "none"
    currency: str | None = None  # what the site trades in; None where no site applies
    exponent: int | None = None
    tax_bp: int | None = None
    cost: Money | None = None
    minimum_price: Money | None = None
    unit_price: Money | None = None
    stock: int | None = None
    units_7d: int | None = None
    net_revenue_7d: Money | None = None
    allowed_locations: tuple[str, ...] | None = None
    day_start: Value = None
    promotion: Mapping[str, Json] | None = None  # the live definition, where another field of it changes
    evidence: tuple[str, ...] = ()
    prices: PriceFacts | None = None
    lineage: tuple[str, ...] = ()  # the segments above its own, for the layers of a policy

    def to_wire(self) -> dict[str, Json]:
        out: dict[str, Json] = {
            "index": self.index,
            "type": self.type,
            "id": self.id,
            "field": self.field,
            "kind": self.kind,
            "class": self.field_class,
            "system": self.system,
            "before": value_wire(self.before),
            "after": value_wire(self.after),
            "reversibility": self.reversibility,
            "guarantee": self.guarantee,
        }
        if self.address != _NOWHERE:
            out["address"] = {name: part for name in _ADDRESS if (part := getattr(self.address, name)) is not None}
        for name in ("segments", "evidence", "lineage"):
            if part := getattr(self, name):
                out[name] = list(part)
        if self.channel:
            out["channel"] = self.channel
        if self.live_known:
            out["live"] = value_wire(self.live)
        if self.allowed_locations is not None:
            out["allowed_locations"] = list(self.allowed_locations)
        for name in _PLAIN:
            if (part := getattr(self, name)) is not None:
                out[name] = part
        if self.prices is not None:
            out["prices"] = self.prices.to_wire()
        for name in (*_MONEY, "day_start"):
            if (part := getattr(self, name)) is not None:
                out[name] = value_wire(part)
        return out

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        kind: FieldKind = raw["kind"]
        locations = raw.get("allowed_locations")
        return cls(
            index=raw["index"],
            type=raw["type"],
            id=raw["id"],
            field=raw["field"],
            kind=kind,
            field_class=raw["class"],
            system=raw["system"],
            before=read_value(kind, raw["before"]),
            after=read_value(kind, raw["after"]),
            reversibility=raw["reversibility"],
            guarantee=raw["guarantee"],
            address=Address.parse(raw.get("address")),
            segments=tuple(raw.get("segments", ())),
            lineage=tuple(raw.get("lineage", ())),
            channel=raw.get("channel", ""),
            live_known="live" in raw,
            live=read_value(kind, raw.get("live")),
            allowed_locations=None if locations is None else tuple(locations),
            day_start=read_value(kind, raw.get("day_start")),
            evidence=tuple(raw.get("evidence", ())),
            currency=raw.get("currency"),
            exponent=raw.get("exponent"),
            tax_bp=raw.get("tax_bp"),
            stock=raw.get("stock"),
            units_7d=raw.get("units_7d"),
            promotion=raw.get("promotion"),
            prices=PriceFacts.from_wire(raw.get("prices")),
            cost=_money(raw.get("cost")),
            minimum_price=_money(raw.get("minimum_price")),
            unit_price=_money(raw.get("unit_price")),
            net_revenue_7d=_money(raw.get("net_revenue_7d")),
        )


_NOWHERE = Address()
_ADDRESS = tuple(part.name for part in fields(Address))
_PLAIN = ("currency", "exponent", "tax_bp", "stock", "units_7d", "promotion")
_MONEY = ("cost", "minimum_price", "unit_price", "net_revenue_7d")


def _money(raw: Json) -> Money | None:
    return None if raw is None else Money.parse(raw)
