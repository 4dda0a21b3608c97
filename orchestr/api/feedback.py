"""What an agent learns from: what was decided on its proposals, and what was measured of them, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from orchestr.agents.models import Agent
from orchestr.agents.scopes import reach_of, readable
from orchestr.api import answers
from orchestr.catalogue.classes import COST
from orchestr.outcomes.measuring.models import Measurement
from orchestr.outcomes.measuring.shown import Shown, measurements_of, wire
from orchestr.policy.values import Json
from orchestr.proposals.models import Decision, Proposal, Version

MOST = 200


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing to tell: when there was last news of it, and when it was decided, by a person or by policy."""

    news: datetime
    at: datetime
    proposal: Proposal
    decision: Decision | None = None


def feedback_of(agent: Agent, *, since: datetime | None, at: datetime) -> list[dict[str, Json]]:
    """Oldest news first, MOST at once; an item comes again when something of its proposal was measured.

    What policy let through without a person stands in it once it was measured, decided by `policy`.
    """
    items = [*_decided(agent, since), *_unattended(agent, since)]
    items = sorted(items, key=lambda each: (each.news, each.at, each.proposal.pk))[:MOST]
    sees_cost = COST in readable(reach_of(agent, at=at))[1]
    measured = measurements_of({each.proposal.pk for each in items}, sees_cost=sees_cost)
    versions = _versions([each.proposal for each in items if each.decision is None])
    return [_told(each, versions, measured.get(each.proposal.pk, [])) for each in items]


def _news(column: str, otherwise: str) -> Combinable:
    """When something was last measured of the proposal that this column names, or what is otherwise news of it."""
    rows = Measurement.objects.filter(proposal=OuterRef(column)).values("proposal")
    last = Subquery(rows.annotate(last=Max("taken_at")).values("last"))
    return Greatest(otherwise, Coalesce(last, otherwise))


def _decided(agent: Agent, since: datetime | None) -> list[_Item]:
    rows = Decision.objects.filter(proposal__agent=agent, taken_back_at=None).select_related("proposal", "version")
    found = rows.annotate(news=_news("proposal_id", "at"))
    if since is not None:
        found = found.filter(news__gt=since)
    return [_Item(row.news, row.at, row.proposal, row) for row in found.order_by("news", "at", "id")[:MOST]]


def _unattended(agent: Agent, since: datetime | None) -> list[_Item]:
    there = Exists(Measurement.objects.filter(proposal=OuterRef("id")))
    rows = Proposal.objects.filter(there, agent=agent, tier="none", decisions=None)
    found = rows.annotate(news=_news("id", "submitted_at"))
    if since is not None:
        found = found.filter(news__gt=since)
    news = dict(found.order_by("news", "submitted_at", "id").values_list("pk", "news")[:MOST])
    return [_Item(news[row.pk], row.submitted_at, row) for row in Proposal.objects.filter(pk__in=list(news))]


def _versions(rows: Sequence[Proposal]) -> dict[UUID, Version]:
    """The current version of each (one query, none for nobody)."""
    if not rows:
        return {}
    numbers = {row.pk: row.number for row in rows}
    found = Version.objects.filter(proposal__in=list(numbers)).only("proposal_id", "number", "narrowing")
    return {each.proposal_id: each for each in found if each.number == numbers[each.proposal_id]}


def _told(item: _Item, versions: Mapping[UUID, Version], measured: Sequence[Shown]) -> dict[str, Json]:
    row, proposal = item.decision, item.proposal
    version = row.version if row else versions[proposal.pk]
    return {
        "proposal": str(proposal.pk),
        "version": version.number,
        "state": proposal.state,
        "decided_by": "person" if row else "policy",
        "verdict": row.verdict if row else "approve",
        "reason_code": (row.reason_code or None) if row else None,
        "reason": row.reason if row else "",
        "constraints": row.constraints if row else {},
        "override": version.narrowing,
        "measured": [wire(each) for each in measured] or None,
        "news_at": answers.moment(item.news),
        "at": answers.moment(item.at),
    }
