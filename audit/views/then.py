"""The proposal that an event is about, as it was then: from the events, with the changes of the version that stood."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit.models import AuditEvent
from audit.selection import Selection
from audit.then import DecisionThen, Then, as_it_was
from audit.views.rows import rows_of
from audit.views.sight import sight_of
from orchestr.catalogue.classes import COST, class_of
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Person
from orchestr.policy.rules import RULES
from orchestr.proposals.models import Proposal, Verdict, Version
from orchestr.refusal import absent

SHOWN = 100


@dataclass(frozen=True, slots=True)
class ChangeThen:
    """One planned change. `withheld` are values that need the right to see cost."""

    index: int
    id: str
    system: str
    field: str
    address: Mapping[str, Any]
    before: Any
    after: Any
    withheld: bool


@dataclass(frozen=True, slots=True)
class FindingThen:
    rule: str
    code: str
    effect: str
    functions: Sequence[str]
    items: int


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision with the name of who made it. `of_this` is whether it was on the version that stood."""

    who: str
    who_url: str
    told: DecisionThen
    event_url: str
    of_this: bool


@require_GET
@gate()
def then(request: SignedIn, event_id: UUID) -> HttpResponse:
    """What somebody saw of this proposal at the time of the event; absent where the event or its proposal may not be seen."""
    sight = sight_of(request.user)
    event = Selection().events(sight).filter(id=event_id).first()
    found = (
        as_it_was(str(event.about["proposal"]), sight, event=event.id) if event and "proposal" in event.about else None
    )
    if event is None or found is None:
        raise absent(_("proposal"))
    version = _version(request, found)
    verdict = _verdict(version, event) if version else None
    changes = _changes(version, cost=_sees_cost(request, version)) if version else []
    context = {
        "row": rows_of([event])[0],
        "then": found,
        "decisions": _decisions(found),
        "version": version,
        "changes": changes[:SHOWN],
        "count": len(changes),
        "more": max(len(changes) - SHOWN, 0),
        "agrees": version is not None and _agrees(version, found),
        "tier": found.tier or (verdict.tier if verdict else ""),
        "functions": found.functions or (verdict.functions if verdict else []),
        "findings": _in_words(verdict.findings if verdict else found.findings),
        "findings_from_row": verdict is not None,
        "now_url": reverse("reviews:proposal", args=[found.proposal]) if version else "",
        "trail_url": reverse("audit:explorer", query={"proposal": found.proposal}),
        "event_url": reverse("audit:event", args=[event.id]),
    }
    return render(request, "audit/then.html", context)


def _version(request: SignedIn, found: Then) -> Version | None:
    """The row of the version that stood, where the proposal may be seen and is there."""
    try:
        proposal_id = UUID(found.proposal)
    except ValueError:
        return None
    if not Proposal.objects.visible_to(request.user).filter(pk=proposal_id).exists():
        return None
    rows = Version.objects.select_related("proposal__segment_set")
    return rows.filter(proposal_id=proposal_id, number=found.version or 0).first()


def _agrees(version: Version, found: Then) -> bool:
    """Whether the row is the one that the log tells of: its bytes have the digest of the event."""
    return hashlib.sha256(bytes(version.canonical)).hexdigest() == version.digest == found.digest


def _sees_cost(request: SignedIn, version: Version) -> bool:
    return set(version.proposal.segment_ids) <= segments_with(request.user, "cost_segment")


def _changes(version: Version, *, cost: bool) -> list[ChangeThen]:
    found = []
    for change in version.plan:
        withheld = not cost and class_of(change["type"], change["field"]) == COST
        found.append(
            ChangeThen(
                index=change["index"],
                id=change["id"],
                system=change["system"],
                field=change["field"],
                address=change["address"],
                before=None if withheld else change["before"],
                after=None if withheld else change["after"],
                withheld=withheld,
            )
        )
    return found


def _verdict(version: Version, event: AuditEvent) -> Verdict | None:
    """The last one on this version that had been given by then."""
    return Verdict.objects.filter(version=version, at__lte=event.at).order_by("-at", "-id").first()


def _in_words(findings: Sequence[Mapping[str, Any]]) -> list[FindingThen]:
    return [
        FindingThen(
            rule=_(RULES[each["rule"]].title) if each["rule"] in RULES else each["rule"],
            code=each["code"],
            effect=each.get("effect", ""),
            functions=each.get("functions", ()),
            items=len(each.get("items", ())),
        )
        for each in findings
    ]


def _decisions(found: Then) -> list[Decided]:
    names = _names([each.person for each in found.decisions])
    return [
        Decided(
            who=names.get(each.person, each.person),
            who_url=reverse("audit:explorer", query={"person": each.person}),
            told=each,
            event_url=reverse("audit:event", args=[each.event]),
            of_this=each.digest == found.digest,
        )
        for each in found.decisions
    ]


def _names(ids: Sequence[str]) -> dict[str, str]:
    return {str(id): name for id, name in Person.objects.filter(pk__in=set(ids)).values_list("pk", "name")}
