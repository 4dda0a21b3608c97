"""Querysets of the spine: they speak the trade, and one of them decides who sees what."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from orchestr.people.eligibility import segment_sets_with

if TYPE_CHECKING:
    from orchestr.people.models import Account
    from orchestr.proposals.models import Proposal  # noqa: F401


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, account: "Account") -> "ProposalQuerySet":
        """Proposals whose every segment the account may see: the one gate of all doors."""
        return self.filter(segment_set_id__in=segment_sets_with(account, "view_segment"))

    def waiting(self) -> "ProposalQuerySet":
        return self.filter(state="draft")

    def due(self, at: datetime) -> "ProposalQuerySet":
        """Drafts and approvals whose time is up."""
        return self.filter(state__in=("draft", "approved"), expires_at__lte=at)

    def overdue(self, at: datetime) -> "ProposalQuerySet":
        """Waiting past their SLA, and nobody told yet."""
        return self.waiting().filter(due_at__lte=at, escalated_at=None)

    def by_rank(self, *, after: tuple[int, UUID] | None = None) -> "ProposalQuerySet":
        """Most urgent first; `after` is the (rank, id) of the last row seen."""
        rows = self.order_by("rank", "id")
        if after is None:
            return rows
        return rows.filter(TupleGreaterThan((models.F("rank"), models.F("id")), after))
