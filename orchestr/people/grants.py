"""Rights and functions of accounts, given and taken, each on record.

Taking is less right and in force at once. Giving is more: no door calls `give_right` or
`give_function` itself, they are what a confirmed control change does (`orchestr.governance.grants`).
"""

from datetime import datetime
from typing import get_args
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db import connection

from audit.record import Actor, record
from orchestr.catalogue.models import Segment
from orchestr.live import EVERYONE, announce
from orchestr.people.eligibility import Right
from orchestr.people.functions import Function
from orchestr.people.models import Account, SegmentAccountGrant
from orchestr.refusal import Kind, Refusal, absent

RIGHTS: tuple[Right, ...] = get_args(Right)


def give_right(*, account_id: UUID, right: Right, segment: str, by: Account, at: datetime) -> SegmentAccountGrant:
    """One right on a segment (by key) and what lies below it. Giving what is held changes nothing. Locks the account."""
    account, place = _account(account_id), _segment(segment)
    grant: SegmentAccountGrant
    grant, made = SegmentAccountGrant.objects.get_or_create(
        user=account, permission=_permission(right), content_object=place
    )
    if made:
        _record("grant.given", account, by, at, right=right, segment=place)
    return grant


def take_right(*, account_id: UUID, right: Right, segment: str, by: Account, at: datetime) -> None:
    """Take a right that was given on exactly this segment; in force with the next request. Locks the account.

    Refuses what the account does not hold there: a right held through a segment above is taken there.
    """
    account, place = _account(account_id), _segment(segment)
    rows = SegmentAccountGrant.objects.filter(user=account, permission=_permission(right), content_object=place)
    if not rows.delete()[0]:
        raise _not_held(account)
    _record("grant.taken", account, by, at, right=right, segment=place)


def give_function(*, account_id: UUID, function: str, by: Account, at: datetime) -> Account:
    """One function more. Giving what is held changes nothing. Locks the account."""
    account = _account(account_id)
    group = _group(function)
    if not account.groups.filter(pk=group.pk).exists():
        account.groups.add(group)
        _record("grant.given", account, by, at, function=function)
    return account


def take_function(*, account_id: UUID, function: str, by: Account, at: datetime) -> Account:
    """One function less, in force with the next request. Locks the account.

    Refuses what is not held, and the function `admin` of the last account that has it: then nobody could
    ask for or confirm anything any more.
    """
    admins = _lock_admins() if function == Function.ADMIN else frozenset()
    account = _account(account_id)
    group = _group(function)
    if not account.groups.filter(pk=group.pk).exists():
        raise _not_held(account)
    if admins == {account.pk}:
        raise Refusal(
            Kind.CONFLICT,
            "last_admin",
            "This is the last account with the function admin.",
            next="Give it to somebody else first.",
            params={"function": function},
            about={"account": str(account.pk), "person": str(account.person_id)},
        )
    account.groups.remove(group)
    _record("grant.taken", account, by, at, function=function)
    return account


def known_right(right: str) -> Right:
    """The right of that name; refuses any other."""
    for each in RIGHTS:
        if each == right:
            return each
    raise Refusal(Kind.UNPROCESSABLE, "unknown_right", "There is no such right.", next="Choose one from the list.")


def known_function(function: str) -> str:
    """The function of that name; refuses any other."""
    if function not in Function:
        raise Refusal(
            Kind.UNPROCESSABLE, "unknown_function", "There is no such function.", next="Choose one from the list."
        )
    return function


def _account(account_id: UUID) -> Account:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    account = Account.objects.select_for_update(of=("self",)).filter(pk=account_id).first()
    if account is None:
        raise absent("account")
    return account


def _segment(key: str) -> Segment:
    segment = Segment.objects.filter(key=key, rule=None).first()  # a rule is no place: rights of people hang on places
    if segment is None:
        raise absent("segment")
    return segment


def _group(function: str) -> Group:
    return Group.objects.get_or_create(name=known_function(function))[0]


def _permission(right: str) -> Permission:
    return Permission.objects.get(codename=known_right(right), content_type__app_label="orchestr")


def _lock_admins() -> frozenset[UUID]:
    """Every account that can administer, locked in the order of their ids: of two who take from each other, one waits.

    Lock, then look: what waiting for a lock re-reads is the account alone, not the functions it is joined to.
    """
    rows = Account.objects.filter(groups__name=Function.ADMIN, is_active=True).order_by("id")
    list(rows.select_for_update(of=("self",)))
    return frozenset(rows.values_list("id", flat=True))


def _not_held(account: Account) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "not_held",
        "The account does not hold this.",
        next="Reload to see what it holds now.",
        about={"account": str(account.pk), "person": str(account.person_id)},
    )


def _record(
    action: str, account: Account, by: Account, at: datetime, *, segment: Segment | None = None, **data: str
) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"account": account.pk, "person": account.person_id, "segment": segment.pk if segment else None},
        data=data,
        segments=[segment.key] if segment else [],
    )
    announce("grant", [account.pk], groups=[EVERYONE])
