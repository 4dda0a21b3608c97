"""The catalogue's list: what one may see, found by words, type, segment and system, page by page."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from orchestr.catalogue.holders import holders
from orchestr.catalogue.said import Said
from orchestr.catalogue.tree import names
from orchestr.catalogue.view import Asked, Page, Reader, page, shows
from orchestr.generation import pinned
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.touches import resource_hash
from reviews.catalogue.commitments import commitments_seen
from reviews.catalogue.picture import picture_url
from reviews.catalogue.rows import Row
from reviews.filters import Filter, any_or, filter_of
from reviews.templatetags.show import percent_bp, wire_value
from reviews.words.proposal import field_label

SHOWN = 50
LINES = 4
MAIN = {"variant": ("price",), "stock": ("on_hand",), "product": ("title",)}  # what stands for it in a list
TYPES: dict[str, str | Promise] = {
    "variant": gettext_lazy("Variants"),
    "product": gettext_lazy("Products"),
    "stock": gettext_lazy("Stock"),
    "promotion": gettext_lazy("Promotions"),
    "content": gettext_lazy("Content"),
    "collection": gettext_lazy("Collections"),
    "message": gettext_lazy("Messages"),
}


@require_GET
@gate()
def catalogue(request: SignedIn) -> HttpResponse:
    """One page of the catalogue. What no right covers is not there at all."""
    with pinned():
        return render(request, "catalogue/list.html", _context(request))


def _context(request: SignedIn) -> dict[str, Any]:
    given = {name: request.GET.get(name, "").strip()[:120] for name in ("q", "type", "segment", "system", "cursor")}
    kind = given["type"] if given["type"] in TYPES else "variant"
    asked = Asked(
        type=kind, segment=given["segment"], q=given["q"], system=given["system"], cursor=given["cursor"], limit=SHOWN
    )
    reader = Reader(segments_with(request.user, "view_segment"))
    now = timezone.now()
    found = page(reader, asked, at=now)
    query = {name: value for name, value in given.items() if value and name != "cursor"}
    here = reverse("catalogue:list")
    named = {key: name for id, key, name in names() if id in reader.segment_ids or shows(reader, id)}
    return {
        "now": now,
        "rows": _rows(request.user, found, named, now),
        "action": here,
        "q": given["q"],
        "filters": _filters(reader, named, given, kind),
        "active": bool(query),
        "first_url": reverse("catalogue:list", query=query) if asked.cursor else "",
        "next_url": reverse("catalogue:list", query=query | {"cursor": found.next_cursor}) if found.next_cursor else "",
        "sees_anything": bool(reader.segment_ids),
        "commitments": commitments_seen(reader, at=now),
    }


def _rows(account: Account, found: Page, named: dict[str, str], now: datetime) -> list[Row]:
    work = _open_work(account, found.said)
    pairs = zip(found.items, found.said, strict=True)
    return [_row(item, said, named, work.get(said.id, 0), now) for item, said in pairs]


def _row(item: dict[str, Json], row: Said, named: dict[str, str], open_work: int, now: datetime) -> Row:
    true = [field for field in item["fields"] if field["source_of_truth"]]
    main = [field for field in true if field["field"] in MAIN.get(row.type, ())]
    first = sorted(main or true, key=lambda field: field["field"])
    return Row(
        now=now,
        type=row.type,
        key=row.key,
        sku=row.sku,
        title=row.title,
        url=resource_url(row.type, row.key),
        picture=picture_url(row),
        segments=[named.get(key, key) for key in item["segments"]],
        values=[(field_label(each["field"]), each["address"], value_words(each)) for each in first[:LINES]],
        more=max(0, len(first) - LINES),
        stale=sum(not field["fresh"] for field in true),
        read_at=min((datetime.fromisoformat(field["observed_at"]) for field in true), default=None),
        sales=item["sales"],
        open_work=open_work,
    )


def _open_work(account: Account, rows: Iterable[Said]) -> dict[UUID, int]:
    """How many open proposals one may see touch each of these (one query)."""
    by_hash = {resource_hash(row.type, row.key): row.id for row in rows}
    if not by_hash:
        return {}
    open_ones = Proposal.objects.filter(state__in=("draft", "approved"), touches__overlap=list(by_hash))
    counts: dict[UUID, int] = {}
    for touches in open_ones.visible_to(account).values_list("touches", flat=True):
        for hash in by_hash.keys() & set(touches):
            counts[by_hash[hash]] = counts.get(by_hash[hash], 0) + 1
    return counts


def value_words(field: dict[str, Json]) -> str:
    """The value of a field in words; a share is kept in basis points under a name that says so."""
    if field["field"].endswith("_bp") and type(field["value"]) is int:
        return percent_bp(field["value"])
    return wire_value(field["value"])


def resource_url(type: str, key: str) -> str:
    """The page of a resource; a variant's is that of its SKU."""
    query = {} if type == "variant" else {"type": type}
    return reverse("catalogue:resource", args=[key], query=query)


def _filters(reader: Reader, named: dict[str, str], given: dict[str, str], kind: str) -> list[Filter]:
    return [
        filter_of("type", _("Type"), {key: str(label) for key, label in TYPES.items()}, kind),
        any_or("segment", _("Segment"), named, given["segment"]),
        any_or("system", _("System"), dict(holders(reader.segment_ids)), given["system"]),
    ]
