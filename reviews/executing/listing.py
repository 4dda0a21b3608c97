"""The items of one execution a page at a time: what needs somebody first, filtered by outcome and by SKU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.refusal import Refusal
from reviews.executing.progress import ORDER, Progress
from reviews.filters import Filter, any_or, unreadable
from reviews.templatetags.marks import outcome_words

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters as they stand in the address. `after` is "rank:index" of the last item seen."""

    q: str = ""
    outcome: str = ""
    after: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        """Raises Refusal where a filter cannot be read."""
        asked = cls(**{each.name: given.get(each.name, "").strip()[:200].replace("\0", "") for each in fields(cls)})
        if asked.outcome and asked.outcome not in ItemState.values:
            raise _unreadable("outcome")
        asked.place()
        return asked

    def place(self) -> tuple[int, int] | None:
        if not self.after:
            return None
        rank, _colon, index = self.after.partition(":")
        if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in (rank, index)):
            raise _unreadable("after")
        return int(rank), int(index)

    @property
    def active(self) -> bool:
        return bool(self.q or self.outcome)

    def query(self, **changes: str) -> str:
        return urlencode(replace(self, **changes).pairs())

    def pairs(self) -> list[tuple[str, str]]:
        return [(each.name, value) for each in fields(self) if (value := getattr(self, each.name))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What stands around the items of a page: see the headers of components/filters.html and pagination.html."""

    filters: Sequence[Filter]
    q: str
    action: str
    clear_url: str
    active: bool
    asked: Sequence[tuple[str, str]]
    shown: str
    first_url: str
    next_url: str
    paged: bool


def ranked(rows: "QuerySet[ExecutionItem]") -> "QuerySet[ExecutionItem]":
    """The rows with their rank: what needs somebody is the smallest."""
    whens = [When(state=state, then=Value(rank)) for rank, state in enumerate(ORDER)]
    return rows.annotate(rank=Case(*whens, default=Value(len(ORDER)), output_field=IntegerField()))


def first_of(execution: Execution, *, most: int) -> list[ExecutionItem]:
    """The first items of an execution in that order, with resource and system."""
    return list(matching(execution, Asked())[:most])


def matching(execution: Execution, asked: Asked) -> "QuerySet[ExecutionItem]":
    """All items that are asked for, in their order, wherever the page begins."""
    rows = ExecutionItem.objects.filter(execution=execution).select_related("resource", "system")
    if asked.outcome:
        rows = rows.filter(state=asked.outcome)
    if asked.q:
        named = Q(resource__sku__icontains=asked.q) | Q(resource__title__icontains=asked.q)
        rows = rows.filter(named | Q(resource__key__icontains=asked.q))
    return ranked(rows).order_by(F("rank"), F("index"))


def page_of(
    execution: Execution, asked: Asked, progress: Progress, *, action: str
) -> tuple[list[ExecutionItem], Listing]:
    """The items of this page and what stands around them (one query, two under a search)."""
    rows = matching(execution, asked)
    count = rows.count() if asked.q else progress.counts.get(asked.outcome, 0) if asked.outcome else progress.total
    if (after := asked.place()) is not None:
        rows = rows.filter(Q(rank__gt=after[0]) | Q(rank=after[0], index__gt=after[1]))
    found = list(rows[: ON_A_PAGE + 1])
    last = found[ON_A_PAGE - 1] if len(found) > ON_A_PAGE else None
    found = found[:ON_A_PAGE]
    following = asked.query(after=f"{last.rank}:{last.index}") if last is not None else ""  # type: ignore[attr-defined]
    listing = Listing(
        filters=[_outcomes(asked, progress)],
        q=asked.q,
        action=action,
        clear_url=action,
        active=asked.active,
        asked=asked.pairs(),
        shown=_("%(n)s of %(all)s")
        % {"n": number_format(len(found)), "all": number_format(count, force_grouping=True)},
        first_url=_url(action, asked.query(after="")) if asked.after else "",
        next_url=_url(action, following) if following else "",
        paged=progress.total > ON_A_PAGE or asked.active or bool(asked.after),
    )
    return found, listing


def outcome_url(execution_id: object, outcome: str) -> str:
    return f"{reverse('reviews:execution', args=[execution_id])}?{urlencode({'outcome': outcome})}#items"


def _url(action: str, query: str) -> str:
    page, _hash, part = action.partition("#")
    return f"{page}?{query}#{part}" if query else action


def _outcomes(asked: Asked, progress: Progress) -> Filter:
    counts: Mapping[str, int] = dict(progress.by_state)
    words = {state: _("%(outcome)s (%(n)d)") % {"outcome": outcome_words(state), "n": n} for state, n in counts.items()}
    if asked.outcome:
        words.setdefault(asked.outcome, outcome_words(asked.outcome))
    return any_or("outcome", _("Outcome"), words, asked.outcome)


def _unreadable(name: str) -> Refusal:
    return unreadable(name, next=_("Open the execution again and filter from there."))
