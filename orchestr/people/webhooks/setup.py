"""What admins do to webhooks: add, change, switch off and on, renew the secret, try, remove."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from audit.record import Actor, record
from orchestr.live import wake
from orchestr.outbound import OutboundError, check_address
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.people.webhooks import queue
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal, absent


def add_webhook(
    *,
    name: str,
    url: str,
    calls: bool = False,
    notices: bool = False,
    agent_id: UUID | None = None,
    by: Account,
    at: datetime,
) -> Webhook:
    """Have an address told of calls, of urgent notices, or of both, from now on; or of one agent's runs and proposals.

    Refuses who is no admin, a name that is empty or taken, one that is told nothing, and an address that may not be
    asked (`address_…`: see `orchestr/outbound.py`).
    """
    actor = _entitled(by)
    _check(name=name, url=url, told=calls or notices or agent_id is not None)
    try:
        with transaction.atomic():
            made = Webhook.objects.create(
                name=name.strip(), url=url, calls=calls, notices=notices, agent_id=agent_id,
                created_by_id=by.person_id, created_at=at, since=at,
            )  # fmt: skip
    except IntegrityError:
        raise _taken() from None
    _record("webhook.added", made, actor, at, {"of": _of(made)})
    return made


def change_webhook(
    *, webhook_id: UUID, name: str, url: str, calls: bool = False, notices: bool = False, by: Account, at: datetime
) -> Webhook:
    """Another name, another address (empty keeps the one it has), or told of something else. What is due goes there.

    Refuses as `add_webhook` does. Locks the webhook.
    """
    actor, found = _entitled(by), _locked(webhook_id)
    _check(name=name, url=url or found.url, told=calls or notices or found.agent_id is not None)
    wanted = {"name": name.strip(), "url": url or found.url, "calls": calls, "notices": notices}
    changed = sorted(field for field, value in wanted.items() if getattr(found, field) != value)
    if not changed:
        return found
    for field in changed:
        setattr(found, field, wanted[field])
    if "url" in changed:
        found.failures, found.quiet_until = 0, None
    try:
        with transaction.atomic():
            found.save(update_fields=[*changed, "failures", "quiet_until"])
    except IntegrityError:
        raise _taken() from None
    _record("webhook.changed", found, actor, at, {"fields": list(changed)})
    return found


def switch_off(*, webhook_id: UUID, by: Account, at: datetime) -> Webhook:
    """Nothing is sent to it from now on; what was due to it is needless. Locks the webhook. Twice is once."""
    actor, found = _entitled(by), _locked(webhook_id)
    if found.active:
        found.active = False
        found.save(update_fields=["active"])
        count = queue.make_all_needless(found, at=at)
        _record("webhook.switched_off", found, actor, at, {"count": count})
    return found


def switch_on(*, webhook_id: UUID, by: Account, at: datetime) -> Webhook:
    """It is told of what comes from now on, and of nothing from before. Locks the webhook. Twice is once."""
    actor, found = _entitled(by), _locked(webhook_id)
    if not found.active:
        queue.make_all_needless(found, at=at)
        found.active, found.since, found.failures, found.quiet_until = True, at, 0, None
        found.save(update_fields=["active", "since", "failures", "quiet_until"])
        _record("webhook.switched_on", found, actor, at, {})
    return found


def renew_secret(*, webhook_id: UUID, by: Account, at: datetime) -> Webhook:
    """A new secret; for a day the one before it signs as well. Locks the webhook."""
    actor, found = _entitled(by), _locked(webhook_id)
    found.generation += 1
    found.renewed_at = at
    found.save(update_fields=["generation", "renewed_at"])
    _record("webhook.secret_renewed", found, actor, at, {})
    return found


def remove_webhook(*, webhook_id: UUID, by: Account, at: datetime) -> None:
    """It is told nothing more, and its address is forgotten. Locks the webhook."""
    actor, found = _entitled(by), _locked(webhook_id)
    count = queue.make_all_needless(found, at=at)
    found.active, found.url, found.removed_at = False, "", at
    found.save(update_fields=["active", "url", "removed_at"])
    _record("webhook.removed", found, actor, at, {"count": count})


def send_trial(*, webhook_id: UUID, by: Account, at: datetime) -> WebhookDelivery:
    """Send it a word that is about nothing, to see whether it arrives. Refuses one that is off. Locks the webhook."""
    actor, found = _entitled(by), _locked(webhook_id)
    _require_on(found)
    found.quiet_until = None
    found.save(update_fields=["quiet_until"])
    made = WebhookDelivery.objects.create(webhook=found, created_at=at, next_at=at)
    _record("webhook.tried", found, actor, at, {})
    wake(queue.DELIVER, queue="default")
    return made


def send_again(*, webhook_id: UUID, by: Account, at: datetime) -> int:
    """Put everything that was given up for it back in the queue; returns how much. Refuses one that is off.

    Calls that somebody has answered since stay where they are. Locks the webhook.
    """
    actor, found = _entitled(by), _locked(webhook_id)
    _require_on(found)
    count = queue.again(found, at=at)
    if count:
        _record("webhook.tried_again", found, actor, at, {"count": count})
        wake(queue.DELIVER, queue="default")
    return count


def _of(webhook: Webhook) -> list[Json]:
    told = (("calls", webhook.calls), ("notices", webhook.notices), ("agent", webhook.agent_id is not None))
    return [word for word, is_told in told if is_told]


def _check(*, name: str, url: str, told: bool) -> None:
    if not name.strip() or len(name.strip()) > 80 or len(url) > 500:
        raise _refusal("webhook_unnamed", "A webhook needs a name of at most 80 characters.", "Give it a name.")
    if not told:
        raise _refusal("webhook_told_nothing", "A webhook is told of something.", "Choose calls, notices or both.")
    try:
        check_address(url)
    except OutboundError as error:
        raise _refusal(error.code, "A webhook is a public https address.", "Correct the address.") from None


def _require_on(found: Webhook) -> None:
    if not found.active:
        raise Refusal(
            Kind.CONFLICT, "switched_off", "This webhook is switched off.", next="Switch it on first.",
            about={"webhook": str(found.pk)},
        )  # fmt: skip


def _taken() -> Refusal:
    return _refusal("webhook_name_taken", "There is a webhook of this name already.", "Choose another name.")


def _refusal(code: str, detail: str, next: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, detail, next=next)


def _record(action: str, found: Webhook, by: Actor, at: datetime, data: dict[str, Json]) -> None:
    of = {} if found.agent_id is None else {"agent": found.agent_id}
    record(action=action, actor=by, at=at, about={"webhook": found.pk, **of}, data=data)


def _entitled(by: Account) -> Actor:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    if by.person_id is None or str(Function.ADMIN) not in by.functions:
        raise absent("webhook")
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def _locked(webhook_id: UUID) -> Webhook:
    found = Webhook.objects.select_for_update().filter(pk=webhook_id, removed_at=None).first()
    if found is None:
        raise absent("webhook")
    return found
