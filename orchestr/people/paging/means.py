"""By which means a person can be called, as this deployment is set up."""

from uuid import UUID

from django.conf import settings
from django.core.mail import mailers

from orchestr.people.models import Account

MAILER = "default"


def means_for(person_id: UUID) -> list[str]:
    """Mail, where a server is set and the person has an address; the signed webhook, where one is set."""
    found = []
    if MAILER in mailers and addresses_of(person_id):
        found.append("mail")
    if settings.PAGING_WEBHOOK_URL:
        found.append("webhook")
    return found


def addresses_of(person_id: UUID) -> list[str]:
    """The mail addresses of the person's accounts that are in use."""
    rows = Account.objects.filter(person=person_id, is_active=True).exclude(email="")
    return sorted(set(rows.values_list("email", flat=True)))
