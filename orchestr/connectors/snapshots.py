"""What a system says: catalogue pages, live values, sales, images, webhooks. Values are in wire shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestr.policy.values import Address, FieldKind, Json, Money

NOWHERE = Address()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Exactly one value of one resource. `ref` is the system's own id, "" where it is not known yet."""

    type: str
    id: str
    ref: str
    field: str
    address: Address = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the system says now. `value` None: it has no such value. `token`: compare token, or "".

    `as_of` is the moment of which it speaks where that is not now: a file is from when it was written.
    `changed_at` and `changed_by` say when and by whom it was last changed, where the system knows.
    """

    target: Target
    value: Json
    token: str = ""
    as_of: datetime | None = None
    changed_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSnapshot:
    """One value of a sweep; `as_of` as in Observed."""

    field: str
    value: Json
    kind: FieldKind
    address: Address = NOWHERE
    token: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSnapshot:
    """A resource by its business key (`id`); `segments` are keys, `image` is the system's URL or ""."""

    type: str
    id: str
    ref: str
    title: str
    sku: str = ""
    segments: tuple[str, ...] = ()
    image: str = ""
    fields: tuple[FieldSnapshot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSnapshot:
    key: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePage:
    """`next_cursor` None ends the sweep. A sweep with `updated_since` None names everything there is,
    so what it leaves out is gone. One with a date confirms what it leaves out, as of now, unless a page
    says that it `confirms` nothing."""

    resources: tuple[ResourceSnapshot, ...]
    next_cursor: str | None = None
    segments: tuple[SegmentSnapshot, ...] = ()
    confirms: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesBucket:
    """Units and net revenue (tax excluded) of one variant (`id` is its SKU) in [start, end)."""

    id: str
    channel: str
    start: datetime
    end: datetime
    units: int
    net_revenue: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedOrder:
    """An order that holds the variant: its public code, when, how many, at which price a piece."""

    code: str
    at: datetime
    units: int
    unit_price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """A checked delivery: `id` dedupes, `type` is ours (`price.changed`, `stock.changed`, …)."""

    id: str
    type: str
    at: datetime
    subjects: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Json] = field(default_factory=dict)
