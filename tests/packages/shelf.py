"""A connector installed from outside the repository, to a shop that lives in this process.

For tests that need systems with values but no HTTP: `put` fills a shelf, `break_with` makes its next calls
fail, `calls` counts what was asked. The entry point is found like that of any installed package.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from orchestr.connectors.base import (
    Accepted,
    Address,
    AffectedOrder,
    Ambiguous,
    CataloguePage,
    Conflict,
    ConnectorError,
    Credentials,
    Declaration,
    FieldDeclaration,
    FieldSnapshot,
    Json,
    Money,
    NotSent,
    Observed,
    Rate,
    Rejected,
    Resend,
    ResourceSnapshot,
    Reversibility,
    SalesBucket,
    SegmentSnapshot,
    Session,
    Stage,
    SystemConfig,
    SystemUnavailable,
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
    selling: Callable[[datetime, datetime], tuple[SalesBucket, ...]] | None = None  # sums that depend on the span
    ordered: dict[str, tuple[AffectedOrder, ...]] = field(default_factory=dict)  # by the variant's id
    failing: list[ConnectorError] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    written: list[tuple[str, Json]] = field(default_factory=list)
    late: list[WriteRequest] = field(default_factory=list)
    stale: int = 0
    resend: Resend = "absolute"
    rate: Rate | None = None
    stages: bool = False  # whether prices can be staged
    staged: dict[Target, Json] = field(default_factory=dict)  # where it differs from what is live
    staging_answers: list[str] = field(default_factory=list)  # as `answers`, of `stage`
    late_stagings: list[WriteRequest] = field(default_factory=list)
    last_hand: str = ""  # who changed what is read, as the system says it
    beside: bool = False  # whether other addresses of a field count as siblings
    dead: bool = False  # as it was told: see `play_dead`
    calls: Counter[str] = field(default_factory=Counter)
    changed: set[tuple[str, str]] = field(default_factory=set)

    def called(self, name: str) -> None:
        self.calls[name] += 1
        if self.dead:
            raise SystemUnavailable("unreachable", "It plays dead.")
        if self.failing:
            raise self.failing.pop(0)


SHELVES: dict[str, Shelf] = defaultdict(Shelf)


def put(system: str, snapshot: ResourceSnapshot) -> None:
    """Place one resource on a system's shelf, as it is from now on."""
    SHELVES[system].resources[snapshot.type, snapshot.id] = snapshot
    SHELVES[system].changed.add((snapshot.type, snapshot.id))


def take(system: str, type: str, id: str) -> None:
    del SHELVES[system].resources[type, id]


def set_value(system: str, type: str, id: str, name: str, value: Json, address: Address | None = None) -> None:
    """Somebody else's edit in the shop. A value of None takes it away; one that was not there is an object made new."""
    where = address or Address()
    held = SHELVES[system].resources.get((type, id)) or ResourceSnapshot(
        type=type, id=id, ref=f"{type[0]}-{id}", title=id
    )
    others = tuple(each for each in held.fields if (each.field, each.address) != (name, where))
    kind = next((each.kind for each in held.fields if (each.field, each.address) == (name, where)), "object")
    fresh = () if value is None else (FieldSnapshot(field=name, value=value, kind=kind, address=where),)
    if others or fresh:
        put(system, replace(held, fields=(*others, *fresh)))
    else:
        take(system, type, id)


def land(system: str) -> None:
    """Writes whose answer was lost before they landed land now."""
    shelf = SHELVES[system]
    while shelf.late:
        _write(system, shelf.late.pop(0))
    while shelf.late_stagings:
        _stage(system, shelf.late_stagings.pop(0))


def _write(system: str, request: WriteRequest) -> None:
    target = request.target
    SHELVES[system].written.append((request.operation_key, request.after))
    set_value(system, target.type, target.id, target.field, request.after, target.address)


def _stage(system: str, request: WriteRequest) -> None:
    SHELVES[system].staged[replace(request.target, ref="")] = request.after


def clear() -> None:
    SHELVES.clear()


WRITES = {
    "shop": (
        {
            "variant": ("price",),
            "stock": ("on_hand",),
            "product": ("title", "description"),
            "promotion": ("definition",),
        }
    ),
    "erp": ({"stock": ("on_hand",)}),
}
READS = {
    "shop": (
        ("variant", "price", "money", "price"),
        ("variant", "tax_bp", "integer", "copy"),
        ("stock", "on_hand", "integer", "stock"),
        ("product", "title", "text", "copy"),
        ("product", "description", "text", "copy"),
        ("promotion", "definition", "object", "price"),
    ),
    "erp": (
        ("variant", "cost", "money", "price"),
        ("stock", "on_hand", "integer", "stock"),
    ),
}


# What a write answers without doing anything. Beside these: "answer lost" (it was written), "lands later"
# (see `land`), "yes, but does nothing".
SCRIPTED: Mapping[str, WriteOutcome] = {
    "request lost": Ambiguous(reason="timed out"),
    "busy": NotSent(reason="too_many_requests", retry_after_s=30),
    "down": NotSent(reason="refused_connection"),
    "rejected": Rejected(code="not_for_sale", message="This cannot be sold."),
}


