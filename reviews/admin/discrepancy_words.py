"""Accounting for a discrepancy, as the second person reads it."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.discrepancies.acknowledge import ACKNOWLEDGE
from orchestr.discrepancies.models import Discrepancy
from orchestr.governance.models import ControlChange
from orchestr.people.models import Person
from orchestr.policy.values import Json


def acknowledge(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, str, str, str]:
    """Title, address, label, what is and what will be."""
    found = Discrepancy.objects.filter(pk=str(after["discrepancy"])).first()
    url = f"{reverse('audit:row_changes')}#discrepancy-{after['discrepancy']}"
    if found is None:
        return _("Acknowledge a discrepancy"), url, str(after["discrepancy"]), "", ""
    what = ", ".join(found.said["tables"]) if found.kind == Discrepancy.Kind.CHANGES else str(found.said["noun"])
    count = ngettext("%(n)d row", "%(n)d rows", found.count) % {"n": found.count}
    title = _("Acknowledge: %(kind)s, %(what)s") % {"kind": found.get_kind_display(), "what": what}
    maker = Person.objects.filter(pk=after["made_by"]).first() if after.get("made_by") else None
    by = _("accounted for; made by %(name)s") % {"name": maker.name} if maker else _("accounted for")
    return title, url, count, _("alarms"), by


WORDS = {ACKNOWLEDGE: acknowledge}
