"""Control changes: what gives an automaton more right, or people less control, takes two persons.

The rooms that own a scope, stage, freeze or policy register what a kind does when it is confirmed;
nothing here knows them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import IntegrityError

from audit.record import Actor, record
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.values import Json, digest
from orchestr.refusal import Kind, Refusal, absent

type Apply = Callable[[ControlChange, Account, datetime], None]


ADMINS = frozenset({str(Function.ADMIN)})
# The second person for what an automaton may do: another admin, or whoever answers for money or law.
ADMINS_AND_ANSWERABLE = ADMINS | {str(Function.FINANCE), str(Function.LEGAL)}


@dataclass(frozen=True, slots=True)
class ControlKind:
    """`apply` puts the change in force in the confirming transaction; `functions` may request, `confirmers` confirm."""

    apply: Apply
    functions: frozenset[str]
    confirmers: frozenset[str]


KINDS: dict[str, ControlKind] = {}


def register(
    kind: str, apply: Apply, *, functions: frozenset[str] = ADMINS, confirmers: frozenset[str] | None = None
) -> None:
    """Say who may ask for a kind of change and who may confirm it; the same functions unless `confirmers` are named."""
    KINDS[kind] = ControlKind(apply, functions, functions if confirmers is None else confirmers)


def confirmers_of(kind: str) -> frozenset[str]:
    """The functions one of which the second person must hold; none for a kind that nobody registered."""
    return KINDS[kind].confirmers if kind in KINDS else frozenset()


def entitled(kind: str, by: Account) -> None:
    """Raise Refusal unless the account may ask for this kind of change; also for the half of it that is immediate."""
    _entitled(kind, by, _kind(kind).functions)


def request(
    *, kind: str, target: str, before: Json, after: Json, reason: str, by: Account, at: datetime
) -> ControlChange:
    """Ask for a change. Refuses an empty reason, a missing function, and a second open request on the target."""
    _entitled(kind, by, _kind(kind).functions)
    if not reason.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "A control change needs a reason that the second person can judge.",
            next="Say why in a sentence.",
        )
    signed = digest({"kind": kind, "target": target, "before": before, "after": after})
    try:
        with transaction.atomic():
            change = ControlChange.objects.create(
                kind=kind,
                target=target,
                before=before,
                after=after,
                digest=signed,
                reason=reason.strip(),
                requested_by_id=by.person_id,
                requested_at=at,
            )
    except IntegrityError:
        raise Refusal(
            Kind.CONFLICT,
            "already_requested",
            "A change of this is already waiting for a second person.",
            next="Confirm or reject that one first.",
            params={"kind": kind},
        ) from None
    _record("control_change.requested", change, by, at)
    return change


def confirm(*, change_id: UUID, digest: str, by: Account, at: datetime) -> ControlChange:
    """Put the change in force: a second person, the function it needs, and exactly this digest.

    Locks the control change, then whatever `apply` locks.
    """
    change = _lock(change_id)
    _entitled(change.kind, by, _kind(change.kind).confirmers)
    _waiting(change)
    if change.requested_by_id == by.person_id:
        raise Refusal(
            Kind.FORBIDDEN,
            "own_request",
            "The person who asked for a change cannot confirm it, by whichever account.",
            next="Leave it to a second person.",
            about={"control_change": str(change.pk)},
        )
    if digest != change.digest:
        raise Refusal(
            Kind.CONFLICT,
            "stale_digest",
            "You were looking at another request.",
            next="Reload, look at it again, and confirm what is shown.",
            about={"control_change": str(change.pk)},
        )
    _settle(change, ControlChange.State.CONFIRMED, by, at)
    KINDS[change.kind].apply(change, by, at)
    _record("control_change.confirmed", change, by, at)
    return change


def reject(*, change_id: UUID, by: Account, at: datetime) -> ControlChange:
    """Turn it down: whoever could confirm it, and the person who asked (that is taking it back)."""
    change = _lock(change_id)
    if change.requested_by_id != by.person_id:
        _entitled(change.kind, by, _kind(change.kind).confirmers)
    _waiting(change)
    _settle(change, ControlChange.State.REJECTED, by, at)
    _record("control_change.rejected", change, by, at)
    return change


def _lock(change_id: UUID) -> ControlChange:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    change = ControlChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise absent("control change")
    return change


def _waiting(change: ControlChange) -> None:
    if change.state != ControlChange.State.REQUESTED:
        raise Refusal(
            Kind.CONFLICT,
            "not_in_this_state",
            f"This request is {change.state} already.",
            next="Reload to see who settled it.",
            params={"state": change.state},
            about={"control_change": str(change.pk)},
        )


def _settle(change: ControlChange, state: ControlChange.State, by: Account, at: datetime) -> None:
    change.state = state
    change.settled_by_id = by.person_id
    change.settled_at = at
    change.save(update_fields=["state", "settled_by", "settled_at"])


def _kind(kind: str) -> ControlKind:
    if kind not in KINDS:
        raise Refusal(Kind.UNPROCESSABLE, "unknown_kind", "There is no such control change.", next="Reload the page.")
    return KINDS[kind]


def _entitled(kind: str, by: Account, functions: frozenset[str]) -> None:
    if not by.functions & functions:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Your account may not change this.",
            next="Ask somebody who holds the function.",
            params={"kind": kind, "functions": sorted(functions)},
        )


def _record(action: str, change: ControlChange, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"control_change": str(change.pk)},
        data={"kind": change.kind, "target": change.target.replace(" ", "_")[:160], "digest": change.digest},
    )
    announce("control_change", [change.pk], groups=[EVERYONE])
