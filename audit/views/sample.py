"""Samples for auditors: drawn by a seed, filled in from the trail, made to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from audit.actions import ACTIONS
from audit.attributes.answers import attributes_of
from audit.attributes.told import Attribute, Attributes
from audit.parameters import is_word
from audit.sampling import Drawn, NothingToDraw, draw, events_of, new_seed, record_drawn
from audit.selection import Selection, SelectionRefused
from audit.views.rows import Row, rows_of
from audit.views.sight import sight_of
from audit.views.tabs import tabs_of
from orchestr.doors import actor_of
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import Kind, Refusal, absent

MAY = (Function.AUDITOR, Function.ADMIN)
MOST_SEED = 64
MOST_EARLIER = 20
MOST_PROOFS = 6
COLUMNS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "authorised": (
        gettext_lazy("Authorised"),
        gettext_lazy(
            "Approved before a worker took it, on exactly the digest that was published, by people who held the functions"
            " its verdict demanded and the right to decide, then and until it was written; each person counts once."
        ),
    ),
    "distinct": (
        gettext_lazy("Distinct persons"),
        gettext_lazy("As many persons as its tier needs, none of whom proposed it or owns the agent that did."),
    ),
    "policy": (
        gettext_lazy("Policy version"),
        gettext_lazy("Judged under the version in force then, and again under the one in force when it was written."),
    ),
    "fresh": (gettext_lazy("Evidence fresh"), gettext_lazy("In date when a worker took it to write.")),
    "read_back": (gettext_lazy("Effect read back"), gettext_lazy("Every applied item was seen at its system.")),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One attribute as it is shown: a word with its tone and shape, figures, and the events it stands on."""

    name: str
    label: str
    holds: bool | None
    word: str
    said: str
    proofs: Sequence[tuple[str, str]]  # address and words of each


@dataclass(frozen=True, slots=True)
class Line:
    """One drawn publication with its attributes."""

    number: int
    row: Row
    proposal: str
    proposal_url: str
    trail_url: str
    cells: Sequence[Cell]


@require_http_methods(["GET", "HEAD", "POST"])
@gate(*MAY)
def sample(request: SignedIn) -> HttpResponse:
    """The form with the samples drawn before; a POST draws one, records it and leads to it."""
    if request.method != "POST":
        earlier = Selection(action="sample.drawn").events(sight_of(request.user)).order_by("-id")[:MOST_EARLIER]
        context = {
            "audit_tabs": tabs_of(request),
            "earlier": rows_of(list(earlier)),
            "seed": new_seed(),
            "columns": COLUMNS.values(),
        }
        return render(request, "audit/sample.html", context)
    seed = request.POST.get("seed", "").strip() or new_seed()
    if not is_word(seed) or len(seed) > MOST_SEED:
        raise _unreadable("seed")
    try:
        period = Selection.parse({name: request.POST.get(name, "") for name in ("since", "until")})
    except SelectionRefused as refused:
        raise _unreadable(refused.field) from refused
    try:
        with transaction.atomic(durable=True):
            drawn = draw(seed=seed, since=period.since, until=period.until, sight=sight_of(request.user))
            event_id = record_drawn(drawn, actor=actor_of(request), at=timezone.now())
    except NothingToDraw as error:
        raise Refusal(
            Kind.CONFLICT, "nothing_sealed", str(error), next=_("Try again in a minute."), params={}
        ) from error
    return redirect("audit:drawn", event_id=event_id)


@require_GET
@gate(*MAY)
def drawn(request: SignedIn, event_id: UUID) -> HttpResponse:
    """One sample as it was drawn, with what the trail says of each. What the viewer may not see is counted, not shown."""
    sight = sight_of(request.user)
    event = Selection(action="sample.drawn").events(sight).filter(id=event_id).first()
    if event is None:
        raise absent(_("sample"))
    sampled = Drawn.of(event)
    seen = events_of(sampled, sight)
    attributes = attributes_of([each for _number, each in seen])
    rows = rows_of([each for _number, each in seen])
    lines = [_line(number, row, found) for (number, _event), row, found in zip(seen, rows, attributes, strict=True)]
    context = {
        "drawn": sampled,
        "row": rows_of([event])[0],
        "columns": COLUMNS.values(),
        "lines": lines,
        "hidden": len(sampled.numbers) - len(lines),
        "failed": sum(any(cell.holds is False for cell in line.cells) for line in lines),
        "untold": sum(any(cell.holds is None for cell in line.cells) for line in lines),
        "population": sampled.selection().asked(),
    }
    return render(request, "audit/sample_drawn.html", context)


def _line(number: int, row: Row, found: Attributes) -> Line:
    proposal = next((mention.id for mention in row.mentions if mention.kind == "proposal"), "")
    return Line(
        number=number,
        row=row,
        proposal=proposal,
        proposal_url=f"/reviews/{proposal}/",
        trail_url=reverse("audit:tree", args=["proposal", proposal]),
        cells=[_cell(name, getattr(found, name)) for name in COLUMNS],
    )


def _cell(name: str, found: Attribute) -> Cell:
    word = {True: _("yes"), False: _("no"), None: _("not told")}[found.holds]
    proofs = [
        (reverse("audit:event", args=[id]), str(ACTIONS[action].words) if action in ACTIONS else action)
        for id, action in dict(found.proofs).items()
    ]
    return Cell(name, str(COLUMNS[name][0]), found.holds, word, _said(name, found), proofs[:MOST_PROOFS])


def _said(name: str, found: Attribute) -> str:
    said = found.said
    if name == "authorised" and said.get("functions"):
        named = {**said, "functions": ", ".join(said["functions"])}
        return _("tier %(tier)s (%(functions)s), decisions: %(decisions)d") % named
    if name == "authorised" and "tier" in said:
        return _("tier %(tier)s, decisions: %(decisions)d") % said
    if name == "distinct" and "persons" in said:
        return _("%(persons)d of %(needed)d needed") % said
    if name == "policy" and "again" in said:
        return _("version %(version)d, written under %(again)d") % said
    if name == "policy" and "version" in said:
        return _("version %(version)d") % said
    if name == "fresh" and "evidence" in said:
        return _("pieces of evidence: %(evidence)d") % said
    if name == "read_back" and said.get("outcomes"):
        return ", ".join(f"{outcome.replace('_', ' ')} {count}" for outcome, count in said["outcomes"].items())
    return ""


def _unreadable(field: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "sample_unreadable",
        _("The field %(field)s cannot be read.") % {"field": field},
        next=_("Correct it and draw again."),
        params={"field": field},
    )
