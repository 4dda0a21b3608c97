"""What somebody asks of the queue: filters and place, read from a shareable address."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Resource, Segment, SegmentSet, Site
from orchestr.catalogue.tree import with_descendants
from orchestr.people.functions import DECIDING
from orchestr.proposals.submitting.touches import resource_hash
from orchestr.refusal import Refusal
from reviews.filters import Filter, any_or, unreadable
from reviews.words.proposal import INTENTS, function_label

Group = Literal["mine", "others", "claimed", "snoozed"]
GROUPS: tuple[Group, ...] = ("mine", "others", "claimed", "snoozed")
MOST_FOUND = 200  # resources a search may stand for


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters as they stand in the address; blank ones do not filter. `after` is "rank:id" of the last row seen."""

    q: str = ""
    agent: str = ""
    segment: str = ""
    channel: str = ""
    kind: str = ""
    tier: str = ""
    function: str = ""
    group: str = ""
    after: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> "Asked":
        values = {each.name: given.get(each.name, "").strip()[:200].replace("\0", "") for each in fields(cls)}
        asked = cls(**values)
        if asked.group and asked.group not in GROUPS:
            raise _unreadable("group")
        asked.place()
        return asked

    def place(self) -> tuple[int, UUID] | None:
        """The (rank, id) after which to go on."""
        if not self.after:
            return None
        rank, _sep, id = self.after.partition(":")
        try:
            number, found = int(rank), UUID(id)
        except ValueError:
            raise _unreadable("after") from None
        if abs(number) >= 2**62:
            raise _unreadable("after")
        return number, found

    @property
    def active(self) -> bool:
        return any((self.q, self.agent, self.segment, self.channel, self.kind, self.tier, self.function))

    def url(self, **changes: str) -> str:
        asked = replace(self, **changes)
        query = {each.name: value for each in fields(asked) if (value := getattr(asked, each.name))}
        return reverse("reviews:queue", query=query) if query else reverse("reviews:queue")

    def narrow(self, sets: frozenset[UUID]) -> frozenset[UUID]:
        """Of these segment sets, the ones the segment filter leaves."""
        if not self.segment:
            return sets
        named = Segment.objects.filter(key=self.segment).values_list("id", flat=True)
        below = list(with_descendants(named))
        rows = SegmentSet.objects.filter(id__in=sets, segment_ids__overlap=below)
        return frozenset(rows.values_list("id", flat=True))

    def conditions(self) -> tuple[list[str], dict[str, Any]]:
        """The other filters in SQL over the proposal `p`, with their parameters."""
        clauses: list[str] = []
        given: dict[str, Any] = {}
        if self.agent:
            clauses.append("p.agent_id = (SELECT id FROM orchestr_agent WHERE key = %(agent)s)")
            given["agent"] = self.agent
        if self.channel:
            clauses.append("p.channels @> ARRAY[%(channel)s]::varchar[]")
            given["channel"] = self.channel
        for name, column in (("kind", "intent"), ("tier", "tier")):
            if value := getattr(self, name):
                clauses.append(f"p.{column} = %({name})s")
                given[name] = value
        if self.function:
            clauses.append("p.functions @> ARRAY[%(function)s]::varchar[]")
            given["function"] = self.function
        if self.q:
            clauses.append("p.touches && %(touches)s::bigint[]")
            given["touches"] = _found(self.q)
        return clauses, given


def _found(text: str) -> list[int]:
    """What a search stands for: everything of that title, SKU or key, as touches are stored."""
    words = Q(title__icontains=text) | Q(sku__icontains=text) | Q(key__icontains=text)
    rows = Resource.objects.filter(words).order_by("type", "key").values_list("type", "key")[:MOST_FOUND]
    return [resource_hash(type, key) for type, key in rows]


def _unreadable(field: str) -> Refusal:
    return unreadable(field, next=_("Open the queue again and filter from there."))


def filters_of(asked: Asked, *, view: frozenset[UUID]) -> list[Filter]:
    """The toolbar: agents, the segments one may see, channels, kinds, tiers and functions."""
    agents = [(key, name) for key, name in Agent.objects.order_by("name").values_list("key", "name")]
    segments = Segment.objects.filter(id__in=view).order_by("key").values_list("key", "name")
    channels = [(key, name) for key, name in Site.objects.order_by("key").values_list("key", "name")]
    tiers = {"single": _("One approval"), "dual": _("Two approvals")}
    functions = {str(each): function_label(each) for each in DECIDING}
    groups = {
        "mine": _("Your turn"),
        "others": _("Waiting on others"),
        "claimed": _("Claimed"),
        "snoozed": _("Snoozed"),
    }
    return [
        any_or("group", _("Group"), groups, asked.group),
        any_or("agent", _("Agent"), dict(agents), asked.agent),
        any_or("segment", _("Segment"), dict(segments), asked.segment),
        any_or("channel", _("Channel"), dict(channels), asked.channel),
        any_or("kind", _("Kind"), {code: str(words) for code, words in INTENTS.items()}, asked.kind),
        any_or("tier", _("Tier"), tiers, asked.tier),
        any_or("function", _("Function"), functions, asked.function),
    ]
