"""When a person last looked at a proposal, and what has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import absent
from reviews.models import Look
from reviews.proposal.versions import changes_between


@dataclass(frozen=True, slots=True)
class Since:
    """`sentence` is empty where nothing changed, or nobody had looked."""

    sentence: str = ""
    changes: list[str] = field(default_factory=list)


def since_last_look(account: Account, proposal: Proposal, versions: Sequence[Version], *, sees_cost: bool) -> Since:
    """What is different for this person since they last had this page open."""
    look = Look.objects.filter(person=account.person_id, proposal=proposal).first()
    if look is None:
        return Since()
    changes: list[str] = []
    seen = next((each for each in versions if each.number == look.number), None)
    if seen is not None and look.number < proposal.number:
        current = next(each for each in versions if each.number == proposal.number)
        changes = changes_between(seen, current, sees_cost=sees_cost)
    spoken = proposal.decisions.filter(at__gt=look.at).exclude(person=account.person_id).count()
    comments = proposal.comments.filter(at__gt=look.at).exclude(person=account.person_id).count()
    said = []
    if look.number < proposal.number:
        said.append(_("version %(new)d instead of %(old)d") % {"new": proposal.number, "old": look.number})
    if spoken:
        said.append(ngettext("%(n)d new decision", "%(n)d new decisions", spoken) % {"n": spoken})
    if comments:
        said.append(ngettext("%(n)d new comment", "%(n)d new comments", comments) % {"n": comments})
    if not said:
        return Since()
    return Since(_("Since you last looked: %(what)s.") % {"what": ", ".join(said)}, changes)


def look(*, proposal_id: UUID, by: Account, at: datetime) -> None:
    """Remember that this person has the current version before them. Absent and invisible are refused alike."""
    proposal = Proposal.objects.visible_to(by).filter(pk=proposal_id).first()
    if proposal is None:
        raise absent("proposal")
    Look.objects.update_or_create(
        person_id=by.person_id, proposal=proposal, defaults={"number": proposal.number, "at": at}
    )


@require_POST
@gate()
def looked(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """The page was shown; no act and no event."""
    with transaction.atomic(durable=True):
        look(proposal_id=proposal_id, by=request.user, at=timezone.now())
    return HttpResponse(status=204)
