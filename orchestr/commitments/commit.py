"""Locking a thing, recording what was promised of it, and taking either back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.catalogue.models import Resource
from orchestr.catalogue.sites import sites
from orchestr.catalogue.view import Reader
from orchestr.commitments import hints
from orchestr.commitments.models import KINDS, LOCKS, Commitment
from orchestr.people.eligibility import holds_on, segments_with
from orchestr.people.models import Account
from orchestr.policy.values import Money
from orchestr.refusal import Kind, Refusal, absent

LONGEST_WHY = 500

# Raises Refusal where this would free the person's own work. A room above registers it.
type Guard = Callable[[Commitment, UUID | None, datetime], None]
_guards: list[Guard] = []


def guarded_by(guard: Guard) -> Guard:
    """Ask this too before anything is lifted."""
    _guards.append(guard)
    return guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to stand: of which thing, where ("" is every channel), until when, and why.

    A quote has a `price`; a delivery has `due_at` and may have `units`.
    """

    kind: str
    type: str
    key: str
    channel: str
    until: datetime
    why: str
    price: Money | None = None
    due_at: datetime | None = None
    units: int | None = None


def commit(*, asked: Asked, by: Account, at: datetime) -> Commitment:
    """Lock a thing, or record what was promised of it. In force for every proposal judged from now on,
    and what waits or is approved on it is judged again on commit.

    Refuses a thing this account cannot see (absent) or may not decide on in every segment, an unknown kind or
    channel, an end that is not in the future, an empty reason, and a quote without price or a delivery without date.
    """
    _in_transaction()
    resource = _seen(by, asked.type, asked.key)
    segment_ids = list(resource.segments.values_list("pk", flat=True))
    _entitled(by, segment_ids)
    _refuse_shapeless(asked, at)
    made = Commitment.objects.create(
        kind=asked.kind,
        resource=resource,
        sku=resource.sku or resource.key,
        channel=asked.channel,
        until=asked.until,
        why=asked.why.strip(),
        price=None if asked.price is None else asked.price.wire(),
        due_at=asked.due_at,
        units=asked.units,
        set_by_id=by.person_id,
        set_at=at,
    )
    data = {"kind": made.kind, "until": made.until} | ({"channel": made.channel} if made.channel else {})
    _note("lock.set" if made.kind in LOCKS else "promise.recorded", made, by, at, data, segment_ids)
    hints.changed()
    return made


def lift(*, commitment_id: UUID, reason: str, by: Account, at: datetime) -> Commitment:
    """End a lock or a promise before its time. Locks its row.

    Refuses what this account cannot see (absent) or may not decide on, what is over or lifted already, an empty
    reason (whoever set it is owed one), and what holds the person's own work: a proposal of theirs would need less.
    """
    _in_transaction()
    found = Commitment.objects.select_for_update(of=("self",)).select_related("resource").filter(pk=commitment_id)
    standing = found.first()
    if standing is None:
        raise absent("lock")
    resource = _seen(by, standing.resource.type, standing.resource.key)
    segment_ids = list(resource.segments.values_list("pk", flat=True))
    about = {"commitment": str(standing.pk)}
    _entitled(by, segment_ids, about=about)
    if standing.lifted_at is not None or standing.until <= at:
        raise Refusal(
            Kind.CONFLICT,
            "already_over",
            "This does not stand any more.",
            next="Reload to see what stands now.",
            about=about,
        )
    if not reason.strip():
        raise _unprocessable(
            "reason_missing",
            "Ending this before its time needs a reason.",
            "Say why in a sentence; whoever set it will read it.",
        )
    if not _guards:
        raise RuntimeError("Nobody looks at the proposals of those who lift a lock.")
    for guard in _guards:
        guard(standing, by.person_id, at)
    standing.lifted_at, standing.lifted_by_id, standing.lift_reason = at, by.person_id, reason.strip()[:LONGEST_WHY]
    standing.judged_at = None
    standing.save(update_fields=["lifted_at", "lifted_by", "lift_reason", "judged_at"])
    action = "lock.lifted" if standing.kind in LOCKS else "promise.withdrawn"
    _note(action, standing, by, at, {"kind": standing.kind}, segment_ids)
    hints.changed()
    return standing


def _note(
    action: str, row: Commitment, by: Account, at: datetime, data: dict[str, object], segments: list[UUID]
) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"commitment": row.pk, "resource": row.resource_id},
        data=data,
        segments=segments,
    )


def _seen(by: Account, type: str, key: str) -> Resource:
    found = None
    if "\0" not in type + key:
        reader = Reader(segments_with(by, "view_segment"))
        found = reader.resources().filter(type=type, key=key).first()
    if found is None:
        raise absent("resource")
    return found


def _entitled(by: Account, segment_ids: list[UUID], about: dict[str, str] | None = None) -> None:
    if not holds_on(by, "decide_segment", segment_ids):
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_decide_here",
            "Only people who decide in every segment of this may lock it or lift a lock.",
            next="Ask somebody who decides there.",
            about=about or {},
        )


def _refuse_shapeless(asked: Asked, at: datetime) -> None:
    if asked.kind not in KINDS:
        raise _unprocessable("unknown_kind", "There is no such lock or promise.", "Choose one of the list.")
    if asked.channel and asked.channel not in sites():
        raise _unprocessable("unknown_channel", "There is no such channel.", "Choose one of the list.")
    if asked.until <= at:
        raise _unprocessable("not_in_the_future", "The end lies in the past.", "Choose a time that is still to come.")
    if not asked.why.strip() or len(asked.why) > LONGEST_WHY:
        raise _unprocessable(
            "reason_missing",
            "It needs a reason of up to 500 characters.",
            "Say why in a sentence that others can read.",
        )
    if (asked.kind == "quote") != (asked.price is not None) or (asked.price is not None and asked.price.amount <= 0):
        raise _unprocessable(
            "quote_price", "A quote has a price above nothing, and nothing else has one.", "Correct it."
        )
    if (asked.kind == "delivery") != (asked.due_at is not None) or (
        asked.units is not None and asked.kind != "delivery"
    ):
        raise _unprocessable(
            "delivery_date", "A delivery has a date and may have units, and nothing else has them.", "Correct it."
        )


def _unprocessable(code: str, detail: str, next: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, detail, next=next)


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
