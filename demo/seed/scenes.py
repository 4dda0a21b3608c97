"""Two things that a demonstration shows on demand: a first share that is held, and a set of a few hundred prices.

Both come through the operations, and once: what is there already is proposed no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from demo.seed.company import APPAREL, OUTDOOR
from orchestr.catalogue.models import FieldValue, Segment
from orchestr.catalogue.plans import ProposedChange
from orchestr.catalogue.tree import with_descendants
from orchestr.catalogue.view import Reader
from orchestr.people.models import Account
from orchestr.policy.values import Address
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting.content import Content, PersonProposer
from orchestr.proposals.submitting.submit import submit
from orchestr.refusal import Refusal
from orchestr.runs.evidence import Bringer, record_observed
from orchestr.runs.models import Evidence
from orchestr.runs.reads import Place, read_for_evidence
from orchestr.workflows.rollout import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One set of prices of a segment on a channel, by whom; `approved_by` says yes, "" leaves it to the queue."""

    summary: str
    rationale: str
    segment: str
    channel: str
    most: int
    off_bp: int
    proposer: str
    approved_by: str = ""
    rollout: Terms | None = None


# A day of looking at a quarter of them: whoever opens the demonstration finds it waiting.
HELD = Scene(
    summary="Lower a few prices of the outdoor range by 3 %, a first share first.",
    rationale="Three per cent is little for one item; a first share shows what it does to sales.",
    segment=OUTDOOR,
    channel="marketplace",
    most=12,
    off_bp=300,
    proposer="marco",
    approved_by="fay",
    rollout=Terms(share_bp=2_500, hold_s=86_400),
)
LARGE = Scene(
    summary="Lower all clothes by 2 % on the marketplace, as its new terms ask.",
    rationale="The terms that we signed cap what we ask there at two per cent below today's prices.",
    segment=APPAREL,
    channel="marketplace",
    most=400,
    off_bp=200,
    proposer="lena",  # merchandising and finance have to say yes, and both are others
)
SCENES = (HELD, LARGE)


def play() -> dict[str, str]:
    """Propose each scene that is not there yet; returns what became of it, by its summary.

    What is refused, for a price that moved or a budget that is spent, says by which code.
    """
    return {scene.summary: _play(scene) for scene in SCENES}


def _play(scene: Scene) -> str:
    proposer = Account.objects.get(username=scene.proposer)
    if Proposal.objects.filter(person=proposer.person_id, versions__summary=scene.summary).exists():
        return "there already"
    try:
        evidence = _look(scene, proposer)
        with transaction.atomic(durable=True):
            proposal = submit(proposer=PersonProposer(proposer), content=_content(scene, evidence), at=timezone.now())
        if scene.approved_by and proposal.state == ProposalState.DRAFT:
            by = Account.objects.get(username=scene.approved_by)
            with transaction.atomic(durable=True):
                proposal = approve(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=timezone.now())
    except Refusal as refused:
        return f"refused: {refused.code}"
    return str(proposal.state)


def _look(scene: Scene, proposer: Account) -> list[Evidence]:
    """Read the prices now, as the sheet for people does."""
    top = Segment.objects.get(key=scene.segment)
    reader = Reader(with_descendants([top.pk]))
    rows = FieldValue.objects.filter(
        resource__in=reader.resources().filter(type="variant").values("pk"),
        field="price",
        address__channel=scene.channel,
    ).select_related("resource")
    places = [
        Place(type="variant", key=row.resource.key, field="price", address=Address.parse(row.address))
        for row in rows.order_by("resource__key", "address_key")[: scene.most]
    ]
    read = read_for_evidence(reader=reader, places=places)
    with transaction.atomic(durable=True):
        return record_observed(bringer=Bringer.person(proposer), read=read, at=timezone.now())


def _content(scene: Scene, evidence: Sequence[Evidence]) -> Content:
    return Content(
        summary=scene.summary,
        rationale=scene.rationale,
        confidence_bp=None,
        atomicity="per_item",
        evidence=tuple(each.pk for each in evidence),
        changes=tuple(_change(index, each, scene.off_bp) for index, each in enumerate(evidence)),
        rollout=scene.rollout,
    )


def _change(index: int, evidence: Evidence, off_bp: int) -> ProposedChange:
    before, resource = evidence.value, evidence.resource
    if resource is None or before is None:
        raise ValueError("observed evidence names its resource and holds its value")
    return ProposedChange(
        index=index,
        type=resource.type,
        key=resource.key,
        field="price",
        address=Address.parse(evidence.address),
        before=before,
        after={**before, "amount": before["amount"] * (10_000 - off_bp) // 10_000},
    )
