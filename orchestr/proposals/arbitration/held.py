"""What is held together is not approved by itself: people choose between it first."""

from collections.abc import Collection
from uuid import UUID

from orchestr.proposals.arbitration.models import Arbitration, Party
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal


def arbitration_of(proposal_id: UUID) -> Arbitration | None:
    """The arbitration that holds this proposal, while there is something to choose (one query)."""
    theirs = Party.objects.filter(proposal=proposal_id).values("arbitration_id")
    return Arbitration.objects.standing().filter(pk__in=theirs).order_by("opened_at").first()


def held_among(proposal_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of these proposals that are held, each with its oldest arbitration (one query)."""
    standing = Arbitration.objects.standing().values("pk")
    rows = Party.objects.filter(proposal_id__in=list(proposal_ids), arbitration__in=standing)
    return dict(rows.order_by("-arbitration__opened_at").values_list("proposal_id", "arbitration_id"))


def refuse_held(proposal: Proposal, about: dict[str, str]) -> None:
    """Refuse (409 `contested`) what is held together with other work that nobody has chosen between."""
    held = arbitration_of(proposal.pk)
    if held is not None:
        raise Refusal(
            Kind.CONFLICT,
            "contested",
            "This is held together with other work on the same thing, and nobody has chosen between them yet.",
            next="Look at them side by side, and choose there which goes on.",
            params={"arbitration": str(held.pk)},
            about=about | {"arbitration": str(held.pk)},
            answer={"arbitration": str(held.pk)},
        )
