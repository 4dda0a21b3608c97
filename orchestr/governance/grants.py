"""More right for a person takes two admins: the request, and what its confirmation does."""

from datetime import datetime
from typing import Any
from uuid import UUID

from orchestr.catalogue.models import Segment
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.eligibility import Right
from orchestr.people.grants import give_function, give_right, known_function, known_right
from orchestr.people.models import Account, SegmentAccountGrant
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent

KIND = "grant"


def request_right(
    *, account_id: UUID, right: Right, segment: str, reason: str, by: Account, at: datetime
) -> ControlChange:
    """Ask that an account hold a right on a segment. Refuses what it holds on that segment already."""
    account = _account(account_id)
    if not Segment.objects.filter(key=segment, rule=None).exists():
        raise absent("segment")
    held = SegmentAccountGrant.objects.filter(
        user=account, permission__codename=known_right(right), content_object__key=segment
    )
    if held.exists():
        raise _held(account)
    after = {"account": str(account.pk), "right": right, "segment": segment}
    return _request(account, f"{right}/{segment}", after, reason, by, at)


def request_function(*, account_id: UUID, function: str, reason: str, by: Account, at: datetime) -> ControlChange:
    """Ask that an account hold a function. Refuses one it holds already."""
    account = _account(account_id)
    if account.groups.filter(name=known_function(function)).exists():
        raise _held(account)
    return _request(account, function, {"account": str(account.pk), "function": function}, reason, by, at)


def apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Give what two admins have agreed on."""
    after: dict[str, Any] = dict(change.after or {})
    account_id = UUID(after["account"])
    if "function" in after:
        give_function(account_id=account_id, function=after["function"], by=by, at=at)
    else:
        right = known_right(after["right"])
        give_right(account_id=account_id, right=right, segment=after["segment"], by=by, at=at)


def _request(
    account: Account, what: str, after: dict[str, Json], reason: str, by: Account, at: datetime
) -> ControlChange:
    return control.request(
        kind=KIND, target=f"account:{account.pk}/{what}", before=None, after=after, reason=reason, by=by, at=at
    )


def _account(account_id: UUID) -> Account:
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    if account is None:
        raise absent("account")
    return account


def _held(account: Account) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "held_already",
        "The account holds this already.",
        next="Reload to see what it holds now.",
        about={"account": str(account.pk), "person": str(account.person_id)},
    )


control.register(KIND, apply)
