"""The cards of the on-call board: what needs hands, the most pressing kind first, the oldest first within it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.drift.models import Drift
from orchestr.execution.models import Execution, ExecutionItem, Incident
from orchestr.execution.states import ExecutionState, ItemState
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from reviews.acts import Act
from reviews.oncall import rollouts
from reviews.oncall.card import SHOWN, Card, Named, freeze_url, runbook_of
from reviews.oncall.named import drifts_named, items_named
from reviews.oncall.sight import Sight
from reviews.words.behaviour import trip_of, trip_words
from reviews.words.targets import target_names
from reviews.words.titles import intents_of

CONFLICTS_FOR = timedelta(hours=24)
UNSETTLED = (ItemState.UNKNOWN, ItemState.APPLIED_NOT_EFFECTIVE)


@dataclass(frozen=True, slots=True)
class _Known:
    """Loaded once for all cards: intents by proposal; outcomes and the first troubled items by execution."""

    intents: Mapping[UUID, str]
    outcomes: Mapping[UUID, Counter[str]]
    items: Mapping[UUID, Sequence[Named]]


def cards_of(account: Account, sight: Sight, *, at: datetime) -> list[Card]:
    """Everything that waits for somebody on call and may be seen (a fixed number of queries)."""
    incidents = _incidents(sight)
    stuck = _executions(sight, state=ExecutionState.NEEDS_PERSON)
    unsettled = _unsettled(sight)
    clashed = _clashed(sight, at=at)
    asking = rollouts.asking(sight)
    executions = [*stuck, *unsettled, *clashed]
    proposals = [each.proposal for each in executions] + [each.proposal for each in incidents if each.proposal]
    proposals += [each.execution.proposal for each in asking]
    intents = intents_of(proposals)
    frozen = target_names(trip.freeze.target for each in incidents if (trip := trip_of(each)) is not None)
    known = _Known(intents, _outcomes(executions), items_named(executions))
    return [
        *(_stuck_card(each, sight, known) for each in stuck),
        *(rollouts.card_of(each, sight, intents) for each in asking),
        *(_incident_card(each, account, intents, frozen) for each in incidents),
        *(_unsettled_card(each, sight, known) for each in unsettled),
        *(_clashed_card(each, sight, known) for each in clashed),
        *_drift_cards(sight),
        *_held_cards(sight),
    ]


def _incidents(sight: Sight) -> list[Incident]:
    rows = Incident.objects.filter(reviewed_at=None, proposal__segment_set__in=sight.seen)
    rows = rows.select_related(
        "proposal__agent",
        "proposal__person",
        "proposal__workflow",
        "opened_by",
        "acknowledged_by",
        "freeze",
        "trip__freeze",
    )
    return list(rows.order_by("opened_at", "id")[:SHOWN])


def _executions(sight: Sight, **wanted: Any) -> list[Execution]:
    rows = Execution.objects.filter(proposal__segment_set__in=sight.seen, **wanted)
    rows = rows.select_related("proposal__agent", "proposal__person", "proposal__workflow")
    return list(rows.order_by("queued_at", "id")[:SHOWN])


def _unsettled(sight: Sight) -> list[Execution]:
    """Executions that still look for the outcome of something they sent."""
    items = ExecutionItem.objects.filter(state__in=UNSETTLED, execution__state__in=("queued", "running", "held"))
    return _executions(sight, id__in=items.values("execution_id"))


def _clashed(sight: Sight, *, at: datetime) -> list[Execution]:
    """Finished of late, with items that were changed by somebody else and therefore left alone."""
    items = ExecutionItem.objects.filter(
        state=ItemState.CONFLICT,
        settled_at__gte=at - CONFLICTS_FOR,
        execution__state=ExecutionState.DONE,
        execution__proposal__state="published",
    )
    return _executions(sight, id__in=items.values("execution_id"))


def _outcomes(executions: Iterable[Execution]) -> Mapping[UUID, Counter[str]]:
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    rows = ExecutionItem.objects.filter(execution__in=[each.pk for each in executions])
    for execution_id, state, count in rows.values_list("execution_id", "state").annotate(n=Count("id")):
        found[execution_id][state] = count
    return found


def _drift_cards(sight: Sight) -> list[Card]:
    """One card for each proposal of which something is not as published any more and nobody has seen it."""
    rows = Drift.objects.filter(gone_at=None, acknowledged_at=None, proposal__segment_set__in=sight.seen)
    found = rows.values("proposal").annotate(n=Count("id"), since=Min("seen_at")).order_by("since")[:SHOWN]
    listed = {row["proposal"]: row for row in found}
    proposals = Proposal.objects.filter(pk__in=listed).select_related("agent", "person", "workflow")
    intents, named = intents_of(list(proposals)), drifts_named(listed)
    return [
        Card(
            kind="drift",
            kind_words=_("changed since"),
            tone="waiting",
            shape="swap",
            id=f"drift-{id}",
            title=intents[id],
            url=reverse("reviews:proposal", args=[id]) + "#drift",
            since=row["since"],
            text=ngettext(
                "%(n)d published value is not ours any more.", "%(n)d published values are not ours any more.", row["n"]
            )
            % {"n": row["n"]},
            items=named.get(id, ()),
            facts=[_("Nothing was written because of this, and nothing will be by itself.")],
            act=Act(reverse("reviews:proposal", args=[id]) + "#drift", _("Put it back, or say that you have seen it")),
        )
        for id, row in listed.items()
    ]


def _held_cards(sight: Sight) -> list[Card]:
    """One card for each freeze that executions wait for."""
    rows = Execution.objects.filter(state=ExecutionState.HELD, proposal__segment_set__in=sight.seen)
    held = list(rows.values("held_by").annotate(n=Count("id"), since=Min("queued_at")).order_by("since")[:SHOWN])
    names = target_names(row["held_by"] for row in held)
    return [
        Card(
            kind="held",
            kind_words=_("held"),
            tone="waiting",
            shape="hold",
            id=f"held-{number}",
            title=ngettext(
                "%(n)d execution waits for the freeze of %(target)s",
                "%(n)d executions wait for the freeze of %(target)s",
                row["n"],
            )
            % {"n": row["n"], "target": names[row["held_by"]]},
            url=reverse("reviews:oncall") + "#stop-title",
            since=row["since"],
            text=_("Each is checked again when it is thawed."),
        )
        for number, row in enumerate(held)
    ]


def _incident_card(
    incident: Incident, account: Account, intents: Mapping[UUID, str], frozen: Mapping[str, str]
) -> Card:
    assert incident.proposal is not None
    trip = trip_of(incident)
    if trip is not None:
        facts = [_("A breaker has frozen %(target)s by itself.") % {"target": frozen[trip.freeze.target]}]
    else:
        facts = [
            _("Contained by %(who)s.") % {"who": incident.opened_by.name if incident.opened_by else _("the system")}
        ]
    if incident.overdue_at is not None:
        facts.append(_("Its review is overdue."))
    acknowledge = None
    if incident.acknowledged_by is not None:
        facts.append(_("%(who)s is on it.") % {"who": incident.acknowledged_by.name})
    else:
        acknowledge = Act(reverse("reviews:acknowledge", args=[incident.pk]), _("Acknowledge"))
    if incident.opened_by_id == account.person_id:
        facts.append(_("A second person has to review it."))
    return Card(
        kind="incident",
        kind_words=_("incident"),
        tone="blocked",
        shape="triangle",
        id=f"incident-{incident.pk}",
        title=intents[incident.proposal.pk],
        url=reverse("reviews:incident", args=[incident.pk]),
        since=incident.opened_at,
        text=trip_words(trip) if trip is not None else incident.why,
        per_hour=incident.proposal.revenue_per_hour,
        facts=facts,
        runbook=runbook_of(incident.proposal),
        acknowledge=acknowledge,
        act=Act(reverse("reviews:incident", args=[incident.pk]), _("Review it")),
    )


def _stuck_card(execution: Execution, sight: Sight, known: _Known) -> Card:
    return _card(
        execution,
        sight,
        known,
        kind=("needs_person", _("needs a person"), "blocked", "person"),
        facts=_counted(known.outcomes[execution.pk]),
        act=_("Settle it by hand"),
    )


def _unsettled_card(execution: Execution, sight: Sight, known: _Known) -> Card:
    return _card(
        execution,
        sight,
        known,
        kind=("unknown", _("unknown"), "waiting", "question"),
        facts=[*_counted(known.outcomes[execution.pk]), _("The worker goes on looking at the system.")],
        act=_("See the items"),
    )


def _clashed_card(execution: Execution, sight: Sight, known: _Known) -> Card:
    return _card(
        execution,
        sight,
        known,
        kind=("conflict", _("conflict"), "waiting", "swap"),
        facts=[*_counted(known.outcomes[execution.pk]), _("What somebody else had changed was left alone.")],
        act=_("See the items"),
    )


def _card(
    execution: Execution,
    sight: Sight,
    known: _Known,
    *,
    kind: tuple[str, str, str, str],
    facts: list[str],
    act: str,
) -> Card:
    proposal = execution.proposal
    url = reverse("reviews:execution", args=[execution.pk])
    name, words, tone, shape = kind
    contain = reverse("reviews:contain", args=[proposal.pk])
    return Card(
        kind=name,
        kind_words=words,
        tone=tone,
        shape=shape,
        id=f"{name}-{execution.pk}",
        title=known.intents[proposal.pk],
        url=url,
        since=execution.queued_at,
        text=_("While putting it back.") if execution.kind == "revert" else "",
        per_hour=proposal.revenue_per_hour,
        items=known.items.get(execution.pk, ()),
        facts=facts,
        runbook=runbook_of(proposal),
        contain=Act(contain, _("Contain")) if sight.may_contain(proposal) else None,
        freeze_url=freeze_url(proposal),
        act=Act(url, act),
    )


def _counted(outcomes: Counter[str]) -> list[str]:
    """How many items stand how, in sentences; what is well is not told."""
    told = []
    if n := outcomes["unknown"]:
        told.append(
            ngettext("Of %(n)d item nobody knows what is there.", "Of %(n)d items nobody knows what is there.", n)
            % {"n": n}
        )
    if n := outcomes["applied_not_effective"]:
        told.append(
            ngettext("%(n)d item was written and is not seen yet.", "%(n)d items were written and are not seen yet.", n)
            % {"n": n}
        )
    if n := outcomes["conflict"]:
        told.append(
            ngettext("%(n)d item was changed by somebody else.", "%(n)d items were changed by somebody else.", n)
            % {"n": n}
        )
    if n := outcomes["not_applied"]:
        told.append(ngettext("%(n)d item was not written.", "%(n)d items were not written.", n) % {"n": n})
    if n := outcomes["applied"]:
        told.append(ngettext("%(n)d item is live.", "%(n)d items are live.", n) % {"n": n})
    return told
