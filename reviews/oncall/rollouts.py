"""Cards for first shares whose numbers do not say whether the rest should follow: somebody has to."""

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import RolloutState
from reviews.acts import Act
from reviews.oncall.card import SHOWN, Card, freeze_url, runbook_of
from reviews.oncall.sight import Sight
from reviews.rollout.words import REASONS


def asking(sight: Sight) -> list[Rollout]:
    """Those that ask, the oldest first (one query)."""
    rows = Rollout.objects.filter(state=RolloutState.ASKING, execution__proposal__segment_set__in=sight.seen)
    rows = rows.select_related(
        "execution__proposal__agent", "execution__proposal__person", "execution__proposal__workflow"
    )
    return list(rows.order_by("holds_until", "id")[:SHOWN])


def card_of(rollout: Rollout, sight: Sight, intents: Mapping[UUID, str]) -> Card:
    """Its buttons stand on the proposal's page, beside the numbers."""
    proposal = rollout.execution.proposal
    url = reverse("reviews:proposal", args=[proposal.pk]) + "#rollout"
    contain = reverse("reviews:contain", args=[proposal.pk])
    return Card(
        kind="rollout_asking",
        kind_words=_("first share asks"),
        tone="waiting",
        shape="question",
        id=f"rollout-{rollout.pk}",
        title=intents[proposal.pk],
        url=url,
        since=rollout.looked_at or rollout.created_at,
        text=str(REASONS.get(rollout.reason, "")),
        per_hour=proposal.revenue_per_hour,
        facts=[
            ngettext("%(n)d item is out.", "%(n)d items are out.", rollout.first_items) % {"n": rollout.first_items},
            ngettext("%(n)d item waits for a word.", "%(n)d items wait for a word.", rollout.later_items)
            % {"n": rollout.later_items},
        ],
        runbook=runbook_of(proposal),
        contain=Act(contain, _("Contain")) if sight.may_contain(proposal) else None,
        freeze_url=freeze_url(proposal),
        act=Act(url, _("Go on, or put it back")),
    )
