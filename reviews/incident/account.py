"""What an incident froze, cancelled, kept and whom it called: the figures of its page and report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import ngettext

from audit.models import AuditEvent
from orchestr.execution.incidents.models import EvidenceHold
from orchestr.execution.models import Incident
from orchestr.freezes.models import Freeze
from orchestr.people.paging.models import Page
from reviews.words.targets import target_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One person called at one step; `answered` where it was they who took it."""

    who: str
    at: datetime
    step: int
    answered: bool


def freezes_of(incident: Incident) -> list[Freeze]:
    """Those it set, and the one that stood already where it set none, by target."""
    wanted = Q(incident_id=incident.pk) | Q(pk=incident.freeze_id)
    return sorted(Freeze.objects.filter(wanted), key=lambda freeze: freeze.target)


def frozen_with(incident: Incident) -> dict[str, Any]:
    """`freezes`: what stands frozen with it or was, each with its name."""
    rows = freezes_of(incident)
    names = target_names(row.target for row in rows)
    return {"freezes": [(names[row.target], row) for row in rows]}


def nobody_left(incident: Incident) -> bool:
    """Whether everybody who could be called about it was, and nobody has answered (one query)."""
    pages = Page.objects.filter(about__contains={"incident": str(incident.pk)})
    return pages.filter(answered_at=None, exhausted_at__isnull=False).exists()


def called_for(incident: Incident) -> list[Called]:
    """Everybody who was called about it, in turn (three queries)."""
    pages = Page.objects.filter(about__contains={"incident": str(incident.pk)}).prefetch_related("calls__person")
    return [
        Called(who=call.person.name, at=call.at, step=call.step + 1, answered=call.person_id == page.answered_by_id)
        for page in pages.order_by("id")
        for call in sorted(page.calls.all(), key=lambda call: call.step)
    ]


def deeds_of(incident: Incident) -> Sequence[str]:
    """What was cancelled and what is or was kept, in sentences (three queries)."""
    found = []
    events = AuditEvent.objects.filter(
        action="incident.cancelled_siblings", about__contains={"incident": str(incident.pk)}
    )
    for data in events.values_list("data", flat=True):
        if n := len(data["proposals"]):
            found.append(
                ngettext("%(n)d waiting proposal was blocked.", "%(n)d waiting proposals were blocked.", n) % {"n": n}
            )
        if n := len(data["runs"]):
            found.append(ngettext("%(n)d open run was ended.", "%(n)d open runs were ended.", n) % {"n": n})
        if n := data["left"]:
            found.append(
                ngettext("%(n)d proposal is held by the freeze.", "%(n)d proposals are held by the freeze.", n)
                % {"n": n}
            )
    if n := EvidenceHold.objects.filter(incident=incident).count():
        found.append(
            ngettext(
                "%(n)d piece of evidence is kept and cannot be deleted.",
                "%(n)d pieces of evidence are kept and cannot be deleted.",
                n,
            )
            % {"n": n}
        )
    released = AuditEvent.objects.filter(
        action="incident.released_evidence", about__contains={"incident": str(incident.pk)}
    )
    for data in released.values_list("data", flat=True):
        n = data["count"]
        found.append(
            ngettext(
                "%(n)d piece of evidence was kept and has been let go.",
                "%(n)d pieces of evidence were kept and have been let go.",
                n,
            )
            % {"n": n}
        )
    return found
