"""Who is led to the page on which a person proposes."""

from django.urls import reverse

from orchestr.people.models import Account

WHO = ("merchandising", "finance", "legal", "admin")


def propose_url(account: Account) -> str:
    """Where this account begins a change set; "" for who does not propose."""
    return reverse("reviews:propose") if account.functions & set(WHO) else ""
