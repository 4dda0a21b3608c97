"""Legal holds: set by one person at once, lifted by two (a control change)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from audit.record import Actor, record
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.keeping.models import KINDS, LegalHold
from orchestr.people.functions import Function
from orchestr.people.models import Account, Person
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal, absent

LIFT = "hold.lift"
MAY_HOLD = frozenset({str(Function.ADMIN), str(Function.LEGAL), str(Function.AUDITOR)})


@dataclass(frozen=True, slots=True)
class HeldTarget:
    """`all`, `proposal:ID` or `person:ID`."""

    kind: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Refuses any other form."""
        kind, _, key = text.strip().partition(":")
        if kind not in KINDS or (kind == "all") != (key == "") or (key and not _is_id(key)):
            raise Refusal(
                Kind.UNPROCESSABLE,
                "unknown_target",
                "A legal hold covers all, proposal:ID or person:ID.",
                next="Name it in one of these ways.",
            )
        return cls(kind, key.lower())

    def __str__(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind}:{self.key}"


def hold(*, target: HeldTarget, why: str, by: Actor, at: datetime) -> LegalHold:
    """Keep what the target covers from now on.

    Refuses a person who is neither admin, legal nor auditor, an empty reason, something that is not there, and what is
    held already. Locks nothing; who erases or empties looks after its locks.
    """
    _in_transaction()
    if by.kind == "person" and not _functions(by) & MAY_HOLD:
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Your account may not set a legal hold.",
            next="Ask an admin, an auditor or somebody of legal.",
        )
    if not why.strip():
        raise Refusal(
            Kind.UNPROCESSABLE, "reason_missing", "A legal hold needs a reason.", next="Say why in a sentence."
        )
    _there(target)
    _line_up()
    try:
        with transaction.atomic():
            row = LegalHold.objects.create(
                kind=target.kind,
                key=target.key,
                why=why.strip(),
                set_by_id=UUID(by.id) if by.kind == "person" else None,
                set_at=at,
            )
    except IntegrityError:
        raise Refusal(
            Kind.CONFLICT, "already_held", "This is held already.", next="Reload to see what is held now."
        ) from None
    record(action="hold.set", actor=by, at=at, about=_about(row), data={"target": row.target})
    return row


def request_lift(*, hold_id: UUID, why: str, by: Account, at: datetime) -> ControlChange:
    """Ask for a hold to be lifted; a second person's confirmation lifts it. Refuses what is not held."""
    row = LegalHold.objects.filter(pk=hold_id, lifted_at=None).first()
    if row is None:
        raise absent("legal hold")
    return control.request(
        kind=LIFT,
        target=f"hold:{row.pk}",
        before={"target": row.target, "held": True},
        after={"target": row.target, "held": False},
        reason=why,
        by=by,
        at=at,
    )


def is_held(*, proposal: UUID | None = None, person: UUID | None = None) -> bool:
    """Whether a hold covers this proposal or person, or everything."""
    standing = LegalHold.objects.filter(lifted_at=None).values_list("kind", "key")
    covered = {("all", ""), ("proposal", str(proposal)), ("person", str(person))}
    return any((kind, key) in covered for kind, key in standing)


def line_up_after_holds() -> None:
    """Wait for holds that are being set; who looks afterwards sees them, and later ones wait for this transaction."""
    _line_up()


def _line_up() -> None:
    # One lock for all: a hold that is set while something is being emptied comes before it or after it, never between.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('orchestr.keeping'))")


def _apply_lift(change: ControlChange, by: Account, at: datetime) -> None:
    row = LegalHold.objects.select_for_update().filter(pk=UUID(change.target.removeprefix("hold:"))).first()
    if row is None or row.lifted_at is not None:
        raise absent("legal hold")
    row.lifted_at = at
    row.save(update_fields=["lifted_at"])
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    record(action="hold.lifted", actor=actor, at=at, about=_about(row), data={"target": row.target})


control.register(LIFT, _apply_lift, functions=MAY_HOLD)


def _about(row: LegalHold) -> dict[str, UUID | str | None]:
    return {"hold": row.pk, row.kind: row.key} if row.key else {"hold": row.pk}


def _functions(by: Actor) -> frozenset[str]:
    account = Account.objects.filter(pk=by.account_id, is_active=True).first() if by.account_id else None
    return frozenset() if account is None else account.functions


def _there(target: HeldTarget) -> None:
    found = {"proposal": Proposal.objects, "person": Person.objects}.get(target.kind)
    if found is not None and not found.filter(pk=target.key).exists():
        raise absent(target.kind)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
