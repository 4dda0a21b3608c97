"""What is configured, and what a connector declares it can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from orchestr.policy.values import FieldKind, Json

ActionClass = Literal["read", "draft", "stage", "publish"]
Reversibility = Literal["restore", "compensate", "delete_created", "irreversible"]
Guarantee = Literal["native_cas", "read_compare", "none"]
Resend = Literal["operation_key", "token", "absolute", "never"]
Freshness = Literal["price", "stock", "copy"]
Capability = Literal["sales", "orders_affected", "images", "webhooks"]

MAX_AGE_S: Mapping[Freshness, int] = {"price": 3600, "stock": 900, "copy": 86400}


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemConfig:
    """One configured instance. Holds no secret; `settings` are the connector's own, documented by it.

    `may_reach(host, address)` says whether a connection to that address may be used; None: to any. Whoever opens
    connections passes it on (`http.Http` takes it)."""

    key: str
    kind: str
    url: str
    settings: Mapping[str, Json] = field(default_factory=dict)
    may_reach: Callable[[str, str], bool] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Writes:
    """What a tool writes: a resource type and one of its fields."""

    type: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One typed operation. `resend` says what makes sending an ambiguous write again safe:
    the system dedupes on the operation key, refuses a used token, the write is absolute and
    single-valued, or nothing does (then a person decides). `stages`: what it writes can be prepared first, where
    buyers do not see it (`Session.stage`). `cost`: of one call, in millionths of the run's currency; 0 where the system
    asks nothing for it."""

    name: str
    title: str
    action_class: ActionClass
    writes: tuple[Writes, ...] = ()
    reversibility: Reversibility = "restore"
    guarantee: Guarantee = "none"
    resend: Resend = "never"
    stages: bool = False
    cost: int = 0
    input_schema: Mapping[str, Json] = field(default_factory=dict)
    output_schema: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDeclaration:
    """A field the system knows. `source_of_truth` is a default the catalogue may overrule, and so is how old a
    value may be as evidence: `lasts_s`, or 0 for what is usual for its freshness.

    `ends`: the part of the value, an RFC 3339 time, at which the system ends it by itself. What is about to be put
    back may then be left to expire instead."""

    type: str
    field: str
    kind: FieldKind
    freshness: Freshness
    writable: bool = False
    source_of_truth: bool = True
    ends: str = ""
    lasts_s: int = 0

    @property
    def max_age_s(self) -> int:
        return self.lasts_s or MAX_AGE_S[self.freshness]


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a system may be called: so many calls a minute, and so many at once after a silence."""

    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a system can do. Made without the network. `settle_after` is how long a write that was
    sent may still land; `rate` is how fast its owner lets it be called, None where nobody says. A system that does
    not place its resources in segments `places` none, and leaves them where others put them."""

    kind: str
    title: str
    tools: tuple[Tool, ...]
    fields: tuple[FieldDeclaration, ...]
    settle_after: timedelta
    capabilities: frozenset[Capability] = frozenset()
    rate: Rate | None = None
    places: bool = True

    def tool_for(self, *, type: str, field: str) -> Tool | None:
        """The tool that publishes this field, or None where the system cannot write it."""
        wanted = Writes(type, field)
        return next((tool for tool in self.tools if wanted in tool.writes and tool.action_class == "publish"), None)

    def field_of(self, *, type: str, field: str) -> FieldDeclaration | None:
        """What is declared of this field, or None where the system does not know it."""
        return next((each for each in self.fields if (each.type, each.field) == (type, field)), None)
