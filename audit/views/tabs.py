"""The pages of the audit that a person may open, side by side."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.http import SignedIn
from orchestr.people.functions import Function


@dataclass(frozen=True, slots=True)
class Tab:
    url: str
    label: str
    current: bool
    count: None = None


def tabs_of(request: SignedIn) -> list[Tab]:
    """Events, exceptions and exports for everybody; samples, what was in force when and the row history for auditors and admins."""
    pages = [("audit:explorer", _("Events")), ("audit:exceptions", _("Out of the ordinary"))]
    pages += [("audit:exports", _("Exports"))]
    if request.user.functions & {Function.AUDITOR, Function.ADMIN}:
        pages += [("audit:sample", _("Sample")), ("audit:as_of", _("As of a date"))]
        pages += [("audit:row_changes", _("Row history"))]
    found = [(reverse(name), label) for name, label in pages]
    return [Tab(url, label, url == request.path) for url, label in found]
