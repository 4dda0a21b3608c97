"""What the stage of its workflow, or a fallback of its run, keeps of a proposal from going on, as its page says it."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.generation import pinned
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.reach import out_of_reach
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting.autonomy import kept_back
from reviews.words.proposal import cause_words, field_label

MOST_SHOWN = 100
WHY_NOT = {
    "not_a_sandbox": lambda: _(
        "It was proposed for sandboxes alone, and a system that it writes to is no sandbox any more."
    ),
    "workflow_in_shadow": lambda: _("Its workflow is in shadow now: what it proposes is judged and never published."),
    "outside_canary": lambda: _(
        "Its workflow is in its canary now, and some of these things lie outside the share: drop them first."
    ),
    "scope_lost": lambda: _("The agent's scope no longer covers this: it was revoked, narrowed, or has ended."),
    "outside_workflow": lambda: _("The workflow has been narrowed meanwhile and no longer reaches this."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """`said` are sentences; `rows` the first of the changes that stay back: title, SKU, field, before, after."""

    said: list[str]
    rows: list[dict[str, Any]]
    unshown: int


def why_not(proposal: Proposal, version: Version) -> str:
    """Why nobody's yes could let it go on now; "" where it could, or where it waits for nobody's."""
    if proposal.state != ProposalState.DRAFT:
        return ""
    with pinned():
        code = kept_back(proposal, version) or out_of_reach(proposal, version, at=timezone.now())
    return WHY_NOT[code]() if code else ""


def kept_back_of(version: Version) -> KeptBack | None:
    """None where nothing stays back and no fallback holds. Reads nothing."""
    bounds = version.bounds
    if not bounds:
        return None
    withheld = bounds["withheld"]
    said = [_cause_words(bounds)] if bounds["fallback"] else []
    if withheld:
        words = ngettext(
            "%(n)d change stays back: only %(share)s of all things go on for now.",
            "%(n)d changes stay back: only %(share)s of all things go on for now.",
            len(withheld),
        )
        said.append(words % {"n": len(withheld), "share": f"{bounds['share_bp'] / 100:g} %"})
    rows = [{**change, "field_label": field_label(change["field"])} for change in withheld[:MOST_SHOWN]]
    return KeptBack(said=said, rows=rows, unshown=len(withheld) - len(rows))


def _cause_words(bounds: dict[str, Any]) -> str:
    because = {"why": cause_words(bounds["cause"])}
    if bounds["fallback"] == "hold":
        return _("Held: %(why)s, so nothing of this goes on, as its workflow says.") % because
    if bounds["fallback"] == "narrow":
        return _("Narrowed: %(why)s, so only the canary share goes on, as its workflow says.") % because
    return _("One tier more: %(why)s, so more people look at it, as its workflow says.") % because
