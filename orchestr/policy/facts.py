"""Everything a verdict may look at, as frozen values that replay byte for byte.

Percentages and confidence are basis points, times are whole seconds since 1970 UTC, money is `Money`.
`Facts.canonical()` gives the bytes to store, `Facts.from_wire()` reads them back. Parts that are
None, False or empty are left out of the wire, so a part added later leaves old facts readable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from orchestr.policy.around import Around
from orchestr.policy.commerce_facts import CommerceFacts
from orchestr.policy.exception_facts import ExceptionFacts
from orchestr.policy.fieldclass import FieldClass
from orchestr.policy.price_facts import PriceFacts
from orchestr.policy.values import Address, FieldKind, Json, Money, ValueRefused, canonical

Value = Money | int | str | Mapping[str, Json] | None
ProposerKind = Literal["agent", "person"]
EvidenceKind = Literal["observed", "claimed"]
Reversibility = Literal["restore", "compensate", "delete_created", "irreversible"]
Guarantee = Literal["native_cas", "read_compare", "none"]
Atomicity = Literal["all_or_compensate", "per_item"]

FORMAT = 1


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFacts:
    """One piece of evidence, times in whole seconds since 1970 UTC."""

    id: str
    kind: EvidenceKind
    observed_at: int
    expires_at: int
    sha256: str
    source: str = ""

    def to_wire(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "kind": self.kind,
            "observed_at": self.observed_at,
            "expires_at": self.expires_at,
            "sha256": self.sha256,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeFacts:
    """A standing freeze that touches this proposal; `items` are the indexes it stops, none means all."""

    kind: str
    key: str = ""
    items: tuple[int, ...] = ()

    def to_wire(self) -> dict[str, Json]:
        return {"kind": self.kind, "key": self.key, "items": sorted(self.items)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeciderFacts:
    """How many persons who may decide on *every* segment touched hold exactly these functions.

    The proposer, the agent's owner and the last editor are not among them. Counts, not names: facts
    are kept for years.
    """

    functions: tuple[str, ...]
    persons: int

    def to_wire(self) -> dict[str, Json]:
        return {"functions": sorted(self.functions), "persons": self.persons}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureFacts:
    """What already stands in one segment × channel, this proposal not counted.

    `pending`: items reserved by proposals that wait or are approved; `live_24h`: items that went
    live in the last 24 h. An item is one field address of one resource (see `blast_radius.reach`).
    """

    segment: str
    channel: str
    pending: int
    live_24h: int

    def to_wire(self) -> dict[str, Json]:
        return {"segment": self.segment, "channel": self.channel, "pending": self.pending, "live_24h": self.live_24h}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One proposal at one moment. `deciders` None: who could decide was not asked (a dry check)."""

    at: int
    proposer_kind: ProposerKind
    proposer: str
    items: tuple[ItemFacts, ...]
    owner: str | None = None
    workflow: str | None = None
    stage: str | None = None
    confidence_bp: int | None = None
    atomicity: Atomicity = "per_item"
    evidence: tuple[EvidenceFacts, ...] = ()
    freezes: tuple[FreezeFacts, ...] = ()
    deciders: tuple[DeciderFacts, ...] | None = None
    exposure: tuple[ExposureFacts, ...] = ()
    around: Around | None = None
    commerce: CommerceFacts | None = None
    exceptions: tuple[ExceptionFacts, ...] = ()

    def to_wire(self) -> dict[str, Json]:
        """Canonical whatever order the parts were loaded in."""
        out: dict[str, Json] = {
            "format": FORMAT,
            "at": self.at,
            "proposer": {"kind": self.proposer_kind, "id": self.proposer},
            "atomicity": self.atomicity,
            "items": [item.to_wire() for item in sorted(self.items, key=lambda item: item.index)],
        }
        for name in ("owner", "workflow", "stage", "confidence_bp"):
            if (part := getattr(self, name)) is not None:
                out[name] = part
        if self.deciders is not None:
            out["deciders"] = _sorted(self.deciders)
        if self.commerce is not None:
            out["commerce"] = self.commerce.to_wire()
        if self.around is not None:
            out["around"] = self.around.to_wire()
        for name in ("evidence", "freezes", "exposure", "exceptions"):
            if parts := getattr(self, name):
                out[name] = _sorted(parts)
        return out

    def canonical(self) -> bytes:
        """The bytes to store. Raises TypeError where a value holds a float."""
        return canonical(self.to_wire())

    @classmethod
    def from_wire(cls, raw: Mapping[str, Any]) -> Self:
        """Read what `to_wire` gave. Raises ValueRefused for a format this release does not know."""
        if raw.get("format") != FORMAT:
            raise ValueRefused("facts_format", f"These facts have format {raw.get('format')!r}; this reads {FORMAT}.")
        deciders = raw.get("deciders")
        return cls(
            at=raw["at"],
            proposer_kind=raw["proposer"]["kind"],
            proposer=raw["proposer"]["id"],
            atomicity=raw["atomicity"],
            items=tuple(ItemFacts.from_wire(part) for part in raw["items"]),
            owner=raw.get("owner"),
            workflow=raw.get("workflow"),
            stage=raw.get("stage"),
            confidence_bp=raw.get("confidence_bp"),
            evidence=tuple(EvidenceFacts(**part) for part in raw.get("evidence", ())),
            freezes=tuple(
                FreezeFacts(kind=part["kind"], key=part["key"], items=tuple(part["items"]))
                for part in raw.get("freezes", ())
            ),
            deciders=None
            if deciders is None
            else tuple(DeciderFacts(functions=tuple(p["functions"]), persons=p["persons"]) for p in deciders),
            exposure=tuple(ExposureFacts(**part) for part in raw.get("exposure", ())),
            around=Around.from_wire(raw["around"]) if "around" in raw else None,
            commerce=CommerceFacts.from_wire(raw["commerce"]) if "commerce" in raw else None,
            exceptions=tuple(ExceptionFacts.from_wire(part) for part in raw.get("exceptions", ())),
        )


def _money(raw: Json) -> Money | None:
    return None if raw is None else Money.parse(raw)


def _sorted(parts: Sequence[Any]) -> list[dict[str, Json]]:
    return sorted((part.to_wire() for part in parts), key=canonical)
