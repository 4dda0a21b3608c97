"""The cast: who the people of the tests are, what they hold, where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group, Permission

from orchestr.catalogue.models import Segment
from orchestr.people.models import Account, Person, SegmentAccountGrant

PASSWORD = "orchestr-demo"
VIEW, DECIDE, REVERT, COST = "view_segment", "decide_segment", "revert_segment", "cost_segment"


@dataclass(frozen=True)
class Cast:
    """Mia merchandises apparel, Marco outdoor gear; Fay is finance, Lena legal; Omar and Olga are on call;
    Ada administers and owns the agents; Aud audits."""

    mia: Account
    marco: Account
    fay: Account
    lena: Account
    omar: Account
    olga: Account
    ada: Account
    aud: Account


def cast(*, apparel: Segment, outdoor: Segment) -> Cast:
    """Everybody, with their functions and their grants on the two top segments."""
    both = (apparel, outdoor)
    return Cast(
        mia=account("mia", ["merchandising"], {VIEW: [apparel], DECIDE: [apparel], COST: [apparel]}),
        marco=account("marco", ["merchandising"], {VIEW: [outdoor], DECIDE: [outdoor], COST: [outdoor]}),
        fay=account("fay", ["finance"], {VIEW: both, DECIDE: both, COST: both}),
        lena=account("lena", ["legal"], {VIEW: both, DECIDE: both}),
        omar=account("omar", ["oncall"], {VIEW: both, REVERT: both, COST: both}),
        olga=account("olga", ["oncall"], {VIEW: both, REVERT: both, COST: both}),
        ada=account("ada", ["admin"], {VIEW: both}),
        aud=account("aud", ["auditor"], {VIEW: both}),
    )


def person(name: str) -> Person:
    return Person.objects.create(name=name, created_at=datetime.now(UTC))


def account(
    username: str,
    functions: Iterable[str] = (),
    grants: Mapping[str, Iterable[Segment]] | None = None,
    *,
    person: Person | None = None,
    **fields: Any,
) -> Account:
    """An account that can sign in with PASSWORD; `person` gives somebody a second account."""
    human = person or globals()["person"](username.capitalize())
    made = Account.objects.create(username=username, person=human, password=_hashed(), **fields)
    made.groups.set([Group.objects.get_or_create(name=name)[0] for name in functions])
    SegmentAccountGrant.objects.bulk_create(
        SegmentAccountGrant(user=made, permission=_permission(right), content_object=segment)
        for right, segments in (grants or {}).items()
        for segment in segments
    )
    return made


def grant(account: Account, right: str, segment: Segment) -> None:
    """One right on a segment and what lies below it."""
    SegmentAccountGrant.objects.create(user=account, permission=_permission(right), content_object=segment)


def take(account: Account, right: str, segment: Segment) -> None:
    SegmentAccountGrant.objects.filter(user=account, permission=_permission(right), content_object=segment).delete()


@cache
def _permission(right: str) -> Permission:
    # Made by the migrations, so it is the same in every copy of the template database.
    return Permission.objects.select_related("content_type").get(codename=right, content_type__app_label="orchestr")


@cache
def _hashed() -> str:
    # One round: the sign-in is real, its slowness is not what tests are about.
    return PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-tests", iterations=1)