class ShelfSession(Session):
    def __init__(self, system: SystemConfig, stage: Stage) -> None:
        self.system, self.opened_for = system, stage

    @property
    def shelf(self) -> Shelf:
        return SHELVES[self.system.key]

    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        self.shelf.called("read_catalogue")
        keys = self.shelf.resources if updated_since is None else self.shelf.changed & self.shelf.resources.keys()
        held = [self.shelf.resources[key] for key in sorted(keys)]
        start = int(cursor or 0)
        end = start + limit
        return CataloguePage(
            resources=tuple(held[start:end]),
            next_cursor=str(end) if end < len(held) else None,
            segments=self.shelf.segments if start == 0 else (),
        )

    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        self.shelf.called("read")
        by = self.shelf.last_hand
        return tuple(Observed(target=target, value=self._value(target), changed_by=by) for target in targets)

    def siblings(self, target: Target) -> tuple[Target, ...]:
        held = self.shelf.resources.get((target.type, target.id))
        others = held.fields if held and self.shelf.beside else ()
        return tuple(
            replace(target, field=each.field, address=each.address)
            for each in others
            if (each.field, each.address) != (target.field, target.address)
        )

    def _value(self, target: Target) -> Json:
        held = self.shelf.resources.get((target.type, target.id))
        for each in held.fields if held else ():
            if (each.field, each.address) == (target.field, target.address):
                return each.value
        return None

    def write(self, request: WriteRequest) -> WriteOutcome:
        if self.opened_for != "publish":
            return Rejected(code="stage")
        self.shelf.called("write")
        target = request.target
        scripted = self.shelf.answers.pop(0) if self.shelf.answers else "yes"
        if scripted in SCRIPTED:
            return SCRIPTED[scripted]
        if scripted == "lands later":
            self.shelf.late.append(request)
            return Ambiguous(reason="timed out")
        if self.shelf.resend == "operation_key" and request.operation_key in {key for key, _ in self.shelf.written}:
            return Accepted()  # It does each key once.
        live = self._value(target)
        if request.staged and self._staged(target) != request.after:
            return Rejected(code="staged_differs")
        if live != request.before:
            return Conflict(live=live)
        if scripted != "yes, but does nothing":
            _write(self.system.key, request)
            self.shelf.staged.pop(replace(target, ref=""), None)
        if scripted == "yes, and its siblings too":
            for other in self.siblings(target):
                if other.field == target.field:
                    currency = {"currency": other.address.currency}
                    set_value(
                        self.system.key, other.type, other.id, other.field, request.after | currency, other.address
                    )
        return Ambiguous(reason="timed out") if scripted == "answer lost" else Accepted()

    def stage(self, request: WriteRequest) -> WriteOutcome:
        if self.opened_for != "publish":
            return Rejected(code="stage")
        self.shelf.called("stage")
        scripted = self.shelf.staging_answers.pop(0) if self.shelf.staging_answers else "yes"
        if scripted in SCRIPTED:
            return SCRIPTED[scripted]
        if scripted == "lands later":
            self.shelf.late_stagings.append(request)
            return Ambiguous(reason="timed out")
        if self._staged(request.target) != request.before:
            return Conflict(live=self._staged(request.target))
        _stage(self.system.key, request)
        return Ambiguous(reason="timed out") if scripted == "answer lost" else Accepted()

    def read_staged(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        self.shelf.called("read_staged")
        return tuple(Observed(target=target, value=self._staged(target)) for target in targets)

    def _staged(self, target: Target) -> Json:
        return self.shelf.staged.get(replace(target, ref=""), self._value(target))

    def sales(
        self, *, since: datetime, until: datetime, bucket: timedelta | None = None
    ) -> Iterator[Sequence[SalesBucket]]:
        self.shelf.called("sales")
        told = self.shelf.selling(since, until) if self.shelf.selling else self.shelf.sold
        return (told[start : start + 2] for start in range(0, len(told), 2))

    def orders_affected(self, target: Target, *, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
        self.shelf.called("orders_affected")
        return tuple(order for order in self.shelf.ordered.get(target.id, ()) if since <= order.at < until)

    def close(self) -> None:
        pass


def _reversibility(role: str, type: str, said: Json = None) -> Reversibility:
    if said == "irreversible":
        return "irreversible"
    if type == "promotion":
        return "delete_created"
    return "compensate" if role == "erp" else "restore"


class ShelfConnector:
    kind = "shelf"

    def declare(self, system: SystemConfig) -> Declaration:
        role = str(system.settings.get("role", "shop"))
        writable = WRITES[role]
        tools = tuple(
            Tool(
                name=f"set_{name}",
                title=f"Set the {name} of a {type}",
                action_class="publish",
                writes=(Writes(type, name),),
                reversibility=_reversibility(role, type, system.settings.get("reversibility")),
                guarantee="read_compare",
                resend=SHELVES[system.key].resend,
                stages=SHELVES[system.key].stages and name == "price",
            )
            for type, names in writable.items()
            for name in names
        )
        read = Tool(name="read_catalogue", title="Read the catalogue", action_class="read")
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
                    ends="ends_at" if type == "promotion" else "",
                )
                for type, name, kind, freshness in READS[role]
            ),
            settle_after=timedelta(seconds=2),
            capabilities=frozenset({"sales", "orders_affected", "images"}) if role == "shop" else frozenset(),
            rate=SHELVES[system.key].rate,
        )

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> Session:
        return ShelfSession(system, stage)

    def play_dead(self, system: SystemConfig, *, seconds: int) -> None:
        """Until a test says otherwise: its clock is not the system's."""
        SHELVES[system.key].dead = seconds > 0

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        try:
            sent = Webhook(credentials["secret"]).verify(body, dict(headers))
        except WebhookVerificationError as wrong:
            raise WebhookRefused("bad_signature", str(wrong)) from None
        return WebhookEvent(id=sent["id"], type=sent["type"], at=datetime.now(UTC), data=sent.get("data", {}))


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
