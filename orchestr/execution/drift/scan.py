"""Read what we settled again, some time later, and put on record what is no longer so.

It finds somebody else's change, and our own write that landed after we had given it up or put it back. It tells
the rollback owner, and never writes: what to do about it is for people.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit.record import Actor, record
from orchestr.catalogue import rates
from orchestr.catalogue.kinds import same
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of, declaration_of, reading
from orchestr.connectors.base import ConnectorError, Observed
from orchestr.execution import notify
from orchestr.execution.drift.due import Settled, due, move_on, overtaken, place_of
from orchestr.execution.drift.models import Drift
from orchestr.execution.models import Breaker
from orchestr.policy.values import Json
from orchestr.proposals.settle import touch

BY = Actor.worker("drift")
WRITTEN = frozenset({"applied", "restored", "compensated"})

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Found:
    """An item whose system says another value than the one that was settled."""

    item: Settled
    kind: str
    live: Observed


def scan(*, clock: Clock) -> int:
    """Look through every enabled system that is not left alone, one batch of each round. Returns what was found.

    Calls systems outside any transaction. A system that does not answer is looked through at the next tick.
    """
    shut = set(Breaker.objects.filter(until__gt=clock()).values_list("system_id", flat=True))
    found = 0
    for system in System.objects.filter(enabled=True).exclude(pk__in=shut).order_by("key"):
        for round_s in settings.DRIFT_AFTER_S:
            try:
                found += _scan(system, round_s, clock)
            except (ConnectorError, LookupError):
                break
    return found


def verdict_of(item: Settled, live: Json) -> str:
    """`late`, `foreign`, or "" where the system says what we settled."""
    kind = item.kind
    if same(kind, live, item.after):  # type: ignore[arg-type]
        return "" if item.state in WRITTEN else "late"
    if item.state in WRITTEN:
        ours = item.undoes and same(kind, live, item.prior)  # type: ignore[arg-type]
        return "late" if ours else "foreign"
    return ""  # Given up, and nothing of ours is there: whatever it says now is not ours to watch.


def _scan(system: System, round_s: int, clock: Clock) -> int:
    at = clock()
    place = place_of(system, round_s, at=at)
    rows = due(place, at=at)
    if not rows:
        return 0
    past = overtaken(rows)
    asked = [row for row in rows if row.id not in past and not row.moves_by_itself]
    live = _read(system, asked, at) if asked else ()
    seen_at = clock()
    found: list[Found] = []
    well: list[Settled] = []
    for row, now in zip(asked, live, strict=True):
        if now.as_of is not None and now.as_of < row.settled_at:
            continue  # It speaks of a time before ours, as a file does that nobody has written since.
        verdict = verdict_of(row, now.value)
        if verdict:
            found.append(Found(row, verdict, now))
        elif row.state in WRITTEN:
            well.append(row)
    with transaction.atomic():
        if not move_on(place, rows[-1]):
            return 0
        _forget(well, seen_at)
        return _keep(found, seen_at)


def _read(system: System, rows: Sequence[Settled], at: datetime) -> tuple[Observed, ...]:
    config = config_of(system)
    rate = rates.rate_of(system, declaration_of(system).rate)
    if rate is not None:
        rates.charge(system_id=system.pk, rate=rate, calls=1, at=at)
    with reading(config) as session:
        return session.read([row.target for row in rows])


def _keep(found: Sequence[Found], at: datetime) -> int:
    """One row, one event for each, and one word to whoever answers for the proposal."""
    known = set(
        Drift.objects.filter(item_id__in=[each.item.id for each in found], gone_at=None).values_list(
            "item_id", flat=True
        )
    )
    fresh = [each for each in found if each.item.id not in known]
    by_proposal: dict[object, list[Found]] = defaultdict(list)
    for each in fresh:
        by_proposal[each.item.proposal_id].append(each)
    for listed in sorted(by_proposal.values(), key=lambda one: str(one[0].item.proposal_id)):
        first = listed[0].item
        touch(proposal_id=first.proposal_id)
        for each in listed:
            _one(each, at)
        notify.tell(
            notify.answerable(first.proposal_id),
            kind="drift.found",
            about={"proposal": str(first.proposal_id)},
            dedupe_key=f"drift:{min(str(each.item.id) for each in listed)}",
            at=at,
        )
    return len(fresh)


def _one(each: Found, at: datetime) -> None:
    item = each.item
    Drift.objects.create(
        proposal_id=item.proposal_id,
        item_id=item.id,
        kind=each.kind,
        expected=item.after if item.state in WRITTEN else item.before,
        live=each.live.value,
        seen_at=at,
        changed_at=each.live.changed_at,
        changed_by=each.live.changed_by[:160],
    )
    record(
        action="drift.found",
        actor=BY,
        at=at,
        about={"proposal": item.proposal_id, "execution": item.execution_id, "item": item.id},
        data={"kind": each.kind, "item": item.index, "was": item.state},
        segments=item.segments,
    )


def _forget(rows: Sequence[Settled], at: datetime) -> None:
    """What is as we settled it again is no drift any more; it stays on record."""
    by_id = {row.id: row for row in rows}
    gone = Drift.objects.filter(item_id__in=by_id, gone_at=None).select_for_update().order_by("id")
    for drift in gone:
        item = by_id[drift.item_id]
        drift.gone_at = at
        drift.save(update_fields=["gone_at"])
        record(
            action="drift.gone",
            actor=BY,
            at=at,
            about={"proposal": item.proposal_id, "execution": item.execution_id, "item": item.id},
            data={"kind": drift.kind, "item": item.index},
            segments=item.segments,
        )
