"""What changed of late: published and put back, newest first, found by SKU or by a product's address."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.catalogue.models import Resource
from orchestr.execution.models import ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting.touches import resource_hash
from orchestr.refusal import Kind, Refusal
from reviews.acts import Act
from reviews.oncall.card import freeze_url
from reviews.oncall.sight import Sight
from reviews.words.titles import intents_of, proposer_of

SHOWN = 30
MOST_FOUND = 200
HOURS = (2, 8, 24, 72, 168)
CHANGED = (ProposalState.PUBLISHED, ProposalState.REVERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the board was asked for; `after` is the id of the last row seen."""

    q: str = ""
    hours: int = HOURS[0]
    after: UUID | None = None

    @classmethod
    def read(cls, given: QueryDict) -> "Asked":
        hours, after = given.get("hours", "") or str(HOURS[0]), given.get("after", "")
        try:
            return cls(
                q=given.get("q", "").strip()[:300].replace("\0", ""),
                hours=HOURS[[str(each) for each in HOURS].index(hours)],
                after=UUID(after) if after else None,
            )
        except ValueError:
            raise Refusal(
                Kind.INVALID,
                "filter_unreadable",
                _("This search cannot be read."),
                next=_("Open the board again and search from there."),
            ) from None

    def url(self, *, after: UUID | None = None) -> str:
        query = {"q": self.q, "hours": str(self.hours), "after": str(after) if after else ""}
        return reverse("reviews:oncall", query={name: value for name, value in query.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """See the header of templates/reviews/oncall.html."""

    proposal_id: UUID
    url: str
    intent: str
    who: str
    at: datetime
    state: str
    tier: str
    items: str
    odd: str
    per_hour: Json
    revert: Act | None
    revert_found: Act | None
    contain: Act | None
    freeze_url: str


@dataclass(frozen=True, slots=True)
class Recent:
    rows: Sequence[Row]
    more_url: str


def recent_of(sight: Sight, asked: Asked, *, at: datetime) -> Recent:
    """One page of what was published or put back within the asked hours and may be seen."""
    rows = Proposal.objects.filter(
        segment_set__in=sight.seen, state__in=CHANGED, settled_at__gte=at - timedelta(hours=asked.hours)
    )
    resources = _found(asked.q) if asked.q else []
    if asked.q:
        rows = rows.filter(touches__overlap=[resource_hash(each.type, each.key) for each in resources])
    page = _behind(rows, asked.after).select_related("agent", "person", "workflow").order_by("-settled_at", "-id")
    found = list(page[: SHOWN + 1])
    shown = found[:SHOWN]
    intents = intents_of(shown)
    outcomes = _outcomes(shown)
    parts = _parts(shown, resources)
    return Recent(
        [_row(each, sight, intents[each.pk], outcomes[each.pk], parts[each.pk]) for each in shown],
        asked.url(after=shown[-1].pk) if len(found) > SHOWN else "",
    )


def _behind(rows: "QuerySet[Proposal]", after: UUID | None) -> "QuerySet[Proposal]":
    last = Proposal.objects.filter(pk=after).values_list("settled_at", "id").first() if after else None
    return rows.filter(TupleLessThan(("settled_at", "id"), last)) if last else rows


def _found(text: str) -> list[Resource]:
    """What a search stands for: an exact SKU or key anywhere in an address, else words of a title."""
    parts = words_of(text)
    exact = list(Resource.objects.filter(Q(sku__in=parts) | Q(key__in=parts)).order_by("type", "key")[:MOST_FOUND])
    return exact or list(Resource.objects.matching(parts[-1]).order_by("type", "key")[:MOST_FOUND])


def _parts(proposals: Sequence[Proposal], resources: Sequence[Resource]) -> dict[UUID, list[int]]:
    """Of each proposal the items that stand for what was searched for and are live."""
    found: dict[UUID, list[int]] = defaultdict(list)
    if resources:
        rows = ExecutionItem.objects.filter(
            execution__proposal__in=[each.pk for each in proposals],
            execution__kind="apply",
            resource__in=[each.pk for each in resources],
            state=ItemState.APPLIED,
        )
        for proposal_id, index in rows.order_by("index").values_list("execution__proposal_id", "index"):
            found[proposal_id].append(index)
    return found


def words_of(text: str) -> list[str]:
    """A SKU as it is; of a product's address the parts of its path and query, as typed and in capitals."""
    parts = [text]
    if "://" in text or "/" in text:
        address = urlsplit(text)
        query = [value for pair in address.query.split("&") for _name, _sep, value in [pair.partition("=")]]
        parts = [unquote(part) for part in [*query, *address.path.split("/")] if part] or [text]
    return list(dict.fromkeys([*(part.upper() for part in parts), *parts]))


def _outcomes(proposals: Sequence[Proposal]) -> dict[UUID, Counter[str]]:
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    rows = ExecutionItem.objects.filter(execution__proposal__in=[each.pk for each in proposals])
    for id, state, count in rows.values_list("execution__proposal_id", "state").annotate(n=Count("id")):
        found[id][state] = count
    return found


def _row(proposal: Proposal, sight: Sight, intent: str, outcomes: Counter[str], part: Sequence[int]) -> Row:
    assert proposal.settled_at is not None
    live = proposal.state == ProposalState.PUBLISHED
    n = proposal.item_count
    return Row(
        proposal_id=proposal.pk,
        url=reverse("reviews:proposal", args=[proposal.pk]),
        intent=intent,
        who=proposer_of(proposal),
        at=proposal.settled_at,
        state=proposal.state,
        tier=proposal.tier,
        items=ngettext("%(n)d item", "%(n)d items", n) % {"n": n},
        odd=_odd(outcomes) if live else "",
        per_hour=proposal.revenue_per_hour,
        revert=_revert(proposal, sight) if live else None,
        revert_found=_revert_found(proposal, sight, part) if live else None,
        contain=_contain(proposal, sight) if live else None,
        freeze_url=freeze_url(proposal) if live else "",
    )


def _revert(proposal: Proposal, sight: Sight) -> Act:
    why_not = "" if sight.may_revert(proposal) else _("Putting it back needs the right to revert on all it touches.")
    return Act(reverse("reviews:revert", args=[proposal.pk]), _("Revert"), why_not)


def _revert_found(proposal: Proposal, sight: Sight, part: Sequence[int]) -> Act | None:
    """Putting back only what was searched for, where that is not all of it."""
    if not part or len(part) == proposal.item_count or not sight.may_revert(proposal):
        return None
    n = len(part)
    label = ngettext("Revert the %(n)d found", "Revert the %(n)d found", n) % {"n": n}
    return Act(reverse("reviews:revert", args=[proposal.pk], query={"item": [str(index) for index in part]}), label)


def _contain(proposal: Proposal, sight: Sight) -> Act | None:
    if not sight.may_contain(proposal):
        return None
    return Act(reverse("reviews:contain", args=[proposal.pk]), _("Contain"))


def _odd(outcomes: Counter[str]) -> str:
    """What is not as it was approved."""
    if n := outcomes["unknown"] + outcomes["applied_not_effective"]:
        return ngettext("%(n)d unknown", "%(n)d unknown", n) % {"n": n}
    if n := outcomes["restored"] + outcomes["compensated"]:
        return ngettext("%(n)d put back already", "%(n)d put back already", n) % {"n": n}
    if n := outcomes["conflict"] + outcomes["not_applied"]:
        return ngettext("%(n)d not applied", "%(n)d not applied", n) % {"n": n}
    return ""
