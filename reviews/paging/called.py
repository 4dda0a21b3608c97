"""Who was called about one thing, who answered, and who is called next: for the page of that thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.people.models import Account
from orchestr.people.paging.call import MAY_TAKE
from orchestr.people.paging.models import Page
from reviews.acts import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One person who was called, and when."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """`next_at`: the next person is called then; None once somebody has answered, or nobody is left."""

    since: datetime
    steps: Sequence[Step]
    answered_by: str
    answered_at: datetime | None
    next_at: datetime | None
    take: Act | None


def called_about(*, kind: str, about: Mapping[str, str], account: Account) -> Called | None:
    """The newest page of this kind about this, or None (two queries). `take` is for who may answer it here."""
    rows = Page.objects.filter(kind=kind, about__contains=dict(about)).select_related("answered_by")
    page = rows.prefetch_related("calls__person").order_by("-opened_at", "-id").first()
    if page is None:
        return None
    may = page.answered_at is None and bool(account.functions & MAY_TAKE)
    calls = sorted(page.calls.all(), key=lambda call: call.step)
    return Called(
        since=page.opened_at,
        steps=[Step(who=call.person.name, at=call.at) for call in calls],
        answered_by=page.answered_by.name if page.answered_by else "",
        answered_at=page.answered_at,
        next_at=page.next_at,
        take=Act(reverse("reviews:take_call", args=[page.pk]), _("I am on it")) if may else None,
    )
