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


@dataclass(frozen=True, slots=True)
class ControlKind:
    """`apply` puts the change in force in the confirming transaction; `functions` may request and confirm."""

    apply: Apply
    functions: frozenset[str] = frozenset({str(Function.ADMIN)})


KINDS: dict[str, ControlKind] = {}


def register(kind: str, apply: Apply, *, functions: frozenset[str] = frozenset({str(Function.ADMIN)})) -> None:
    KINDS[kind] = ControlKind(apply, functions)


def request(
    *, kind: str, target: str, before: Json, after: Json, reason: str, by: Account, at: datetime
) -> ControlChange:
    """Ask for a change. Refuses an empty reason, a missing function, and a second open request on the target."""
    _entitled(kind, by, target)
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
    change = _lock(change_id, by)
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
    """Turn it down; the person who asked may do so too (that is taking it back)."""
    change = _lock(change_id, by)
    _settle(change, ControlChange.State.REJECTED, by, at)
    _record("control_change.rejected", change, by, at)
    return change


def _lock(change_id: UUID, by: Account) -> ControlChange:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    change = ControlChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise absent("control change")
    _entitled(change.kind, by, change.target)
    if change.state != ControlChange.State.REQUESTED:
        raise Refusal(
            Kind.CONFLICT,
            "not_in_this_state",
            f"This request is {change.state} already.",
            next="Reload to see who settled it.",
            params={"state": change.state},
            about={"control_change": str(change.pk)},
        )
    return change


def _settle(change: ControlChange, state: ControlChange.State, by: Account, at: datetime) -> None:
    change.state = state
    change.settled_by_id = by.person_id
    change.settled_at = at
    change.save(update_fields=["state", "settled_by", "settled_at"])


def _entitled(kind: str, by: Account, target: str) -> None:
    if kind not in KINDS:
        raise Refusal(Kind.UNPROCESSABLE, "unknown_kind", "There is no such control change.", next="Reload the page.")
    if not by.functions & KINDS[kind].functions:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Your account may not change this.",
            next="Ask somebody who holds the function.",
            params={"functions": sorted(KINDS[kind].functions)},
        )


def _record(action: str, change: ControlChange, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"control_change": str(change.pk)},
        data={"kind": change.kind, "target": change.target.replace(" ", "_"), "digest": change.digest},
    )
    announce("control_change", [change.pk], groups=[EVERYONE])
