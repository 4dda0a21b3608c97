"""What is on its way to webhooks: enqueued with the fact, claimed, sent, failed. Each step is guarded.

Each webhook stands for itself: one that does not answer is left alone for a while, and the others go on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from audit.record import Actor, record
from orchestr.live import EVERYONE, announce, wake
from orchestr.people.paging.models import Call, Page
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent

BY = Actor.worker("webhooks")
DELIVER = "reviews.deliver_webhooks"
LEASE = timedelta(seconds=60)  # longer than one address may take
BACK_OFF_S = (5, 30, 120, 600, 1_800, 3_600)  # after so many tries it is given up
QUIET_S = (5, 15, 30)  # one that cannot be reached is left alone for so long, after the first, second, further failures
State = WebhookDelivery.State

_NOTICES = """
INSERT INTO orchestr_webhook_delivery (webhook_id, notice_id, state, attempts, created_at, next_at, problem)
SELECT w.id, n.id, 'due', 0, %(at)s, %(at)s, ''
FROM unnest(%(ids)s::uuid[]) AS asked(id)
CROSS JOIN LATERAL (
    SELECT id, created_at FROM orchestr_notice
    WHERE id = asked.id AND urgent AND read_at IS NULL AND delivered_at IS NULL OFFSET 0
) n
JOIN orchestr_webhook w ON w.active AND w.notices AND w.removed_at IS NULL AND w.since <= n.created_at
ON CONFLICT DO NOTHING
"""


def enqueue_call(call: Call, *, at: datetime) -> None:
    """Tell every webhook that is told of calls. In the call's transaction. Wakes a worker on commit."""
    hooks = Webhook.objects.filter(active=True, calls=True).values_list("pk", flat=True)
    made = [WebhookDelivery(webhook_id=pk, call=call, created_at=at, next_at=at) for pk in hooks]
    if made:
        WebhookDelivery.objects.bulk_create(made)
        wake(DELIVER, queue="default")


