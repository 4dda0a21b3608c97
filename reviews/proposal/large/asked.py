"""What a reader wants to see of a large change set, as the address of its page carries it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self, cast

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from orchestr.catalogue.models import Segment
from orchestr.policy.findings import RANK, Finding
from orchestr.policy.rules import RULES
from orchestr.proposals.lines.asked import ORDERS, SIZES, Order, Place, Wanted, Way
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from reviews.filters import Filter, any_or, filter_of, unreadable
from reviews.proposal.why import OF_THE_EVALUATION
from reviews.templatetags.show import percent_bp

WAYS = ("", "up", "down")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters as they stand in the address; blank ones do not filter. `after` is "index:key" of the last row seen."""

    q: str = ""
    finding: str = ""
    live: str = ""
    size: str = ""
    way: str = ""
    segment: str = ""
    order: str = ""
    after: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        """Raises Refusal where a filter cannot be read."""
        asked = cls(**{each.name: given.get(each.name, "").strip()[:600].replace("\0", "") for each in fields(cls)})
        if asked.live not in ("", "moved"):
            raise _unreadable("live")
        if asked.size and asked.size not in {str(size) for size in SIZES}:
            raise _unreadable("size")
        if asked.way not in WAYS:
            raise _unreadable("way")
        if asked.order and asked.order not in ORDERS:
            raise _unreadable("order")
        asked.place()
        return asked

    @property
    def wanted(self) -> Wanted:
        rule, _dot, effect = self.finding.partition(".")
        return Wanted(
            rule=rule,
            effect=effect,
            text=self.q,
            segment=self.segment,
            way=cast("Way", self.way),
            least_bp=int(self.size or 0),
            moved=bool(self.live),
        )

    def ordered(self, *, sees_cost: bool) -> Order:
        """The order asked for; that by margin means nothing to who does not see cost."""
        order = cast("Order", self.order or "gravest")
        return "gravest" if order == "margin" and not sees_cost else order

    def place(self) -> Place | None:
        if not self.after:
            return None
        index, _colon, key = self.after.partition(":")
        numeric = self.order != "sku"
        digits = key.removeprefix("-")
        readable = index.isascii() and index.isdecimal() and len(index) < 10
        if not readable or (numeric and not (digits.isascii() and digits.isdecimal() and len(digits) < 19)):
            raise _unreadable("after")
        return Place(key=key, index=int(index))

    def query(self, **changes: str) -> str:
        """The same as the query of an address."""
        return urlencode(replace(self, **changes).pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """What is asked for, as a form carries it."""
        return [(each.name, value) for each in fields(self) if (value := getattr(self, each.name))]


def _unreadable(field: str) -> Refusal:
    return unreadable(field, next=_("Open the proposal again and filter from there."))


def filters_of(asked: Asked, proposal: Proposal, findings: Sequence[Finding], *, sees_cost: bool) -> list[Filter]:
    """The toolbar above the table (one query)."""
    segments = Segment.objects.filter(id__in=proposal.segment_ids).order_by("key").values_list("key", "name")
    orders = {
        "": _("Gravest first"),
        "largest": _("Largest change first"),
        "margin": _("Lowest margin first"),
        "sales": _("Best selling first"),
        "sku": _("By SKU"),
    }
    if not sees_cost:
        del orders["margin"]
    sizes = {str(size): _("%(share)s and more") % {"share": percent_bp(size, 0)} for size in SIZES}
    return [
        any_or("finding", _("Finding"), _findings(findings, sees_cost=sees_cost), asked.finding),
        any_or("live", _("Live value"), {"moved": _("Changed since")}, asked.live),
        any_or("size", _("Size of change"), sizes, asked.size),
        any_or("way", _("Direction"), {"up": _("Upwards"), "down": _("Downwards")}, asked.way),
        any_or("segment", _("Segment"), dict(segments), asked.segment),
        filter_of("order", _("Order"), orders, asked.order),
    ]


def _findings(findings: Sequence[Finding], *, sees_cost: bool) -> dict[str, str]:
    """The findings that concern some of the items, gravest first, with how many they concern."""
    concerned: dict[tuple[str, str], set[int]] = {}
    for finding in sorted(findings, key=lambda each: -RANK[each.effect]):
        if finding.items and (sees_cost or not finding.discloses):
            concerned.setdefault((finding.rule, finding.effect), set()).update(finding.items)
    effects = {
        "info": _("note"),
        "single": _("one person"),
        "dual": _("two persons"),
        "refuse": _("refused"),
    }
    return {
        f"{rule}.{effect}": _("%(rule)s: %(effect)s (%(n)d)")
        % {"rule": rule_title(rule), "effect": effects[effect], "n": len(items)}
        for (rule, effect), items in concerned.items()
    }


def rule_title(rule: str) -> str:
    known = RULES.get(rule)
    return _(known.title) if known is not None else str(OF_THE_EVALUATION.get(rule, rule))
