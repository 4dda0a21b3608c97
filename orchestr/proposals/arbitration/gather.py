"""Work that meets on one thing is gathered: held together, told once, and not approved one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor, record
from orchestr.live import announce, segment_group, wake
from orchestr.people.notify import notify
from orchestr.policy.findings import Finding, Verdict
from orchestr.policy.rules.contested import NAME
from orchestr.policy.values import Json
from orchestr.proposals.arbitration.held import arbitration_of
from orchestr.proposals.arbitration.models import Arbitration, Party
from orchestr.proposals.arbitration.queries import OPEN_STATES
from orchestr.proposals.locks import has_intent, is_claimed, lock, lock_free
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudging.again import rejudge
from orchestr.proposals.settle import requeue
from orchestr.proposals.states import ProposalState

HOLDING = {"contested_many": "agents", "contested_objectives": "objectives"}
MOST_THINGS = 100
BATCH = 200
BY = Actor.system()
HOLD = "orchestr.proposals.hold"


def gather(proposal: Proposal, verdict: Verdict, plan: Sequence[Mapping[str, Json]], *, at: datetime) -> None:
    """Hold this new version together with the work that it fights with, and judge that work by what is new.

    What was approved and not begun waits again; what the ranking puts behind is blocked by its own judgement. Of
    arbitrations that overlap the oldest goes on. Locks those of the others that nobody holds, and arbitrations; it
    waits for no proposal, as who holds one may wait for the ledger's places that this transaction has. Whoever holds
    one while it is gathered finds it gathered (`hold_again`). Work kept to sandboxes is held by nobody and holds nobody.
    """
    findings = [each for each in verdict.findings if each.rule == NAME]
    if not findings or proposal.state == ProposalState.BLOCKED or proposal.sandbox_only:
        return
    met = {UUID(id) for each in findings for id in _named(each)}
    named = sorted(Proposal.objects.filter(pk__in=met, sandbox_only=False).values_list("pk", flat=True))
    holding = [each for each in findings if each.code in HOLDING]
    if holding and proposal.state == ProposalState.DRAFT:
        held = {UUID(id) for each in holding for id in _named(each)}
        if parties := [id for id in named if id in held]:
            _hold(proposal, parties, holding, plan, at)
    free = lock_free(named)
    for each in free:
        _again(each, at)
    if len(free) < len(named):
        wake(HOLD, queue="default")


def hold_again(*, at: datetime) -> int:
    """What was approved while it was gathered waits again, each in its own transaction. Returns how many did."""
    standing = Arbitration.objects.standing().values("pk")
    rows = Proposal.objects.filter(state="approved", arbitrations__arbitration__in=standing).distinct()
    done = 0
    for id in rows.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic(durable=True):
            done += _again(lock(id), at)
    return done


def _again(proposal: Proposal, at: datetime) -> bool:
    """Judge one that is locked by what has come; an approval that nobody has begun to execute is void where it is held."""
    waits = False
    if proposal.state == ProposalState.APPROVED and arbitration_of(proposal.pk) is not None:
        waits = not (has_intent(proposal) or is_claimed(proposal))
        if waits:
            requeue(proposal_id=proposal.pk, reason="contested", by=BY, at=at)
    if proposal.state in OPEN_STATES:
        rejudge(proposal_id=proposal.pk, occasion="contested", by=BY, at=at)
    return waits


def _hold(
    proposal: Proposal,
    others: Sequence[UUID],
    findings: Sequence[Finding],
    plan: Sequence[Mapping[str, Json]],
    at: datetime,
) -> None:
    things = sorted({f"{plan[index]['type']}/{plan[index]['id']}" for each in findings for index in each.items})
    kind = "agents" if any(each.code == "contested_many" for each in findings) else "objectives"
    arbitration, fresh = _arbitration([proposal.pk, *others], kind, things, at)
    known = set(arbitration.parties.values_list("proposal_id", flat=True))
    joining = [id for id in (proposal.pk, *others) if id not in known]
    Party.objects.bulk_create(
        [Party(arbitration=arbitration, proposal_id=id, joined_at=at) for id in joining], ignore_conflicts=True
    )
    parties = Proposal.objects.filter(arbitrations__arbitration=arbitration).select_related("segment_set", "workflow")
    _tell(arbitration, list(parties), joining, fresh, at)


def _arbitration(
    proposal_ids: Sequence[UUID], kind: str, things: Sequence[str], at: datetime
) -> tuple[Arbitration, bool]:
    """The oldest that any of these takes part in, with the parties of the others; or a new one."""
    ids = Party.objects.filter(proposal_id__in=proposal_ids, arbitration__settled_at=None).values("arbitration_id")
    rows = list(Arbitration.objects.select_for_update().filter(pk__in=ids, settled_at=None).order_by("opened_at", "pk"))
    if not rows:
        made = Arbitration.objects.create(things=list(things)[:MOST_THINGS], kind=kind, opened_at=at)
        return made, True
    kept, *others = rows
    for other in others:
        moved = [
            Party(arbitration=kept, proposal_id=each.proposal_id, joined_at=at) for each in other.parties.order_by("pk")
        ]
        Party.objects.bulk_create(moved, ignore_conflicts=True)
        other.settled_at, other.choice, other.merged_into = at, "merged", kept
        other.save(update_fields=["settled_at", "choice", "merged_into"])
        _record("arbitration.settled", other, at, choice="merged")
    kept.things = sorted({*kept.things, *things, *(thing for other in others for thing in other.things)})[:MOST_THINGS]
    kept.kind = "agents" if "agents" in {kind, kept.kind, *(each.kind for each in others)} else kept.kind
    kept.save(update_fields=["things", "kind"])
    return kept, False


def _tell(
    arbitration: Arbitration, parties: Sequence[Proposal], joining: Sequence[UUID], fresh: bool, at: datetime
) -> None:
    """The escalation owners once; pages by hint."""
    _record(
        "arbitration.opened" if fresh else "arbitration.joined",
        arbitration,
        at,
        segments=sorted({id for each in parties for id in each.segment_ids}),
        parties=[str(id) for id in joining],
        kind=arbitration.kind,
    )
    for person_id in sorted({each.workflow.escalation_owner_id for each in parties if each.workflow is not None}):
        notify(
            person_id=person_id,
            kind="arbitration.opened",
            about={"arbitration": str(arbitration.pk)},
            urgent=True,
            dedupe_key=f"arbitration:{arbitration.pk}",
            at=at,
        )
    for segment_set_id in {each.segment_set_id for each in parties}:
        announce("arbitration", [arbitration.pk], groups=[segment_group(segment_set_id)])


def _record(
    action: str, arbitration: Arbitration, at: datetime, *, segments: Sequence[UUID] = (), **data: object
) -> None:
    record(
        action=action,
        actor=BY,
        at=at,
        about={"arbitration": str(arbitration.pk)},
        data=data,
        segments=list(segments),
    )


def _named(finding: Finding) -> list[str]:
    named = finding.params.get("proposals")
    return [str(each) for each in named] if isinstance(named, list | tuple) else []
