"""Dropping all changes of a large set that a filter finds: they are named by what they have in common."""

from django.utils.translation import gettext as _

from orchestr.http import SignedIn
from orchestr.proposals.deciding.narrowing import Edit
from orchestr.proposals.locks import current
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal
from reviews.position import Rights
from reviews.proposal.large.table import LargeSet
from reviews.proposal.narrowing import LONGEST_REASON


def matching(request: SignedIn, proposal: Proposal) -> dict[int, Edit]:
    """The edits of a form that drops what its filter finds, with one reason for all of them.

    Refuses a form without a filter, and one that finds another number of changes now than the person saw.
    """
    about = {"proposal": str(proposal.pk)}
    version = current(proposal)
    verdict = version.verdicts.order_by("-at", "-id").first()
    if verdict is None:
        raise _without_filter(about)
    large = LargeSet(
        proposal, version, verdict, given=request.POST, sees_cost=Rights.of(request.user).sees_cost(proposal)
    )
    if large.asked.wanted.all:
        raise _without_filter(about)
    indexes = large.lines.indexes(large.asked.wanted)
    if request.POST.get("matching", "") != str(len(indexes)):
        raise Refusal(
            Kind.CONFLICT,
            "matching_moved",
            _("Another number of changes is like this now."),
            next=_("Filter again, look at what is found, and drop it then."),
            params={"count": len(indexes)},
            about=about,
        )
    reason = request.POST.get("why", "").replace("\0", "").strip()[:LONGEST_REASON]
    return {index: Edit(reason=reason, drop=True) for index in indexes}


def _without_filter(about: dict[str, str]) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "filter_missing",
        _("Without a filter this would drop everything."),
        next=_("Filter first, or block the proposal."),
        about=about,
    )
