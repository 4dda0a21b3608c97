"""What putting back would do, value by value, from what stands in the systems now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from orchestr.catalogue.kinds import same
from orchestr.catalogue.live import Reading, Wanted, read_now
from orchestr.connectors.base import Address
from orchestr.execution.models import ExecutionItem
from orchestr.execution.reverting.chain import Judged, Write, judge
from orchestr.execution.reverting.declared import Declared
from orchestr.execution.reverting.floors import Return, broken_floors
from orchestr.execution.reverting.found import Found, Place, chains, find, place_of, steps_since, values_at
from orchestr.execution.reverting.lines import ChangedBy, Choice, LineKind, Part, RevertLine, RevertPlan
from orchestr.execution.reverting.selection import Selection
from orchestr.execution.states import ItemState
from orchestr.people.eligibility import holds_on, segment_sets_with
from orchestr.people.models import Account
from orchestr.policy.values import FieldKind, Json
from orchestr.policy.values import digest as digest_of
from orchestr.proposals.models import Proposal
from orchestr.refusal import absent

READ_S = 2.0
LONGEST_READ_S = 20.0
READS_A_SECOND = 500  # how many values more a system is given another second for


def plan_revert(
    *, proposal_id: UUID, item_indexes: Collection[int] | None = None, account: Account, at: datetime
) -> RevertPlan:
    """The plan over one proposal, or these items of it; see `plan_selection`.

    A proposal the account may not see is absent. Who may see it and not put it back gets the plan; asking for
    it is refused.
    """
    proposal = Proposal.objects.select_related("segment_set").filter(pk=proposal_id).first()
    if proposal is None or not holds_on(account, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    items = None if item_indexes is None else tuple(sorted(item_indexes))
    selection = Selection(proposals=(proposal_id,), items=items)
    found = find(selection, within=[proposal.segment_set_id])
    return _planned(selection, found, at, proposal_ids=(proposal_id,))


def plan_selection(*, selection: Selection, account: Account, at: datetime) -> RevertPlan:
    """Read the live values of what the selection names and the account may put back; one line per value.

    Calls the systems with the read credential: never inside a transaction. Locks and writes nothing. Changes of
    the selection on one another collapse to one line, which goes back to what the first of them found (or, `as_of`,
    to what history says of that time). A system that does not answer makes its lines `unreadable`, and what is
    being put back right now is `busy`: both can only be kept. Refuses a selection without bounds, and more than
    10,000 changes. A fixed number of statements, whatever the number of changes.
    """
    selection.require_bounds(at=at)
    seen = set(segment_sets_with(account, "view_segment"))
    found = find(selection, within=seen)
    sets = dict(
        Proposal.objects.filter(pk__in={item.execution.proposal_id for item in found.items}).values_list(
            "id", "segment_set_id"
        )
    )
    mine = set(segment_sets_with(account, "revert_segment"))
    kept = [item for item in found.items if sets[item.execution.proposal_id] in mine]
    ids = {item.execution.proposal_id for item in kept}
    found_here = Found(kept, found.executing & ids, found.busy & ids)
    return _planned(
        selection, found_here, at, proposal_ids=tuple(sorted(ids, key=str)), beyond=len(found.items) - len(kept)
    )


@dataclass(frozen=True, slots=True)
class _Value:
    """The taken writes of one value, the newest first, with what is known around them.

    `under`: another write of the selection on the same value has begun and is not settled; until it is, nobody
    knows what there is to put back to.
    """

    place: Place
    items: Sequence[ExecutionItem]
    writes: Sequence[Write]
    under: bool = False

    @property
    def newest(self) -> ExecutionItem:
        return self.items[0]

    @property
    def begun(self) -> bool:
        return any(item.state != ItemState.APPLIED for item in self.items)


def _planned(
    selection: Selection, found: Found, at: datetime, *, proposal_ids: tuple[UUID, ...], beyond: int = 0
) -> RevertPlan:
    values = _values(found.items)
    wanted = [wanted_of(value.newest) for value in values]
    more = timedelta(seconds=min(LONGEST_READ_S, READ_S + len(wanted) / READS_A_SECOND))
    readings = read_now(wanted, bound_s=more.total_seconds())
    told = values_at([value.place for value in values], selection.as_of) if selection.as_of else {}
    steps = steps_since({value.place: since for value in values if (since := _first_written(value)) is not None})
    declared = Declared()
    alone = selection.of_one is not None
    lines = tuple(
        _line(
            value.newest.index if alone else n,
            value,
            reading,
            found=found,
            as_of=(told[value.place],) if value.place in told else None,
            steps=steps.get(value.place, ()),
            declared=declared,
            at=at,
        )
        for n, (value, reading) in enumerate(zip(values, readings, strict=True))
    )
    lines = _flagged(lines, {value.newest.pk: value.newest for value in values}, at)
    return RevertPlan(
        selection=selection,
        proposal_ids=proposal_ids,
        digest=_digest(selection, lines, found.executing),
        read_at=at,
        lines=lines,
        executing=found.executing,
        beyond=beyond,
    )


def _values(items: Sequence[ExecutionItem]) -> list[_Value]:
    """The values that these writes are on, in an order that does not depend on what is there now."""
    known = chains(items)
    by_place: dict[Place, list[ExecutionItem]] = defaultdict(list)
    for item in items:
        by_place[place_of(item)].append(item)
    values = []
    for place, listed in by_place.items():
        age = {write.item_id: -place for place, write in enumerate(known[place])}
        begun = [item for item in listed if item.state != ItemState.APPLIED]
        for some in (begun, [item for item in listed if item.state == ItemState.APPLIED]):
            if some:
                newest_first = sorted(some, key=lambda item: age[item.pk])
                under = bool(begun) and some is not begun
                values.append(_Value(place, newest_first, _taking(known[place], some), under))
    return sorted(values, key=_order)


def _taking(writes: Sequence[Write], items: Sequence[ExecutionItem]) -> list[Write]:
    ids = {item.pk for item in items}
    return [replace(write, taken=write.item_id in ids) for write in writes]


def _order(value: _Value) -> tuple[str | int, ...]:
    item = value.newest
    names = item.resource.sku, item.resource.type, item.resource.key, item.field, item.address_key, item.system.key
    return *names, str(item.pk)


def _first_written(value: _Value) -> datetime | None:
    return min((item.settled_at for item in value.items if item.settled_at is not None), default=None)


def wanted_of(item: ExecutionItem) -> Wanted:
    """Where an item reads and writes."""
    return Wanted(
        resource_id=item.resource_id,
        type=item.resource.type,
        key=item.resource.key,
        system_id=item.system_id,
        field=item.field,
        address=Address.parse(item.address),
        kind=item.kind,  # type: ignore[arg-type]
    )


def _line(
    n: int,
    value: _Value,
    reading: Reading,
    *,
    found: Found,
    as_of: tuple[Json] | None,
    steps: Sequence[tuple[Json, datetime, str, UUID | None]],
    declared: Declared,
    at: datetime,
) -> RevertLine:
    item = value.newest
    kind: FieldKind = item.kind  # type: ignore[assignment]
    live = item.after if reading.failure else reading.value
    judged = judge(value.writes, live, kind=kind, as_of=as_of)
    verdict = _verdict(value, reading, judged, found, declared)
    return RevertLine(
        index=n,
        parts=tuple(_part(each) for each in value.items),
        type=item.resource.type,
        key=item.resource.key,
        title=item.resource.title,
        sku=item.resource.sku,
        system=item.system.key,
        system_name=item.system.name,
        field=item.field,
        address=item.address,
        kind=item.kind,
        restores_to=judged.restores_to,
        rebases_to=judged.rebases_to if verdict == "conflict" else None,
        ours=judged.ours,
        live=None if reading.failure else reading.value,
        verdict=verdict,
        default="restore" if verdict in ("restore", "compensate", "already") else "keep",
        changed=_changed(judged, kind, steps, reading) if verdict == "conflict" else None,
        problem=reading.failure,
        written_at=_first_written(value),
        expires_at=None if reading.failure else declared.end_of(item, live, at=at),
    )


def _part(item: ExecutionItem) -> Part:
    return Part(
        item_id=item.pk,
        proposal_id=item.execution.proposal_id,
        index=item.index,
        begun=item.state != ItemState.APPLIED,
    )


def _verdict(value: _Value, reading: Reading, judged: Judged, found: Found, declared: Declared) -> LineKind:
    reversibility = declared.reversibility(value.newest)
    if value.under or found.busy & {item.execution.proposal_id for item in value.items}:
        return "busy"
    if reading.failure and not value.begun:
        return "unreadable"
    if reversibility is None or reversibility == "irreversible":
        return "irreversible"
    if value.begun:
        return "restore"  # It is stopped first: what was written by then goes back, compared once more.
    if judged.standing == "already":
        return "already"
    if judged.standing == "ours":
        return "compensate" if reversibility == "compensate" else "restore"
    return "conflict"


def _changed(
    judged: Judged, kind: FieldKind, steps: Sequence[tuple[Json, datetime, str, UUID | None]], reading: Reading
) -> ChangedBy | None:
    """Who changed it since: the later proposal, else the youngest step that the catalogue saw and that is not ours,
    with the time and the name that the system itself gives it."""
    later = judged.later_by
    if judged.standing == "later" and later is not None and later.at is not None:
        return ChangedBy(at=later.at, cause="applied", proposal_id=later.proposal_id)
    for value, since, cause, proposal_id in steps:
        if not same(kind, value, judged.ours):
            at = reading.changed_at if proposal_id is None and reading.changed_at else since
            return ChangedBy(
                at=at, cause=cause, proposal_id=proposal_id, hand="" if proposal_id else reading.changed_by
            )
    if judged.standing == "foreign" and reading.changed_at is not None:
        return ChangedBy(at=reading.changed_at, cause="observed", proposal_id=None, hand=reading.changed_by)
    return None


def _flagged(
    lines: tuple[RevertLine, ...], newest: Mapping[UUID, ExecutionItem], at: datetime
) -> tuple[RevertLine, ...]:
    """The lines with the floors that putting them back, or rebasing them, would break now."""
    restored = _returns(lines, newest, "restore")
    rebased = _returns(lines, newest, "rebase")
    broken = broken_floors(restored, at=at) if restored else {}
    rebroken = broken_floors(rebased, at=at) if rebased else {}
    if not broken and not rebroken:
        return lines
    return tuple(
        replace(line, breaks=broken.get(line.index, ()), rebase_breaks=rebroken.get(line.index, ())) for line in lines
    )


def _returns(lines: Sequence[RevertLine], newest: Mapping[UUID, ExecutionItem], choice: Choice) -> list[Return]:
    return [
        Return(
            n=line.index,
            version_id=newest[line.item_id].execution.version_id,
            change=newest[line.item_id].index,
            live=line.live,
            goal=line.becomes(choice),
        )
        for line in lines
        if choice in line.choices and line.kind == "money" and line.becomes(choice) is not None
    ]


def _digest(selection: Selection, lines: Sequence[RevertLine], executing: Collection[UUID]) -> str:
    return digest_of(
        {
            "selection": selection.wire(),
            "executing": sorted(str(each) for each in executing),
            "lines": [
                {
                    "items": [str(part.item_id) for part in line.parts],
                    "live": line.live,
                    "restores_to": line.restores_to,
                    "rebases_to": line.rebases_to,
                    "verdict": line.verdict,
                    "breaks": [*line.breaks, *line.rebase_breaks],
                }
                for line in lines
            ],
        }
    )
