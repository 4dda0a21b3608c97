"""Work that is held together, as a person sees it side by side: what each wants, its effects, and who answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from orchestr.policy.objectives import objectives_of
from orchestr.policy.values import Json
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.arbitration.queries import OPEN_STATES
from orchestr.proposals.models import Proposal, Version
from reviews.acts import address
from reviews.diff.objects import Parts, has_parts, parts_of
from reviews.position import Position, Rights, positions_of
from reviews.proposal.around import PredictionLine, predictions_of
from reviews.proposal.changes import without_cost
from reviews.queue.rows import proposer_of
from reviews.words.proposal import field_label, function_label, intent, metric_label

MOST_EFFECTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One change: of what they meet on, or of anything else in the set."""

    title: str
    sku: str
    field_label: str
    address: Any
    before: Json
    after: Json
    meets: bool

    @property
    def parts(self) -> Parts | None:
        """What changes within a value that has parts."""
        return parts_of(self.before, self.after) if has_parts(self.before) or has_parts(self.after) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One of the proposals, ready to stand beside the others. `margin_bp` None: unknown, or not for this account."""

    id: UUID
    url: str
    state: str
    tier: str
    functions: list[str]
    open: bool
    intent: str
    proposer: str
    wants: list[str]
    effects: list[Effect]
    more: int
    margin_bp: int | None
    revenue_per_hour: Json
    confidence_bp: int | None
    predictions: list[PredictionLine]
    answers: list[tuple[str, str]]
    at: datetime
    may_decide: bool
    chosen: bool


def parties_of(arbitration: Arbitration) -> list[Proposal]:
    """The proposals of an arbitration, the first to come first, with everything a card shows of them."""
    rows = Proposal.objects.filter(arbitrations__arbitration=arbitration).select_related(
        "segment_set",
        "agent",
        "agent__owner",
        "person",
        "workflow",
        "workflow__owner",
        "workflow__escalation_owner",
        "workflow__rollback_owner",
    )
    return list(rows.order_by("submitted_at", "id"))


def beside(account: Any, arbitration: Arbitration, proposals: Sequence[Proposal], *, at: datetime) -> list[Party]:
    """The cards (six queries, whatever their number)."""
    rights = Rights.of(account)
    positions = positions_of(account, proposals, rights=rights, at=at)
    rows = Version.objects.filter(proposal__in=proposals, number=F("proposal__number"))
    versions = {row.proposal_id: row for row in rows.defer("canonical")}
    things = set(arbitration.things)
    return [_party(each, versions[each.pk], positions[each.pk], things, arbitration) for each in proposals]


def _party(
    proposal: Proposal, version: Version, position: Position, things: set[str], arbitration: Arbitration
) -> Party:
    effects = [_effect(each, things, sees_cost=position.sees_cost) for each in version.plan]
    effects.sort(key=lambda each: not each.meets)
    first = version.plan[0]
    return Party(
        id=proposal.pk,
        url=address("proposal", proposal.pk),
        state=proposal.state,
        tier=proposal.tier,
        functions=[function_label(name) for name in proposal.functions],
        open=proposal.state in OPEN_STATES,
        intent=intent(proposal, first.get("title") or first["id"]),
        proposer=proposer_of(proposal),
        wants=wants(version.objectives),
        effects=effects[:MOST_EFFECTS],
        more=max(0, len(effects) - MOST_EFFECTS),
        margin_bp=proposal.lowest_margin_bp if position.sees_cost else None,
        revenue_per_hour=proposal.revenue_per_hour,
        confidence_bp=version.confidence_bp,
        predictions=predictions_of(version),
        answers=_answers(proposal),
        at=proposal.submitted_at,
        may_decide=position.may_decide and not position.own_work,
        chosen=proposal.pk == arbitration.chosen_id,
    )


def wants(objectives: Json) -> list[str]:
    """What a proposal is for, in words."""
    words = {"up": _("%(what)s up"), "down": _("%(what)s down")}
    found = [each.rpartition(":") for each in objectives_of(objectives)]
    return [words[way] % {"what": metric_label(name)} for name, _colon, way in found]


def _effect(change: dict[str, Json], things: set[str], *, sees_cost: bool) -> Effect:
    shown = without_cost(change, sees_cost=sees_cost)
    return Effect(
        title=change.get("title") or change["id"],
        sku=change.get("sku") or "",
        field_label=field_label(change["field"]),
        address=change["address"],
        before=shown["before"],
        after=shown["after"],
        meets=f"{change['type']}/{change['id']}" in things,
    )


def _answers(proposal: Proposal) -> list[tuple[str, str]]:
    """Who answers for it: by their part, by name."""
    if proposal.workflow is None:
        return [(_("Proposed by"), proposer_of(proposal))]
    flow = proposal.workflow
    return [
        (_("Workflow's owner"), flow.owner.name),
        (_("Escalation owner"), flow.escalation_owner.name),
        (_("Rollback owner"), flow.rollback_owner.name),
    ]
