"""What a webhook is told: ids, codes and whom to ring. Never a value, and only agents what people said to them."""

import json
from datetime import datetime

from django.conf import settings

from orchestr.people.models import Notice
from orchestr.people.paging.means import addresses_of
from orchestr.people.paging.models import Call
from orchestr.people.webhooks.models import WebhookDelivery
from orchestr.policy.values import Json
from reviews.notices import page_about
from reviews.paging.links import link_of
from reviews.rehearsed import of_drills
from reviews.webhooks.agents import of_proposal, of_run


def body_of(delivery: WebhookDelivery, *, at: datetime) -> str:
    """The whole body, by what the delivery is of."""
    if delivery.call is not None:
        return wrapped("page.called", called(delivery.call), at)
    if delivery.notice is not None:
        return wrapped("notice.created", _noticed(delivery.notice), at)
    if delivery.proposal_id is not None:
        return wrapped("proposal.changed", of_proposal(delivery.proposal_id), at)
    if delivery.run_id is not None:
        return wrapped("run.queued", of_run(delivery.run_id), at)
    return wrapped("webhook.tried", {"webhook": str(delivery.webhook_id)}, at)


def called(call: Call) -> dict[str, Json]:
    """Who is called about what, and where they say that they are on it."""
    return {
        "page": str(call.page_id),
        "call": str(call.pk),
        "kind": call.page.kind,
        "step": call.step,
        "person": str(call.person_id),
        "to": addresses_of(call.person_id),
        "about": call.page.about,
        "drill": of_drills([call.page.about])[0],
        "opened_at": call.page.opened_at.isoformat(),
        "answer_url": link_of(call.pk),
    }


def wrapped(type: str, data: dict[str, Json], at: datetime) -> str:
    """As the specification wants it."""
    return json.dumps({"type": type, "timestamp": at.isoformat(), "data": data}, separators=(",", ":"))


def _noticed(notice: Notice) -> dict[str, Json]:
    return {
        "notice": str(notice.pk),
        "kind": notice.kind,
        "person": str(notice.person_id),
        "to": addresses_of(notice.person_id),
        "about": notice.about,
        "drill": of_drills([notice.about])[0],
        "created_at": notice.created_at.isoformat(),
        "url": settings.PUBLIC_URL + page_about(notice.about),
    }
