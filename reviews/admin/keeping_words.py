"""Lifting a legal hold and erasing a person, as the second person reads them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.governance.models import ControlChange
from orchestr.keeping.erase import ERASE
from orchestr.keeping.hold import LIFT
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


WORDS = {LIFT: lift, ERASE: erase}