def enqueue_notices(ids: Sequence[UUID], *, at: datetime) -> int:
    """Tell of those of these notices that are urgent, unread and not delivered; each webhook once. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NOTICES, {"ids": list(ids), "at": at})
        if cursor.rowcount:
            wake(DELIVER, queue="default")
        return int(cursor.rowcount)


def claim(*, at: datetime) -> WebhookDelivery | None:
    """The next due one of a webhook that is on and not left alone, for a minute ours: if we die, another has it then."""
    with transaction.atomic(durable=True):
        awake, at_work = Q(quiet_until=None) | Q(quiet_until__lte=at), Q(agent=None) | Q(agent__retired_at=None)
        ready = Webhook.objects.filter(awake, at_work, active=True)
        rows = WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        rows = rows.filter(state=State.DUE, next_at__lte=at, webhook__in=list(ready.values_list("pk", flat=True)))
        rows = rows.select_related("webhook", "call__page", "call__person", "notice__person")
        found = rows.order_by("next_at", "id").first()
        if found is not None:
            found.attempts += 1
            found.next_at = at + LEASE
            found.save(update_fields=["attempts", "next_at"])
        return found


def sent(delivery: WebhookDelivery, *, at: datetime) -> None:
    """It arrived. What became needless meanwhile stays so; a proposal that moved on meanwhile is told anew."""
    Webhook.objects.filter(pk=delivery.webhook_id).update(failures=0, quiet_until=None, answered_at=at)
    rows = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.DUE)
    if rows.filter(revision=delivery.revision).update(state=State.SENT, problem="", settled_at=at):
        _record("webhook.delivered", delivery, "", at)
    elif delivery.revision is not None:
        rows.update(attempts=0, problem="", next_at=at)


def failed(
    delivery: WebhookDelivery, *, problem: str, for_good: bool, unreachable: bool, after_s: float, at: datetime
) -> None:
    """It did not arrive: later again, at the earliest after `after_s`, or given up when the tries are used up.

    Where the address could not be reached at all, or asked for patience, everything else for it waits as well.
    """
    hook = Webhook.objects.filter(pk=delivery.webhook_id)
    hook.update(failures=F("failures") + 1)
    if unreachable or after_s:
        quiet = max(QUIET_S[min(delivery.webhook.failures, len(QUIET_S) - 1)], after_s)
        hook.update(quiet_until=at + timedelta(seconds=quiet))
    rows = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.DUE)
    if for_good or delivery.attempts > len(BACK_OFF_S):
        if rows.update(state=State.DEAD, problem=problem[:60], settled_at=at):
            _record("webhook.undelivered", delivery, problem, at)
        return
    waits = max(BACK_OFF_S[delivery.attempts - 1], after_s)
    rows.update(problem=problem[:60], next_at=at + timedelta(seconds=waits))


def make_needless(page: Page, *, at: datetime) -> None:
    """Somebody has answered the call: what is still due of it is not sent."""
    WebhookDelivery.objects.filter(call__page=page, state=State.DUE).update(state=State.NEEDLESS, settled_at=at)


def make_all_needless(webhook: Webhook, *, at: datetime) -> int:
    """Nothing that is due to it is sent. The caller holds the webhook."""
    due = WebhookDelivery.objects.filter(webhook=webhook, state=State.DUE)
    return due.update(state=State.NEEDLESS, settled_at=at)


def again(webhook: Webhook, *, at: datetime) -> int:
    """What was given up is due once more; calls that were answered since are not. The caller holds the webhook.

    Of one proposal or run the latest is enough: what was given up before it is needless.
    """
    dead = WebhookDelivery.objects.filter(webhook=webhook, state=State.DEAD)
    later = WebhookDelivery.objects.filter(webhook=webhook, id__gt=OuterRef("id"), state__in=(State.DUE, State.DEAD))
    of_same = Exists(later.filter(proposal_id=OuterRef("proposal_id"))) | Exists(
        later.filter(run_id=OuterRef("run_id"))
    )
    dead.filter(of_same).update(state=State.NEEDLESS)
    count = dead.filter(Q(call=None) | Q(call__page__answered_at=None)).update(
        state=State.DUE, attempts=0, next_at=at, settled_at=None
    )
    if count:
        Webhook.objects.filter(pk=webhook.pk).update(quiet_until=None)
    return count


def try_again(*, delivery_id: UUID, by: Actor, at: datetime) -> None:
    """Put one that was given up back in the queue; one for an agent also where it had arrived. Locks it.

    Refuses any other, and one whose proposal or run is on its way again already. The door knows who may.
    """
    found = WebhookDelivery.objects.select_for_update(of=("self",)).filter(pk=delivery_id).first()
    if found is None:
        raise absent("delivery")
    told = (State.DEAD, State.SENT) if found.webhook.agent_id else (State.DEAD,)
    if found.state not in told or not found.webhook.active or _under_way(found):
        raise Refusal(
            Kind.CONFLICT, "not_in_this_state", "This cannot be sent again: it is on its way already, or its webhook is off.",
            next="Reload to see what became of it.", about={"webhook": str(found.webhook_id)},
        )  # fmt: skip
    found.state, found.attempts, found.next_at, found.settled_at = State.DUE, 0, at, None
    found.save(update_fields=["state", "attempts", "next_at", "settled_at"])
    record(action="webhook.tried_again", actor=by, at=at, about={"webhook": found.webhook_id}, data={"count": 1})
    wake(DELIVER, queue="default")


def _under_way(delivery: WebhookDelivery) -> bool:
    if delivery.proposal_id is None and delivery.run_id is None:
        return False
    due = WebhookDelivery.objects.filter(webhook=delivery.webhook_id, state=State.DUE)
    return due.filter(proposal_id=delivery.proposal_id, run_id=delivery.run_id).exists()


def _record(action: str, delivery: WebhookDelivery, problem: str, at: datetime) -> None:
    about: dict[str, UUID | str | None] = {"webhook": delivery.webhook_id}
    if delivery.call is not None:
        about |= {"page": delivery.call.page_id, "person": delivery.call.person_id}
    elif delivery.notice is not None:
        about |= {"notice": delivery.notice_id, "person": delivery.notice.person_id}
    elif delivery.webhook.agent_id is not None:
        about |= {"agent": delivery.webhook.agent_id, "proposal": delivery.proposal_id, "run": delivery.run_id}
        about = {name: id for name, id in about.items() if id is not None}
    data: dict[str, Json] = {"attempt": delivery.attempts, "of": kind_of(delivery)}
    if problem:
        data["reason"] = problem
    record(action=action, actor=BY, at=at, about=about, data=data)
    if delivery.call is not None:
        announce("page", [delivery.call.page_id], groups=[EVERYONE])


def kind_of(delivery: WebhookDelivery) -> str:
    """What it tells of: `call`, `notice`, `proposal`, `run`, or `trial`."""
    told = {
        "call": delivery.call_id,
        "notice": delivery.notice_id,
        "proposal": delivery.proposal_id,
        "run": delivery.run_id,
    }
    return next((kind for kind, id in told.items() if id is not None), "trial")
