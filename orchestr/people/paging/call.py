"""Calling people one after the other until one answers. The rows are the queue: a restart loses and doubles nothing.

Called in turn: whom the page names first, who is on call now, who comes on next, then whoever else holds the
function on call. The rota is read at each step, so a change of shift counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.live import EVERYONE, announce, wake
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.people.notify import notify
from orchestr.people.paging.deliveries import make_needless
from orchestr.people.paging.means import means_for
from orchestr.people.paging.models import Call, Delivery, Page
from orchestr.people.rota.cover import next_on, on_call
from orchestr.people.webhooks.queue import enqueue_call
from orchestr.refusal import absent

NEXT_WITHIN = timedelta(days=7)
DELIVER = "reviews.deliver_pages"
BY = Actor.worker("paging")
MAY_TAKE = frozenset({str(Function.ONCALL), str(Function.ADMIN)})


def page(
    *,
    kind: str,
    about: Mapping[str, str],
    first: Sequence[UUID],
    spared: Iterable[UUID],
    dedupe_key: str,
    by: Actor,
    at: datetime,
) -> Page | None:
    """Call the first person of the chain now; the next after ten minutes, unless somebody has answered.

    In the fact's transaction. `spared` are never called (who did it needs no call). The same `dedupe_key`
    again calls nobody: returns None.
    """
    _in_transaction()
    made = Page.objects.bulk_create(
        [
            Page(
                kind=kind,
                about=dict(about),
                first=list(dict.fromkeys(first)),
                spared=sorted(set(spared), key=str),
                dedupe_key=dedupe_key,
                opened_at=at,
                next_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    del made  # Whether it was new is only known by reading: an ignored conflict returns a row all the same.
    opened = Page.objects.select_for_update().get(dedupe_key=dedupe_key)
    if opened.calls.exists() or opened.exhausted_at is not None:
        return None
    record(action="page.opened", actor=by, at=at, about={"page": opened.pk, **opened.about}, data={"kind": kind})
    _call_next(opened, at)
    return opened


def call_due(*, at: datetime) -> int:
    """Call the next person of every page that nobody has answered in time; returns how many pages moved.

    Each in its own transaction, its row locked: two workers never call twice for one step.
    """
    moved = 0
    while True:
        with transaction.atomic(durable=True):
            due = Page.objects.select_for_update(skip_locked=True).filter(next_at__lte=at).order_by("next_at", "id")
            found = due.first()
            if found is None:
                return moved
            _call_next(found, at)
        moved += 1


def answer(*, page_id: UUID, person_id: UUID, account_id: UUID, at: datetime) -> Page:
    """Say that somebody is on it: nobody else is called. The first answer counts. Locks the page."""
    _in_transaction()
    found = Page.objects.select_for_update().get(pk=page_id)
    if found.answered_at is not None:
        return found
    found.answered_by_id, found.answered_at, found.next_at = person_id, at, None
    found.save(update_fields=["answered_by", "answered_at", "next_at"])
    make_needless(found, at=at)
    record(
        action="page.answered",
        actor=Actor.person(account_id=account_id, person_id=person_id),
        at=at,
        about={"page": found.pk, **found.about},
        data={"kind": found.kind},
    )
    announce("page", [found.pk], groups=[EVERYONE])
    return found


def take(*, page_id: UUID, by: Account, at: datetime) -> Page:
    """Somebody on call, or an admin, says in the app that they are on it. Refuses anybody else. Locks the page."""
    if by.person_id is None or not by.functions & MAY_TAKE:
        raise absent("call")
    if not Page.objects.filter(pk=page_id).exists():
        raise absent("call")
    return answer(page_id=page_id, person_id=by.person_id, account_id=by.pk, at=at)


def answer_about(*, kind: str, about: Mapping[str, str], by: Actor, at: datetime) -> None:
    """Answer whatever open page of this kind is about this: the deed of this person itself was the answer."""
    assert by.kind == "person"
    assert by.account_id is not None
    for found in Page.objects.filter(answered_at=None, kind=kind, about__contains=dict(about)).order_by("id"):
        answer(page_id=found.pk, person_id=UUID(by.id), account_id=UUID(by.account_id), at=at)


def _call_next(found: Page, at: datetime) -> None:
    called = list(found.calls.order_by("step").values_list("person_id", flat=True))
    person_id = next((each for each in _chain(found, at) if each not in called and each not in found.spared), None)
    if person_id is None:
        found.next_at, found.exhausted_at = None, at
        found.save(update_fields=["next_at", "exhausted_at"])
        record(
            action="page.exhausted",
            actor=BY,
            at=at,
            about={"page": found.pk, **found.about},
            data={"kind": found.kind, "count": len(called)},
        )
        announce("page", [found.pk], groups=[EVERYONE])
        return
    made = Call.objects.create(page=found, step=len(called), person_id=person_id, at=at)
    found.next_at = at + timedelta(seconds=settings.PAGE_NEXT_S)
    found.save(update_fields=["next_at"])
    Delivery.objects.bulk_create([Delivery(call=made, means=means, next_at=at) for means in means_for(person_id)])
    enqueue_call(made, at=at)
    # In the app it is one more word; what rings is the delivery.
    notify(
        person_id=person_id,
        kind=found.kind,
        about=found.about,
        urgent=False,
        dedupe_key=f"page:{found.dedupe_key}",
        at=at,
    )
    record(
        action="page.called",
        actor=BY,
        at=at,
        about={"page": found.pk, "person": person_id, **found.about},
        data={"kind": found.kind, "step": made.step},
    )
    wake(DELIVER, queue="default")
    announce("page", [found.pk], groups=[EVERYONE])


def _chain(found: Page, at: datetime) -> list[UUID]:
    """Everybody who could be called, in turn; nobody without an account that is in use."""
    able = Account.objects.filter(is_active=True, groups__name=str(Function.ONCALL)).order_by("person__name", "id")
    rota = [*on_call(at=at), *next_on(at=at, within=NEXT_WITHIN)]
    everybody = dict.fromkeys([*found.first, *rota, *able.values_list("person_id", flat=True)])
    in_use = set(Account.objects.filter(person__in=list(everybody), is_active=True).values_list("person_id", flat=True))
    return [person_id for person_id in everybody if person_id in in_use]


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
