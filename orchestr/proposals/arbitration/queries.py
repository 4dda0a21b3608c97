"""Arbitrations that a person may see: those whose every party they see."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from orchestr.people.eligibility import segment_sets_with

if TYPE_CHECKING:
    from orchestr.people.models import Account
    from orchestr.proposals.arbitration.models import Arbitration  # noqa: F401

OPEN_STATES = ("draft", "approved")


class ArbitrationQuerySet(models.QuerySet["Arbitration"]):
    def visible_to(self, account: "Account") -> "ArbitrationQuerySet":
        """Those of which the account sees every proposal, as `ProposalQuerySet.visible_to` does."""
        party = self.model._meta.get_field("parties").related_model
        assert isinstance(party, type)
        hidden = party._default_manager.filter(arbitration=OuterRef("pk")).exclude(
            proposal__segment_set_id__in=segment_sets_with(account, "view_segment")
        )
        return self.filter(~Exists(hidden))

    def standing(self) -> "ArbitrationQuerySet":
        """Not settled, with at least two proposals that are open still: there is something to choose."""
        return (
            self.filter(settled_at=None)
            .annotate(open_parties=Count("parties", filter=Q(parties__proposal__state__in=OPEN_STATES)))
            .filter(open_parties__gte=2)
        )
