"""The queue's page, its list as a part, and one row as a part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orchestr.http import SignedIn, gate
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.refusal import absent
from reviews.position import Rights
from reviews.proposing.ways import propose_url
from reviews.queue.asked import GROUPS, Asked, Group, filters_of
from reviews.queue.rows import Row, load, rows_of
from reviews.queue.waiting import MOST_COUNTED, Place, Waiting
from reviews.words.proposal import reason_choices

SHOWN: dict[Group, int] = {"mine": 50, "others": 10, "claimed": 10, "snoozed": 10}
SHOWN_ALONE = 50
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One group with its rows; `count` in words."""

    key: str
    label: str
    hint: str
    rows: list[Row]
    count: str
    empty: str
    next_url: str


@require_GET
@gate()
def queue(request: SignedIn) -> HttpResponse:
    """Everything that waits and may be seen, in groups; under htmx the list alone."""
    at = timezone.now()
    asked = Asked.read(request.GET)
    rights = Rights.of(request.user)
    context = _list(request.user, asked, rights, at)
    if request.htmx:
        return render(request, "reviews/queue.html#list", context)
    return render(
        request, "reviews/queue.html", context | _around(asked, rights) | {"propose_url": propose_url(request.user)}
    )


@require_GET
@gate()
def row(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """One row as it is now; absent and invisible are the same 404."""
    return render_row(request, proposal_id)


def render_row(request: SignedIn, proposal_id: UUID, *, status: int = 200) -> HttpResponse:
    """The row of one proposal for this account; raises Refusal (absent)."""
    at = timezone.now()
    found = visible(request.user, proposal_id)
    rights = Rights.of(request.user)
    drawn = rows_of(request.user, [found], rights=rights, visible=[found.segment_set_id], at=at)[found.pk]
    context = {"now": at, "row": drawn}
    return render(request, "reviews/queue.html#row", context, status=status)


def visible(account: Account, proposal_id: UUID) -> Proposal:
    """The proposal as a row needs it. Absent and invisible raise the same Refusal."""
    if not Proposal.objects.visible_to(account).filter(pk=proposal_id).exists():
        raise absent("proposal")
    return load([proposal_id])[0]


def _list(account: Account, asked: Asked, rights: Rights, at: datetime) -> dict[str, Any]:
    waiting = Waiting(account, rights=rights, asked=asked, at=at)
    groups: Sequence[Group] = [group for group in GROUPS if not asked.group or group == asked.group]
    pages = {group: _page(waiting, group, asked) for group in groups}
    proposals = load([id for places, _more in pages.values() for _rank, id in places])
    rows = rows_of(account, proposals, rights=rights, visible=sorted(waiting.visible), at=at)
    listed = [_listed(waiting, group, asked, *pages[group], rows) for group in groups]
    some = any(each.rows for each in listed)
    return {
        "now": at,
        "groups": listed if some or asked.active or asked.group else [],
        "reload_url": asked.url(after=""),
        "row_url": reverse("reviews:row", args=[NOBODY]),
        "bulk_url": reverse("reviews:bulk"),
        "empty_title": _("Nothing waits"),
        "empty_text": _(
            "Agents go on watching the catalogue. What needs a person appears here by itself, the most urgent first."
        ),
        "first_url": asked.url(after="") if asked.after else None,
    }


def _page(waiting: Waiting, group: Group, asked: Asked) -> tuple[list[Place], bool]:
    limit = SHOWN_ALONE if asked.group else SHOWN[group]
    found = waiting.page(group, limit=limit + 1, after=asked.place() if asked.group else None)
    return found[:limit], len(found) > limit


def _listed(
    waiting: Waiting, group: Group, asked: Asked, places: list[Place], more: bool, rows: dict[UUID, Row]
) -> Listed:
    label, hint, empty = _words(group, filtered=asked.active)
    if more or asked.after:
        count = waiting.count(group)
    else:
        count = len(places)
    last = f"{places[-1][0]}:{places[-1][1]}" if more else ""
    return Listed(
        key=group,
        label=label,
        hint=hint,
        rows=[rows[id] for _rank, id in places if id in rows],
        count=_("more than %(n)s") % {"n": number_format(MOST_COUNTED - 1, force_grouping=True)}
        if count >= MOST_COUNTED
        else number_format(count, force_grouping=True),
        empty=empty,
        next_url=asked.url(group=group, after=last) if more else "",
    )


def _words(group: Group, *, filtered: bool) -> tuple[str, str, str]:
    if group == "mine":
        nothing = _("Nothing of this kind waits for you.") if filtered else _("Nothing waits for you.")
        return _("Your turn"), _("most urgent first"), nothing
    if group == "others":
        return _("Waiting on others"), "", _("Nothing waits on others.")
    if group == "claimed":
        return _("Claimed"), _("somebody else is looking at these"), _("Nobody else is looking at anything.")
    return _("Snoozed"), _("by you"), _("You have put nothing off.")


def _around(asked: Asked, rights: Rights) -> dict[str, Any]:
    return {
        "filters": filters_of(asked, view=rights.view),
        "q": asked.q,
        "search_label": _("SKU or title"),
        "active": asked.active or bool(asked.group),
        "clear_url": reverse("reviews:queue"),
        "action": reverse("reviews:queue"),
        "reasons": reason_choices(),
    }
