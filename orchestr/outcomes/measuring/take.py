"""A measurement is taken: claimed in the database, read outside of it, and written down in one transaction."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.execution.models import Execution
from orchestr.outcomes.measuring.count import count
from orchestr.outcomes.measuring.goods import WRITTEN, Goods, changed_by_others, goods_of
from orchestr.outcomes.measuring.judge import Line, judge, whole
from orchestr.outcomes.measuring.levels import levels
from orchestr.outcomes.measuring.models import Measurement, MeasurementDue
from orchestr.outcomes.measuring.numbers import Numbers
from orchestr.outcomes.measuring.plan import LAG, plan
from orchestr.outcomes.measuring.predicted import Prediction, predictions_of
from orchestr.outcomes.measuring.sold import Asking, Clock, Sold
from orchestr.outcomes.measuring.span import Spans, spans
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.settle import touch
from orchestr.proposals.states import ProposalState

log = logging.getLogger(__name__)
BY = Actor.worker("measuring")
BATCH = 20
CLAIMED_FOR = timedelta(minutes=5)  # whoever dies while asking is followed by the next after so long
PATIENCE = timedelta(hours=48)  # so long after its time a look waits for systems that do not tell their sales
LONGEST_PAUSE = timedelta(hours=2)

_CLAIM = """
UPDATE orchestr_measurement_due SET next_at = %(until)s, looks = looks + 1
WHERE id IN (
    SELECT id FROM orchestr_measurement_due WHERE next_at <= %(at)s
    ORDER BY next_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING id, looks
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one look brought, before it is written down."""

    version: Version
    spans: Spans
    goods: Goods
    numbers: Numbers
    missing: tuple[str, ...]
    known_until: datetime | None


def measure(*, clock: Clock) -> int:
    """Note what is to be measured, and take every look that is due, a batch at most. Returns how many were taken.

    Opens its own transactions, and none around a call to a system. Two workers never take the same look; one that
    died is followed by the next. After days without a worker the looks are taken late, of the spans they were for.
    """
    with transaction.atomic(durable=True):
        plan(at=clock())
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        at = clock()
        cursor.execute(_CLAIM, {"at": at, "until": at + CLAIMED_FOR, "limit": BATCH})
        claimed: list[tuple[UUID, int]] = cursor.fetchall()
    if not claimed:
        return 0
    asking = Asking(clock)
    return sum(_tried(id, looks, asking, clock) for id, looks in sorted(claimed))


def _tried(id: UUID, looks: int, asking: Asking, clock: Clock) -> bool:
    """One that goes wrong does not keep the others waiting: it is looked at again when its claim is over."""
    try:
        return _look(id, looks, asking, clock)
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("measurement %s could not be taken", id)
        return False


def _look(id: UUID, looks: int, asking: Asking, clock: Clock) -> bool:
    due = MeasurementDue.objects.select_related("proposal").get(pk=id)
    found = _find(due, asking)
    waited = clock() < due.applied_at + timedelta(hours=due.horizon_h) + LAG + PATIENCE
    with transaction.atomic(durable=True):
        at = clock()
        if found.missing and waited:
            pause = min(LAG * 2 ** min(looks - 1, 4), LONGEST_PAUSE)
            MeasurementDue.objects.filter(pk=id, looks=looks).update(next_at=at + pause)
            return False
        return _write(id, looks, found, at)


def _find(due: MeasurementDue, asking: Asking) -> Found:
    """Read everything. Of what was put back nothing is asked."""
    when = spans(began_at=due.began_at, applied_at=due.applied_at, horizon_h=due.horizon_h)
    goods = goods_of(due.proposal_id)
    applied = Execution.objects.filter(proposal_id=due.proposal_id, kind="apply", items__state__in=WRITTEN)
    version = Version.objects.get(pk=applied.order_by("-id").values_list("version_id", flat=True)[:1])
    if not goods.things:
        numbers = Numbers(put_back=goods.put_back)
        return Found(version=version, spans=when, goods=goods, numbers=numbers, missing=(), known_until=None)
    sold = asking.sold(goods, when)
    numbers = count(
        goods,
        sold,
        levels(goods.touched, before=when.before_until, after=when.until),
        also_changed=changed_by_others(goods, proposal_id=due.proposal_id, since=when.before_since, until=when.until),
    )
    return Found(
        version=version, spans=when, goods=goods, numbers=numbers,
        missing=tuple(sorted(sold.missing)), known_until=_known_until(sold, when),
    )  # fmt: skip


def _known_until(sold: Sold, when: Spans) -> datetime | None:
    """How far the sales of every system were known; None where one never told any, or none tells."""
    if not sold.told or None in sold.missing.values():
        return None
    return min([when.until, *(each for each in sold.missing.values() if each is not None)])


def _write(id: UUID, looks: int, found: Found, at: datetime) -> bool:
    """Lock the proposal and the look, and write down what was found, unless somebody was faster.

    What has been put back since it was read is not judged: the next look reads anew.
    """
    proposal_id = MeasurementDue.objects.filter(pk=id).values_list("proposal_id", flat=True).first()
    if proposal_id is None:
        return False
    proposal = lock(proposal_id)
    due = MeasurementDue.objects.select_for_update().filter(pk=id, looks=looks).first()
    if due is None:
        return False
    if goods_of(proposal_id) != found.goods:
        due.next_at = at
        due.save(update_fields=["next_at"])
        return False
    lines, verdict, reason = _judged(proposal, due.horizon_h, found)
    row = Measurement.objects.create(
        proposal=proposal, version=found.version, horizon_h=due.horizon_h,
        before_since=found.spans.before_since, before_until=found.spans.before_until,
        since=found.spans.since, until=found.spans.until, taken_at=at, verdict=verdict, reason=reason,
        known_until=found.known_until, missing=list(found.missing), numbers=found.numbers.wire(),
        margins=found.numbers.margins_wire(), lines=[line.wire() for line in lines],
    )  # fmt: skip
    due.delete()
    _record(row, proposal, lines, at)
    touch(proposal_id=proposal.pk)
    return True


def _judged(proposal: Proposal, horizon_h: int, found: Found) -> tuple[list[Line], str, str]:
    if proposal.state == ProposalState.REVERTED or not found.goods.things:
        return [], "reverted", ""
    said = predictions_of(found.version.predictions)
    mine = [each for each in said if each.horizon_h == horizon_h]
    if not mine:
        return [], _without(said, horizon_h), ""
    lines = judge(mine, found.numbers, complete=not found.missing)
    return lines, *whole(lines)


def _without(said: list[Prediction], horizon_h: int) -> str:
    """Of a time that nobody spoke of: too early where something was said of a later one."""
    return "too_early" if any(each.horizon_h > horizon_h for each in said) else "unpredicted"


def _record(row: Measurement, proposal: Proposal, lines: list[Line], at: datetime) -> None:
    """The log tells the verdict without the margin, which not everybody who reads it may know."""
    open_lines = [line for line in lines if line.metric != "margin"]
    verdict = whole(open_lines)[0] if open_lines else ("" if lines else row.verdict)
    data = {"horizon_h": row.horizon_h, "missing": row.missing} | ({"verdict": verdict} if verdict else {})
    record(
        action="measurement.taken",
        actor=BY,
        at=at,
        about={"proposal": str(proposal.pk), "measurement": str(row.pk)},
        data=data,
        segments=proposal.segment_ids,
    )
