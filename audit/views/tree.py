"""The causal tree as a page: nested lists, no script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from audit.causes import Cause, tree_of
from audit.views.rows import Row, page_of, rows_of
from audit.views.sight import sight_of
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent
from orchestr.triggers.models import Trigger

KINDS: dict[str, str | Promise] = {
    "trigger": _("Trigger"),
    "event": _("Event"),
    "run": _("Run"),
    "evidence": _("Evidence"),
    "proposal": _("Proposal"),
    "decision": _("Decision"),
    "exception": _("Exception"),
    "comment": _("Comment"),
    "execution": _("Execution"),
    "revert": _("Revert"),
    "incident": _("Incident"),
}
MAY_SEE_TRIGGERS = {Function.ADMIN, Function.AUDITOR, Function.ONCALL}
SHOWN = 12  # events of one thing; the rest stands in its trail


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many items of an execution ended so, and the first event that says it."""

    outcome: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One thing with its first events, what it came to and what came of it."""

    kind: str
    word: str
    id: str
    url: str | None
    trail_url: str
    asked: bool
    rows: Sequence[Row]
    more: int
    outcomes: Sequence[Outcome]
    below: list["Branch"] = field(default_factory=list)


@require_GET
@gate()
def tree(request: SignedIn, kind: str, thing_id: UUID) -> HttpResponse:
    """The tree in which a run, proposal, execution or incident stands; nothing that may be seen of it is a 404 like nothing at all."""
    if kind not in ("run", "proposal", "execution", "incident"):
        raise absent("page")
    found = tree_of(kind=kind, id=thing_id, sight=sight_of(request.user))
    if not found.roots:
        raise absent(str(KINDS[kind]).lower())
    causes = _flat(found.roots)
    shown = [event for cause in causes for event in cause.events[:SHOWN]]
    rows = {row.id: row for row in rows_of(shown)}
    triggers = _triggers(request, causes)
    context = {
        "branches": [_branch(root, rows, (kind, str(thing_id)), triggers) for root in found.roots],
        "more": found.more,
        "count": len(causes),
        "explorer_url": reverse("audit:explorer", query={kind if kind in ("run", "proposal") else "id": str(thing_id)}),
    }
    return render(request, "audit/tree.html", context)


def _flat(causes: Sequence[Cause]) -> list[Cause]:
    return [each for cause in causes for each in (cause, *_flat(cause.below))]


def _triggers(request: SignedIn, causes: Sequence[Cause]) -> dict[str, str]:
    """The pages of the triggers among these, by id, for who may open them."""
    ids = [cause.thing[1] for cause in causes if cause.thing[0] == "trigger"]
    if not ids or not request.user.functions & MAY_SEE_TRIGGERS:
        return {}
    keys = Trigger.objects.filter(pk__in=ids).values_list("pk", "key")
    return {str(id): reverse("admin:trigger", args=[key]) for id, key in keys}


def _branch(cause: Cause, rows: dict[UUID, Row], asked: tuple[str, str], triggers: dict[str, str]) -> Branch:
    kind, id = cause.thing
    about = "run" if kind == "evidence" else kind
    query = {about: id} if about in ("run", "proposal") else {"id": id}
    if kind == "evidence":
        query["action"] = "evidence.recorded"
    return Branch(
        kind=kind,
        word=str(KINDS[kind]),
        id="" if kind == "evidence" else id,
        url=None if kind == "evidence" else triggers.get(id) or page_of(kind, id),
        trail_url=reverse("audit:explorer", query=query),
        asked=cause.thing == asked,
        rows=[rows[event.id] for event in cause.events[:SHOWN]],
        more=max(0, len(cause.events) - SHOWN),
        outcomes=[
            Outcome(outcome, count, reverse("audit:event", args=[event])) for outcome, count, event in cause.items
        ],
        below=[_branch(each, rows, asked, triggers) for each in cause.below],
    )
