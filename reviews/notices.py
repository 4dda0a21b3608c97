"""Notices as a person reads them: what happened, where it leads. Ids and codes become words here, never values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.models import Account, Notice
from reviews.rehearsed import marked, of_drills
from reviews.words.subjects import subjects_of

SHOWN = 20

WORDS: Mapping[str, Promise] = {
    "execution.needs_person": _("An execution cannot go on without a person."),
    "rollout.asking": _("A first share is out, and its numbers do not say whether to go on."),
    "rollout.put_back": _("A first share was put back."),
    "arbitration.opened": _("Work that fights over one thing is held together until somebody chooses."),
    "brief.asked": _("A campaign waits for your approval."),
    "brief.approved": _("Your campaign was approved."),
    "brief.declined": _("Your campaign was declined."),
    "brief.ended": _("A campaign has ended."),
    "trigger.storm": _("A storm of events has paused a trigger."),
    "drift.found": _("A published value is no longer the one that was published."),
    "breaker.opened": _("A system does not answer; what would be written to it waits."),
    "incident.contained": _("A containment has stopped a workflow."),
    "incident.review_overdue": _("Nobody has reviewed a containment in time."),
    "behaviour.tripped": _("A breaker has frozen something by itself."),
    "workflow.narrowed": _("A breaker has taken a workflow one stage down."),
    "exception.requested": _("An exception of a rule waits for two persons."),
    "proposal.judged": _("A proposal was judged again and needs something else now."),
    "log_alarm": _("The audit log is not the one that was sealed; nothing more is sealed until somebody has looked."),
    "retention.waits": _("The settings ask to keep things for a shorter time than two people have agreed to."),
    "proposal.escalated": _("A proposal has waited past its deadline."),
    "audit.rows_unexplained": _("Rows were changed without an event: see the row history, and find out who."),
    "audit.rows_differ": _("Rows are not what the audit log tells: see the row history, and find out who."),
}
OTHERWISE = _("Something needs your attention.")

# The first of these that a notice is about is where it leads.
_PAGES: Mapping[str, str] = {
    "incident": "reviews:incident",
    "execution": "reviews:execution",
    "proposal": "reviews:proposal",
    "run": "reviews:run",
    "trigger": "admin:trigger",
    "arbitration": "reviews:arbitration",
    "brief": "reviews:brief",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One notice, ready to show."""

    id: UUID
    text: str
    subject: str
    url: str
    at: datetime
    urgent: bool


def unread(account: Account, *, seen: Collection[UUID], limit: int = SHOWN) -> list[Line]:
    """What this person has not read yet, newest first, by name where they may see it (five queries)."""
    rows = Notice.objects.filter(person=account.person_id, read_at=None).order_by("-created_at", "-id")[:limit]
    subjects = subjects_of([row.about for row in rows], seen=seen)
    drills = of_drills([row.about for row in rows])
    return [line_of(row, subject, drill=drill) for row, subject, drill in zip(rows, subjects, drills, strict=True)]


def line_of(notice: Notice, subject: str = "", *, drill: bool = False) -> Line:
    return Line(
        id=notice.pk,
        text=marked(WORDS.get(notice.kind, OTHERWISE), drill=drill),
        subject=subject,
        url=page_of(notice),
        at=notice.created_at,
        urgent=notice.urgent,
    )


def page_of(notice: Notice) -> str:
    """The address of what a notice is about; its own gate decides who may open it."""
    if "system" in notice.about and not _PAGES.keys() & notice.about.keys():
        return f"{reverse('admin:connectors')}#system-{notice.about['system']}"
    if notice.kind in ("audit.rows_unexplained", "audit.rows_differ"):
        return reverse("audit:row_changes")
    if notice.kind == "log_alarm":
        return reverse("audit:explorer")
    if notice.kind == "retention.waits":
        return reverse("admin:holds")
    return page_about(notice.about) or "/"


def page_about(about: Mapping[str, str]) -> str:
    """The address of the first thing that this is about, "" where it has none."""
    return next((reverse(page, args=[about[noun]]) for noun, page in _PAGES.items() if noun in about), "")


@require_POST
@gate()
def read(request: SignedIn) -> HttpResponse:
    """Mark the notices this person was shown as read."""
    shown = request.POST.getlist("notice")[:SHOWN]
    ids = [id for text in shown if (id := _uuid(text)) is not None]
    mine = Notice.objects.filter(person=request.user.person_id, pk__in=ids, read_at=None)
    mine.update(read_at=timezone.now())
    back = request.POST.get("next", "/")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
