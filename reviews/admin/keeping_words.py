"""Lifting a legal hold, erasing a person and a period of keeping, as the second person reads them."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.governance.models import ControlChange
from orchestr.keeping.erase import ERASE
from orchestr.keeping.hold import LIFT
from orchestr.keeping.period import PERIOD
from orchestr.people.models import Person
from orchestr.policy.values import Json


def lift(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, str, str, str]:
    """Title, address, label, what is and what will be."""
    title = _("Lift the legal hold on %(target)s") % {"target": after["target"]}
    return title, reverse("admin:holds"), str(after["target"]), _("held"), _("emptied when its time is over")


def erase(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, str, str, str]:
    """Title, address, label, what is and what will be."""
    person = Person.objects.prefetch_related("accounts").filter(pk=str(after["person"])).first()
    name = person.name if person else str(after["person"])
    account = person.accounts.order_by("username").first() if person else None
    url = reverse("admin:account", args=[account.pk]) if account else ""
    title = _("Erase %(name)s") % {"name": name}
    return title, url, _("Name, mail, sign-ins, rights"), name, _("gone for good; events and decisions stay")


def keep_for(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, str, str, str]:
    """Title, address, label, what is and what will be."""
    if after["kind"] == "text":
        title, label = _("Keep free text of settled work for a shorter time"), _("Free text of settled work")
    else:
        title, label = _("Keep personal data for a shorter time"), _("Personal data")
    return title, reverse("admin:holds"), label, days(before["days"]), days(after["days"])


def days(value: Json) -> str:
    """A period in words; none is for ever."""
    count = int(str(value))
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count} if count else _("for ever")


WORDS = {LIFT: lift, ERASE: erase, PERIOD: keep_for}
