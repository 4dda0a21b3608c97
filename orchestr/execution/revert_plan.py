"""What putting back would do, item by item, from the values that stand in the systems now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestr.catalogue.kinds import same
from orchestr.catalogue.live import Wanted, read_now
from orchestr.catalogue.models import ValueHistory
from orchestr.catalogue.systems import declaration_of
from orchestr.connectors.base import Address
from orchestr.execution.floors import broken_floors
from orchestr.execution.models import ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.policy.values import digest as digest_of
from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import absent

LineKind = Literal["restore", "compensate", "conflict", "irreversible", "unreadable"]
Choice = Literal["restore", "keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBy:
    """Who made the value what it is now, as far as the catalogue knows."""

    at: datetime
    cause: str
    proposal_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertLine:
    """One item we wrote. `ours` is what we made it, `live` what it is now, `restores_to` what it was.

    `breaks`: codes of the floors that putting it back would break now; only a containment may.
    """

    index: int
    item_id: UUID
    type: str
    key: str
    title: str
    sku: str
    system: str
    system_name: str
    field: str
    address: Mapping[str, Json]
    kind: str
    restores_to: Json
    ours: Json
    live: Json
    verdict: LineKind
    default: Choice
    changed: ChangedBy | None = None
    problem: str = ""
    breaks: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What a person may choose; nothing can restore what is irreversible or cannot be read."""
        return ("keep",) if self.verdict in ("irreversible", "unreadable") else ("restore", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertPlan:
    """All lines with the digest that a request has to name: it changes when a live value does."""

    proposal_id: UUID
    digest: str
    read_at: datetime
    lines: tuple[RevertLine, ...]

    @property
    def conflicts(self) -> int:
        return sum(line.verdict == "conflict" for line in self.lines)


def plan_revert(
    *, proposal_id: UUID, item_indexes: Collection[int] | None = None, account: Account, at: datetime
) -> RevertPlan:
    """Read the live values of what this proposal wrote and has not put back, all of it or these items.

    Calls the systems with the read credential: never inside a transaction. Locks and writes nothing.
    A proposal the account may not see is absent. A system that does not answer makes its lines
    `unreadable`, which can only be kept.
    """
    proposal = Proposal.objects.select_related("segment_set", "agent", "workflow").filter(pk=proposal_id).first()
    if proposal is None or not holds_on(account, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    items = written_items(proposal_id, item_indexes)
    readings = read_now([_wanted(item) for item in items])
    changes = _changes(items)
    lines = tuple(
        _line(item, None, "unreadable", problem=seen.failure)
        if seen.failure
        else _judged(item, seen.value, changes.get(item.pk))
        for item, seen in zip(items, readings, strict=True)
    )
    lines = _flagged(proposal, items, lines, at)
    return RevertPlan(proposal_id=proposal_id, digest=_digest(proposal_id, lines), read_at=at, lines=lines)


def written_items(proposal_id: UUID, item_indexes: Collection[int] | None = None) -> list[ExecutionItem]:
    """Items of the proposal that are applied and were not put back since, by index."""
    rows = ExecutionItem.objects.filter(
        execution__proposal_id=proposal_id, execution__kind="apply", state=ItemState.APPLIED
    ).exclude(undone_by__state__in=(ItemState.RESTORED, ItemState.COMPENSATED))
    if item_indexes is not None:
        rows = rows.filter(index__in=list(item_indexes))
    return list(rows.select_related("system", "resource", "execution").order_by("index"))


def _flagged(
    proposal: Proposal, items: Sequence[ExecutionItem], lines: tuple[RevertLine, ...], at: datetime
) -> tuple[RevertLine, ...]:
    put_back = {line.index: (line.live, line.restores_to) for line in lines if "restore" in line.choices}
    if not put_back:
        return lines
    version = Version.objects.get(pk=items[0].execution.version_id)
    broken = broken_floors(proposal, version, put_back=put_back, at=at)
    return tuple(replace(line, breaks=broken.get(line.index, ())) for line in lines)


def _wanted(item: ExecutionItem) -> Wanted:
    return Wanted(
        resource_id=item.resource_id,
        type=item.resource.type,
        key=item.resource.key,
        system_id=item.system_id,
        field=item.field,
        address=Address.parse(item.address),
        kind=item.kind,  # type: ignore[arg-type]
    )


def _judged(item: ExecutionItem, live: Json, changed: ChangedBy | None) -> RevertLine:
    tool = declaration_of(item.system).tool_for(type=item.resource.type, field=item.field)
    if tool is None or tool.reversibility == "irreversible":
        return _line(item, live, "irreversible")
    if _same(item, live, item.after):
        return _line(item, live, "compensate" if tool.reversibility == "compensate" else "restore")
    return _line(item, live, "conflict", changed=changed)


def _line(
    item: ExecutionItem, live: Json, verdict: LineKind, *, changed: ChangedBy | None = None, problem: str = ""
) -> RevertLine:
    return RevertLine(
        index=item.index,
        item_id=item.pk,
        type=item.resource.type,
        key=item.resource.key,
        title=item.resource.title,
        sku=item.resource.sku,
        system=item.system.key,
        system_name=item.system.name,
        field=item.field,
        address=item.address,
        kind=item.kind,
        restores_to=item.before,
        ours=item.after,
        live=live,
        verdict=verdict,
        default="restore" if verdict in ("restore", "compensate") else "keep",
        changed=changed,
        problem=problem,
    )


def _changes(items: Sequence[ExecutionItem]) -> dict[UUID, ChangedBy]:
    """The last thing the catalogue saw happen to each of these values since we wrote them."""
    if not items:
        return {}
    rows = ValueHistory.objects.filter(
        system_id__in={item.system_id for item in items},
        resource_id__in={item.resource_id for item in items},
        field__in={item.field for item in items},
    ).order_by("since", "id")
    last = {(row.system_id, row.resource_id, row.field, row.address_key): row for row in rows}
    found = {}
    for item in items:
        row = last.get((item.system_id, item.resource_id, item.field, item.address_key))
        if row is not None and item.settled_at is not None and row.since >= item.settled_at and row.value != item.after:
            found[item.pk] = ChangedBy(at=row.since, cause=row.cause, proposal_id=row.proposal_id)
    return found


def _digest(proposal_id: UUID, lines: Sequence[RevertLine]) -> str:
    return digest_of(
        {
            "proposal": str(proposal_id),
            "lines": [
                {
                    "item": str(line.item_id),
                    "live": line.live,
                    "restores_to": line.restores_to,
                    "verdict": line.verdict,
                    "breaks": list(line.breaks),
                }
                for line in lines
            ],
        }
    )


def _same(item: ExecutionItem, one: Json, other: Json) -> bool:
    return same(item.kind, one, other)  # type: ignore[arg-type]
