"""The states of a delivery: due until it is sent, given up (a dead letter) or needless. Each step is guarded."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.live import EVERYONE, announce
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.people.paging.models import Delivery, Page
from orchestr.people.webhooks import queue as webhooks
from orchestr.refusal import Kind, Refusal, absent

BY = Actor.worker("paging")
LEASE = timedelta(seconds=60)  # longer than a mail server and a webhook together may take
BACK_OFF_S = (5, 30, 120, 600, 1_800, 3_600)  # after so many tries it is given up
DUE, SENT, DEAD, NEEDLESS = Delivery.State.DUE, Delivery.State.SENT, Delivery.State.DEAD, Delivery.State.NEEDLESS


def claim(*, at: datetime) -> Delivery | None:
    """The next due one, for a minute ours: if we die on it, another worker has it then."""
    with transaction.atomic(durable=True):
        rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=DUE, next_at__lte=at)
        found = rows.select_related("call__page", "call__person").order_by("next_at", "id").first()
        if found is not None:
            found.attempts += 1
            found.next_at = at + LEASE
            found.save(update_fields=["attempts", "next_at"])
        return found


def sent(delivery: Delivery, *, at: datetime) -> None:
    """It arrived. What was answered meanwhile is needless already and stays so."""
    if Delivery.objects.filter(pk=delivery.pk, state=DUE).update(state=SENT, problem="", settled_at=at):
        _record("page.delivered", delivery, "", at)


def failed(delivery: Delivery, *, problem: str, for_good: bool, after_s: float, at: datetime) -> None:
    """It did not arrive: later again, at the earliest after `after_s`, or given up when the tries are used up."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=DUE)
    if for_good or delivery.attempts > len(BACK_OFF_S):
        if rows.update(state=DEAD, problem=problem[:60], settled_at=at):
            _record("page.undelivered", delivery, problem, at)
        return
    waits = max(BACK_OFF_S[delivery.attempts - 1], after_s)
    rows.update(problem=problem[:60], next_at=at + timedelta(seconds=waits))


def make_needless(page: Page, *, at: datetime) -> None:
    """Somebody has answered: what is still due is not sent."""
    Delivery.objects.filter(call__page=page, state=DUE).update(state=NEEDLESS, settled_at=at)
    webhooks.make_needless(page, at=at)


def try_again(*, delivery_id: UUID, by: Account, at: datetime) -> None:
    """Put a dead letter back in the queue. Refuses who is neither on call nor an admin. Locks it."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    if not by.functions & {str(Function.ONCALL), str(Function.ADMIN)}:
        raise absent("delivery")
    found = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if found is None:
        raise absent("delivery")
    if found.state != DEAD:
        raise Refusal(
            Kind.CONFLICT,
            "not_in_this_state",
            f"This call is {found.state}; only one that was given up can be tried again.",
            next="Reload to see what became of it.",
            about={"page": str(found.call.page_id)},
        )
    found.state, found.attempts, found.next_at, found.settled_at = DUE, 0, at, None
    found.save(update_fields=["state", "attempts", "next_at", "settled_at"])
    record(
        action="page.tried_again",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"page": found.call.page_id},
        data={"means": found.means},
    )
    announce("page", [found.call.page_id], groups=[EVERYONE])


def _record(action: str, delivery: Delivery, problem: str, at: datetime) -> None:
    data: dict[str, str | int] = {"means": delivery.means, "attempt": delivery.attempts}
    if problem:
        data["reason"] = problem
    about = {"page": delivery.call.page_id, "person": delivery.call.person_id}
    record(action=action, actor=BY, at=at, about=about, data=data)
    announce("page", [delivery.call.page_id], groups=[EVERYONE])
