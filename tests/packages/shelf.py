"""A connector installed from outside the repository, to a shop that lives in this process.

For tests that need systems with values but no HTTP: `put` fills a shelf, `break_with` makes its next calls
fail, `calls` counts what was asked. The entry point is found like that of any installed package.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestr.connectors.base import (
    Accepted,
    Address,
    CataloguePage,
    Conflict,
    ConnectorError,
    Credentials,
    Declaration,
    FieldDeclaration,
    FieldSnapshot,
    Json,
    Money,
    Observed,
    Rejected,
    ResourceSnapshot,
    SalesBucket,
    SegmentSnapshot,
    Session,
    Stage,
    SystemConfig,
    Target,
    Tool,
    WebhookEvent,
    WebhookRefused,
    WriteOutcome,
    WriteRequest,
    Writes,
)


@dataclass
class Shelf:
    """What one system holds, by (type, id), and how it behaves."""

    resources: dict[tuple[str, str], ResourceSnapshot] = field(default_factory=dict)
    segments: tuple[SegmentSnapshot, ...] = ()
    sold: tuple[SalesBucket, ...] = ()
    failing: list[ConnectorError] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    in_transaction: list[str] = field(default_factory=list)

    def called(self, name: str) -> None:
        from django.db import connection

        self.calls[name] += 1
        if connection.in_atomic_block:
            self.in_transaction.append(name)
        if self.failing:
            raise self.failing.pop(0)


SHELVES: dict[str, Shelf] = defaultdict(Shelf)


def put(system: str, snapshot: ResourceSnapshot) -> None:
    """Place one resource on a system's shelf, as it is from now on."""
    SHELVES[system].resources[snapshot.type, snapshot.id] = snapshot


def take(system: str, type: str, id: str) -> None:
    del SHELVES[system].resources[type, id]


def set_value(system: str, type: str, id: str, name: str, value: Json, address: Address | None = None) -> None:
    """Somebody else's edit in the shop."""
    held = SHELVES[system].resources[type, id]
    where = address or Address()
    fields = tuple(replace(f, value=value) if (f.field, f.address) == (name, where) else f for f in held.fields)
    put(system, replace(held, fields=fields))


def clear() -> None:
    SHELVES.clear()


WRITES = {
    "shop": ({"variant": ("price",), "stock": ("on_hand",), "product": ("title", "description")}),
    "erp": ({"stock": ("on_hand",)}),
}
READS = {
    "shop": (
        ("variant", "price", "money", "price"),
        ("variant", "tax_bp", "integer", "copy"),
        ("stock", "on_hand", "integer", "stock"),
        ("product", "title", "text", "copy"),
        ("product", "description", "text", "copy"),
    ),
    "erp": (
        ("variant", "cost", "money", "price"),
        ("stock", "on_hand", "integer", "stock"),
    ),
}


class ShelfSession(Session):
    def __init__(self, system: SystemConfig, stage: Stage) -> None:
        self.system, self.stage = system, stage
        self.shelf = SHELVES[system.key]

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        self.shelf.called("read_catalogue")
        held = [self.shelf.resources[key] for key in sorted(self.shelf.resources)]
        start = int(cursor or 0)
        end = start + limit
        return CataloguePage(
            resources=tuple(held[start:end]),
            next_cursor=str(end) if end < len(held) else None,
            segments=self.shelf.segments if start == 0 else (),
        )

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        self.shelf.called("read")
        return tuple(Observed(target=target, value=self._value(target)) for target in targets)

    def _value(self, target: Target) -> Json:
        held = self.shelf.resources.get((target.type, target.id))
        for each in held.fields if held else ():
            if (each.field, each.address) == (target.field, target.address):
                return each.value
        return None

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self.stage != "publish":
            return Rejected(code="stage")
        self.shelf.called("write")
        target = request.target
        live = self._value(target)
        if live != request.before:
            return Conflict(live=live)
        set_value(self.system.key, target.type, target.id, target.field, request.after, target.address)
        return Accepted()

    def sales(self, *, since: datetime, until: datetime, bucket: timedelta | None = None) -> tuple[SalesBucket, ...]:
        self.shelf.called("sales")
        return self.shelf.sold

    def close(self) -> None:
        pass


class ShelfConnector:
    kind = "shelf"

    def declare(self, system: SystemConfig) -> Declaration:
        role = str(system.settings.get("role", "shop"))
        writable = WRITES[role]
        tools = tuple(
            Tool(
                name=f"{role}.set_{name}",
                title=f"Set the {name} of a {type}",
                action_class="publish",
                writes=(Writes(type, name),),
                reversibility="compensate" if role == "erp" else "restore",
                guarantee="read_compare",
                resend="absolute",
            )
            for type, names in writable.items()
            for name in names
        )
        read = Tool(name=f"{role}.read", title="Read the catalogue", action_class="read")
        return Declaration(
            kind=self.kind,
            title="Shelf",
            tools=(read, *tools),
            fields=tuple(
                FieldDeclaration(
                    type=type,
                    field=name,
                    kind=kind,  # type: ignore[arg-type]
                    freshness=freshness,  # type: ignore[arg-type]
                    writable=name in writable.get(type, ()),
                    source_of_truth=not (role == "shop" and name == "on_hand"),
                )
                for type, name, kind, freshness in READS[role]
            ),
            settle_after=timedelta(seconds=2),
            capabilities=frozenset({"sales"}) if role == "shop" else frozenset(),
        )

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> Session:
        return ShelfSession(system, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("unsupported", "A shelf sends no webhooks.")


CONNECTOR = ShelfConnector()


def money(amount: int, currency: str = "EUR", tax: str = "included") -> dict[str, Json]:
    return Money.parse({"amount": amount, "currency": currency, "exponent": 2, "tax": tax}).wire()


def variant(sku: str, *, segment: str, eur: int, gbp: int) -> ResourceSnapshot:
    """A variant as a shop tells it: prices on two sites, tax rate per country."""
    price = "price"
    return ResourceSnapshot(
        type="variant",
        id=sku,
        ref=f"v-{sku}",
        title=f"Variant {sku}",
        sku=sku,
        segments=(segment,),
        fields=(
            FieldSnapshot(
                field=price, value=money(eur), kind="money", address=Address(channel="web-de", currency="EUR")
            ),
            FieldSnapshot(
                field=price, value=money(gbp, "GBP"), kind="money", address=Address(channel="web-uk", currency="GBP")
            ),
            FieldSnapshot(field="tax_bp", value=1900, kind="integer", address=Address(country="DE")),
            FieldSnapshot(field="tax_bp", value=2000, kind="integer", address=Address(country="GB")),
        ),
    )
