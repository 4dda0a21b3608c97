"""Home, by what somebody is here for: their own turn first, then what happened while they were away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orchestr.execution.models import ExecutionItem
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from reviews.acts import DECIDERS
from reviews.models import Look
from reviews.position import Rights
from reviews.queue.asked import Asked
from reviews.queue.rows import Row, load, rows_of
from reviews.queue.waiting import MOST_COUNTED, Waiting
from reviews.setups import setups_of

MINE_SHOWN = 6
FIRST_LOOK = timedelta(days=1)
LONGEST_LOOK = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    label: str
    count: str
    url: str
    tone: str
    shape: str
    detail: str = ""


@require_GET
@gate()
def home(request: SignedIn) -> HttpResponse:
    at = timezone.now()
    account = request.user
    rights = Rights.of(account)
    waiting = Waiting(account, rights=rights, asked=Asked(), at=at)
    look = Look.objects.filter(person=account.person_id, proposal=None).first()
    since = max(look.at if look else at - FIRST_LOOK, at - LONGEST_LOOK)
    decides = bool(account.functions & DECIDERS)
    context: dict[str, Any] = {
        "now": at,
        "greeting": _("Hello %(name)s") % {"name": account.person.name},
        "last_look": look.at if look else None,
        "looked_url": reverse("reviews:looked_home"),
        "since": _tiles(account, waiting, since, decides=decides),
        "mine": _mine(account, waiting, rights, at) if decides else None,
        "setups": setups_of() if Function.ADMIN in account.functions else [],
        "oncall_url": "/oncall/" if account.functions & {Function.ONCALL, Function.ADMIN} else "",
        "empty_title": _("Nothing needs you"),
        "empty_text": _("Agents go on watching the catalogue. What needs you appears here and in the queue."),
    }
    return render(request, "reviews/home.html", context)


@require_POST
@gate()
def looked_home(request: SignedIn) -> HttpResponse:
    """The page was shown: the next one counts from here. No event; it is nobody's business but theirs."""
    with transaction.atomic(durable=True):
        look_home(by=request.user, at=timezone.now())
    return HttpResponse(status=204)


def look_home(*, by: Account, at: datetime) -> None:
    Look.objects.update_or_create(person_id=by.person_id, proposal=None, defaults={"at": at})


def _mine(account: Account, waiting: Waiting, rights: Rights, at: datetime) -> dict[str, Any]:
    places = waiting.page("mine", limit=MINE_SHOWN)
    proposals = load([id for _rank, id in places])
    rows = rows_of(account, proposals, rights=rights, visible=sorted(waiting.visible), at=at)
    return {
        "label": _("Your turn"),
        "rows": [_short(rows[each.pk]) for each in proposals],
        "url": reverse("reviews:queue"),
        "empty": _("Nothing waits for you. What needs you appears here by itself."),
    }


def _short(row: Row) -> dict[str, Any]:
    return {
        "url": row.url,
        "intent": row.intent,
        "tier": row.tier,
        "functions": row.functions,
        "due_at": row.due_at,
        "proposal_id": row.id,
        "state": row.state,
    }


def _tiles(account: Account, waiting: Waiting, since: datetime, *, decides: bool) -> list[Tile]:
    """What happened since, of what this account sees; figures are capped like the queue's."""
    seen = Proposal.objects.filter(segment_set_id__in=waiting.visible)
    ended = seen.filter(settled_at__gt=since)
    without_me = ended.filter(state="published").exclude(
        Q(decisions__person=account.person_id, decisions__verdict="approve")
    )
    tiles = []
    if decides:
        count = waiting.count("mine")
        urgent = seen.filter(state="draft", due_at__lt=waiting.at)[:MOST_COUNTED].count()
        late = _("%(n)s past their deadline") % {"n": number_format(urgent)} if urgent else ""
        tiles.append(
            _tile(_("waiting for you"), count, reverse("reviews:queue", query={"group": "mine"}), "waiting", late)
        )
    audit = reverse("audit:explorer", query={"action": "proposal.published"})
    tiles.append(_tile(_("published without you"), without_me[:MOST_COUNTED].count(), audit, "published"))
    back = reverse("audit:explorer", query={"action": "proposal.reverted"})
    tiles.append(_tile(_("put back"), ended.filter(state="reverted")[:MOST_COUNTED].count(), back, "reverted"))
    expired = ended.filter(state="blocked", blocked_reason="expired")[:MOST_COUNTED].count()
    tiles.append(
        _tile(_("expired"), expired, reverse("audit:explorer", query={"action": "proposal.expired"}), "blocked")
    )
    if account.functions & {Function.ONCALL, Function.ADMIN}:
        open_items = ExecutionItem.objects.filter(
            state__in=("unknown", "conflict"), execution__state="needs_person", execution__proposal__in=seen
        )
        tiles.append(_tile(_("items need a person"), open_items[:MOST_COUNTED].count(), "/oncall/", "question"))
    return tiles


def _tile(label: str, count: int, url: str, shape: str, detail: str = "") -> Tile:
    words = _("more than %(n)s") % {"n": number_format(MOST_COUNTED - 1, force_grouping=True)}
    shown = words if count >= MOST_COUNTED else number_format(count)
    tone = shape if count and shape in ("waiting", "published", "reverted", "blocked") else "neutral"
    return Tile(label=label, count=shown, url=url, tone=tone, shape=shape, detail=detail)
