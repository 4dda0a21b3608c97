"""Exports that workers make: which there are, how far one is, and the finished file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from audit.entries import FEW
from audit.exporting.files import SUFFIXES, blocks, path_of
from audit.exporting.keeping import kept_until, known_to, may_have, record_download
from audit.models import Export
from audit.views.export import CONTENT_TYPES
from audit.views.sight import sight_of
from audit.views.streams import streamed
from audit.views.tabs import tabs_of
from orchestr.doors import actor_of
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Person
from orchestr.refusal import absent

SHOWN = 50
FORMATS: dict[str, Promise] = {
    "bundle": gettext_lazy("Signed bundle"),
    "jsonl": gettext_lazy("JSON lines"),
    "csv": gettext_lazy("CSV"),
}
_FAILURES: dict[str, Promise] = {
    "nothing_sealed": gettext_lazy("The log is not sealed far enough. Ask again in a minute."),
    "too_scattered": gettext_lazy(
        "The events lie in too many places of the log for one bundle. Ask for a period without other filters, or for JSON lines."
    ),
    "log_broken": gettext_lazy("The stored tree of the log has a gap. Run verify_audit on the machine."),
    "filter_unreadable": gettext_lazy(
        "The worker is of a release that does not know this filter. Ask again once it is replaced."
    ),
    "not_written": gettext_lazy("The file could not be written: the workers' log says why. Is the disk full?"),
    "workers_ended": gettext_lazy("Five workers ended while they made it. The workers' log says why."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One export, fully loaded."""

    id: UUID
    format: str
    who: str
    asked_at: datetime
    asked: dict[str, str]
    state: str
    words: str
    size: int
    done: int
    count: int | None
    bytes: int | None
    sha256: str
    kept_until: datetime | None
    failure: str
    url: str
    explorer_url: str
    downloadable: bool

    @property
    def under_way(self) -> bool:
        return self.state in ("queued", "making")

    @property
    def read(self) -> bool:
        """Whether all of the log was looked at, and the file is being put together."""
        return self.state == "making" and self.done >= self.size


@require_GET
@gate()
def exports(request: SignedIn) -> HttpResponse:
    """The newest exports that this account asked for; auditors see everybody's."""
    found = _known(request).order_by("-id")[:SHOWN]
    told = _told(request, list(found))
    context = {"audit_tabs": tabs_of(request), "exports": told, "auditor": _auditor(request), "few": FEW}
    return render(request, "audit/exports.html", context)


@require_GET
@gate()
def course(request: SignedIn, export_id: UUID) -> HttpResponse:
    """One export: how far it is, and what it became. While it is under way the page asks again."""
    [told] = _told(request, [_one(request, export_id)])
    context: dict[str, Any] = {"audit_tabs": tabs_of(request), "export": told}
    return render(request, "audit/export.html#course" if request.htmx else "audit/export.html", context)


@require_POST
@gate()
def download(request: SignedIn, export_id: UUID) -> StreamingHttpResponse:
    """The finished file, for who may see all that is in it today; each download is on record. Else it is absent."""
    export = _one(request, export_id)
    path, sight = path_of(export), sight_of(request.user)
    if not may_have(export, sight) or not path.is_file():
        raise absent(_("export"))
    with transaction.atomic(durable=True):
        record_download(export, by=actor_of(request), at=timezone.now())
    name = f"audit-{export.asked_at:%Y%m%dT%H%M%SZ}.{SUFFIXES[export.format]}"
    return streamed(request, blocks(path), name=name, content_type=CONTENT_TYPES[export.format], size=export.bytes)


def _auditor(request: SignedIn) -> bool:
    return Function.AUDITOR in request.user.functions


def _known(request: SignedIn) -> Any:
    return known_to(account_id=request.user.pk, auditor=_auditor(request))


def _one(request: SignedIn, export_id: UUID) -> Export:
    found: Export | None = _known(request).filter(pk=export_id).first()
    if found is None:
        raise absent(_("export"))
    return found


def _told(request: SignedIn, found: list[Export]) -> list[Told]:
    names = dict(Person.objects.filter(pk__in={each.person_id for each in found}).values_list("pk", "name"))
    sight = sight_of(request.user)
    return [
        Told(
            id=each.pk,
            format=str(FORMATS[each.format]),
            who=names.get(each.person_id, str(each.person_id)),
            asked_at=each.asked_at,
            asked=each.asked,
            state=each.state,
            words=str(Export.State(each.state).label),
            size=each.size,
            done=each.done,
            count=each.count,
            bytes=each.bytes,
            sha256=each.sha256,
            kept_until=kept_until(each),
            failure=str(_FAILURES.get(each.failure, _("It could not be made: the workers' log says why."))),
            url=reverse("audit:export_course", args=[each.pk]),
            explorer_url=reverse("audit:explorer", query=each.asked),
            downloadable=may_have(each, sight),
        )
        for each in found
    ]
