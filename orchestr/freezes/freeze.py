"""Freezing is immediate and takes one person on call; thawing takes two (a control change)."""

from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, connection, transaction

from audit.record import Actor, record
from orchestr.freezes import hints
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

THAW = "freeze.thaw"
# By name: this room lies below workflows and beside agents.
_NAMED = {"connector": "System", "segment": "Segment", "workflow": "Workflow", "agent": "Agent"}
MAY_FREEZE = frozenset({str(Function.ONCALL), str(Function.ADMIN)})


def freeze(
    *, target: Target, why: str, by: Actor, at: datetime, incident_id: UUID | None = None, may_stand: bool = False
) -> Freeze:
    """Stop a target now: once this commits, no intent on it passes.

    Refuses a person who is neither on call nor an admin, an empty reason, something that is not there,
    and a target frozen already (with `may_stand` that freeze is returned instead). Waits for intents
    under way by taking the target's exclusive advisory lock.
    """
    _in_transaction()
    _entitled(by)
    _there(target)
    if not why.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "A freeze needs a reason that others can read.",
            next="Say why in a sentence.",
        )
    _lock(target)
    standing = Freeze.objects.filter(kind=target.kind, key=target.key, thawed_at=None).first()
    if standing is not None:
        if may_stand:
            return standing
        raise _already(target)
    frozen = _insert(target, why.strip(), by, at, incident_id)
    record(
        action="freeze.set",
        actor=by,
        at=at,
        about={"freeze": frozen.pk, "incident": incident_id},
        data={"target": _word(target)},
    )
    announce("freeze", [frozen.pk], groups=[EVERYONE])
    hints.changed()
    return frozen


def request_thaw(*, target: Target, why: str, by: Account, at: datetime) -> ControlChange:
    """Ask for a freeze to be lifted. A second person's confirmation lifts it. Refuses what is not frozen."""
    standing = Freeze.objects.filter(kind=target.kind, key=target.key, thawed_at=None).first()
    if standing is None:
        raise absent("freeze")
    return control.request(
        kind=THAW,
        target=f"freeze:{standing.pk}",
        before={"target": standing.target, "frozen": True},
        after={"target": standing.target, "frozen": False},
        reason=why,
        by=by,
        at=at,
    )


def lift(*, freeze_id: UUID, by: Actor, at: datetime) -> Freeze:
    """Thaw: called by the confirmation of a control change alone. Locks the freeze.

    Executions that wait are found by the sweep and are checked again before they write.
    """
    _in_transaction()
    frozen = Freeze.objects.select_for_update().filter(pk=freeze_id).first()
    if frozen is None:
        raise absent("freeze")
    if frozen.thawed_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "already_thawed",
            "This freeze was lifted before.",
            next="Reload to see what is frozen now.",
            about={"freeze": str(frozen.pk)},
        )
    _lock(Target(frozen.kind, frozen.key))
    frozen.thawed_at = at
    frozen.judged_at = None
    frozen.save(update_fields=["thawed_at", "judged_at"])
    record(
        action="freeze.lifted",
        actor=by,
        at=at,
        about={"freeze": frozen.pk},
        data={"target": _word(Target(frozen.kind, frozen.key))},
    )
    announce("freeze", [frozen.pk], groups=[EVERYONE])
    hints.changed()
    return frozen


def _apply_thaw(change: ControlChange, by: Account, at: datetime) -> None:
    assert by.person_id is not None
    lift(
        freeze_id=UUID(change.target.removeprefix("freeze:")),
        by=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
    )


control.register(THAW, _apply_thaw, functions=MAY_FREEZE)


def _insert(target: Target, why: str, by: Actor, at: datetime, incident_id: UUID | None) -> Freeze:
    try:
        with transaction.atomic():
            return Freeze.objects.create(
                kind=target.kind,
                key=target.key,
                why=why,
                set_by_id=UUID(by.id) if by.kind == "person" else None,
                set_at=at,
                incident_id=incident_id,
            )
    except IntegrityError:
        raise _already(target) from None


def _lock(target: Target) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [target.lock_key])


def _there(target: Target) -> None:
    """A freeze of a misspelt key would stop nothing and look as if it did."""
    if (
        target.kind != "all"
        and not apps.get_model("orchestr", _NAMED[target.kind]).objects.filter(key=target.key).exists()
    ):
        raise absent(target.kind)


def _entitled(by: Actor) -> None:
    if by.kind != "person":
        return
    account = Account.objects.filter(pk=by.account_id).first() if by.account_id else None
    if account is None or not account.functions & MAY_FREEZE:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Only people on call and admins may freeze.",
            next="Ask somebody on call.",
            params={"functions": sorted(MAY_FREEZE)},
        )


def _already(target: Target) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "already_frozen",
        "This is frozen already.",
        next="Look at the freeze that stands; lifting it takes two people.",
        params={"target": _word(target)},
    )


def _word(target: Target) -> str:
    return str(target).replace(" ", "_")


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
