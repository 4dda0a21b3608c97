"""What waits is judged again where somebody locks a thing, promises it, freezes something, or takes that back.

Whoever sets such a fact leaves its row without `judged_at`: the durable note that what waits is still to be looked
at. Only what meets the fact is looked at.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from orchestr.catalogue.models import Resource, SegmentSet
from orchestr.catalogue.tree import tree, with_descendants
from orchestr.commitments.models import LOCKS, Commitment
from orchestr.freezes.models import Freeze
from orchestr.policy.ruleset import Policy
from orchestr.proposals.exposure import ledger
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.queries import ProposalQuerySet
from orchestr.proposals.rejudging.models import Rejudging
from orchestr.proposals.rejudging.passes import next_of
from orchestr.proposals.submitting.touches import open_on, resource_hash
from orchestr.rulebook.in_force import in_force
from orchestr.rulebook.models import PolicyVersion

AT_ONCE = 10  # facts looked at in one go; the next go takes the rest


def next_of_commitments(*, at: datetime) -> bool:
    """Judge again what touches the things that were locked, promised or set free. Returns whether more may be left."""
    rows = list(Commitment.objects.filter(judged_at=None).select_related("resource").order_by("id")[:AT_ONCE])
    more = [_commitment(row, at) for row in rows]
    return any(more) or len(rows) == AT_ONCE


def next_of_freezes(*, at: datetime) -> bool:
    """Judge again what waits under a freeze, where the policy in force weighs one at all.

    What is approved stays so: its execution waits as held, and is judged again on thaw.
    """
    rows = list(Freeze.objects.filter(judged_at=None).order_by("id")[:AT_ONCE])
    if not rows:
        return False
    if not PolicyVersion.objects.filter(state="published", effective_from__lte=at).exists():
        return False
    weighs = weighs_freezes(in_force(at=at))
    more = [_freeze(row, weighs, at) for row in rows]
    return any(more) or len(rows) == AT_ONCE


def weighs_freezes(policy: Policy) -> bool:
    """Whether a freeze asks for people or refuses anywhere; where it only says so, no verdict moves."""
    plain = any(each.rule.name == "freeze" and each.params.effect != "info" for each in policy.settings)
    return plain or any("freeze" in layer.overrides for layer in policy.layers)


def _commitment(row: Commitment, at: datetime) -> bool:
    lifted = row.lifted_at is not None
    run = _run(f"{'lift' if lifted else 'lock'}:{row.pk.hex}", at)
    segments = list(row.resource.segments.values_list("key", flat=True))
    if run.after_id is None and not lifted:
        _let_submissions_end(segments)
    kind = "lock" if row.kind in LOCKS else "promise"
    more = next_of(run, _touching(row), occasion=f"{kind}_{'lifted' if lifted else 'set'}", at=at)
    if not more:
        Commitment.objects.filter(pk=row.pk, judged_at=None, lifted_at=row.lifted_at).update(judged_at=at)
    return more


def _freeze(row: Freeze, weighs: bool, at: datetime) -> bool:
    thawed = row.thawed_at is not None
    more = False
    if weighs:
        run = _run(f"{'thaw' if thawed else 'freeze'}:{row.pk.hex}", at)
        more = next_of(run, _under(row), occasion="thawed" if thawed else "frozen", at=at)
    if not more:
        Freeze.objects.filter(pk=row.pk, judged_at=None, thawed_at=row.thawed_at).update(judged_at=at)
    return more


def _run(occasion: str, at: datetime) -> Rejudging:
    run, _ = Rejudging.objects.get_or_create(occasion=occasion, defaults={"started_at": at})
    return run


def _let_submissions_end(segments: Iterable[str]) -> None:
    """Wait until what is being submitted in these segments is stored: it may have been judged before the fact was.

    Whoever submits holds the ledger's locks of its segments from before it reads facts until it commits.
    """
    with transaction.atomic(durable=True):
        ledger.hold([ledger.Place(key, "") for key in segments], ledger.Budgets())


def _touching(row: Commitment) -> ProposalQuerySet:
    """Open proposals on anything of the SKU, and on promotions in the segments that it lies in."""
    same = Q(sku=row.sku) | Q(sku="", key=row.sku)
    beside = Q(type="promotion", segments__in=row.resource.segments.values("pk"))
    things = Resource.objects.filter(same | beside).values_list("type", "key").distinct()
    return open_on(resource_hash(type, key) for type, key in things)


def _under(row: Freeze) -> ProposalQuerySet:
    """What waits under this freeze; a connector's is found by the plan."""
    waiting = Proposal.objects.waiting()
    match row.kind:
        case "segment":
            known = tree().ids
            below = with_descendants([known[row.key]]) if row.key in known else frozenset[UUID]()
            sets = SegmentSet.objects.filter(segment_ids__overlap=sorted(below)).values("pk")
            return waiting.filter(segment_set__in=sets)
        case "workflow":
            return waiting.filter(workflow__key=row.key)
        case "agent":
            return waiting.filter(agent__key=row.key)
        case "connector":
            plans = Version.objects.filter(proposal=OuterRef("pk"), number=OuterRef("number"))
            return waiting.filter(Exists(plans.filter(plan__contains=[{"system": row.key}])))
    return waiting
