"""The table of a large change set: a page of it, what it sums up to, and what may be done with all that match."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.catalogue.models import Segment
from orchestr.policy.values import Json
from orchestr.proposals.lines.read import BUCKETS, Lines, Page, Spread, Summary
from orchestr.proposals.lines.work_out import ensure
from orchestr.proposals.models import Proposal, Verdict, Version
from reviews.acts import address
from reviews.filters import Filter
from reviews.proposal.changes import Changes, drawn, without_cost
from reviews.proposal.large.asked import Asked, filters_of
from reviews.templatetags.show import percent_bp

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Bar:
    """How many changes are of one size; `share` of the most, in whole hundredths."""

    label: str
    count: int
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the template shows around the rows. `matching` of `count`; `dropping` is offered where a filter leaves some."""

    count: int
    matching: int
    said: str
    spreads: Sequence[Spread]
    bars: Sequence[Bar]
    filters: Sequence[Filter]
    q: str
    action: str
    clear_url: str
    active: bool
    shown: str
    first_url: str
    next_url: str
    moved: int
    moved_url: str
    csv_url: str
    asked: Sequence[tuple[str, str]]
    dropping: bool
    sees_cost: bool


class LargeSet:
    """One large change set as one reader asks for it; each part is read once, when it is asked for."""

    def __init__(
        self, proposal: Proposal, version: Version, verdict: Verdict, *, given: QueryDict, sees_cost: bool
    ) -> None:
        ensure(version, verdict)
        self.proposal, self.version, self.verdict, self.sees_cost = proposal, version, verdict, sees_cost
        self.asked = Asked.read(given)
        self.lines = Lines(verdict.pk, findings=verdict.findings, sees_cost=sees_cost)

    @cached_property
    def page(self) -> Page:
        order = self.asked.ordered(sees_cost=self.sees_cost)
        return self.lines.page(self.asked.wanted, order=order, after=self.asked.place(), limit=ON_A_PAGE)

    @cached_property
    def summary(self) -> Summary:
        return self.lines.summary(self.asked.wanted)

    @property
    def indexes(self) -> list[int]:
        return [line.index for line in self.page.lines]

    @property
    def plan(self) -> list[dict[str, Json]]:
        """The planned changes of this page, in its order."""
        return [without_cost(self.version.plan[index], sees_cost=self.sees_cost) for index in self.indexes]

    def changes(self, *, open: bool, at: datetime, written: Collection[int] = ()) -> Changes:
        """The rows of this page (five queries)."""
        facts = {line.index: line.facts for line in self.page.lines}
        middle = self.summary.whole.median_bp
        return drawn(
            self.plan, facts, self.verdict, sees_cost=self.sees_cost, open=open, at=at,
            middle=None if middle is None else abs(middle), written=written,
        )  # fmt: skip

    def table(self, *, open: bool, begun: bool) -> Table:
        """Everything around the rows (one query beside the page and the summary).

        Once its writing has `begun`, what was moved by others is not told from what is ours.
        """
        asked, whole, following = self.asked, self.summary.whole, self.page.following
        here = address("proposal", self.proposal.pk)
        active = not asked.wanted.all
        count = len(self.version.plan)
        names = dict(Segment.objects.filter(id__in=self.proposal.segment_ids).values_list("key", "name"))
        return Table(
            count=count,
            matching=whole.count,
            said=_said(whole, count, sees_cost=self.sees_cost),
            spreads=[replace(each, name=names.get(each.name, each.name)) for each in self.summary.segments],
            bars=_bars(self.summary),
            filters=filters_of(asked, self.proposal, self.lines.findings, sees_cost=self.sees_cost),
            q=asked.q,
            action=f"{here}#changes",
            clear_url=f"{here}#changes",
            active=active or bool(asked.order),
            shown=_shown(len(self.page.lines), whole.count),
            first_url=_url(here, asked.query(after="")) if asked.after else "",
            next_url=_url(here, asked.query(after=f"{following.index}:{following.key}")) if following else "",
            moved=whole.moved if open and not begun else 0,
            moved_url="" if asked.live else _url(here, asked.query(after="", live="moved")),
            csv_url=address("changes_csv", self.proposal.pk),
            asked=asked.pairs(),
            dropping=active and 0 < whole.count < count,
            sees_cost=self.sees_cost,
        )


def _url(here: str, query: str) -> str:
    return f"{here}?{query}#changes" if query else f"{here}#changes"


def _number(n: int) -> str:
    return str(number_format(n, use_l10n=True, force_grouping=True))


def _shown(n: int, matching: int) -> str:
    return _("%(n)s of %(all)s") % {"n": _number(n), "all": _number(matching)}


def _said(whole: Spread, count: int, *, sees_cost: bool) -> str:
    """What one has to know of all that match, in a few sentences."""
    if not whole.count:
        return _("None of the %(all)s changes is like this.") % {"all": _number(count)}
    if whole.count == count:
        parts = [ngettext("%(n)s change.", "%(n)s changes.", count) % {"n": _number(count)}]
    else:
        parts = [
            ngettext("%(n)s of %(all)s changes.", "%(n)s of %(all)s changes.", whole.count)
            % {"n": _number(whole.count), "all": _number(count)}
        ]
    if whole.least_bp is not None and whole.most_bp is not None and whole.median_bp is not None:
        parts.append(
            _("From %(least)s to %(most)s, half of them below %(median)s.")
            % {name: _signed(bp) for name, bp in _range(whole).items()}
        )
    if sees_cost and whole.lowest_margin_bp is not None:
        parts.append(_("The lowest margin afterwards is %(margin)s.") % {"margin": percent_bp(whole.lowest_margin_bp)})
    return " ".join(parts)


def _range(whole: Spread) -> dict[str, int]:
    assert whole.least_bp is not None
    assert whole.most_bp is not None
    assert whole.median_bp is not None
    return {"least": whole.least_bp, "most": whole.most_bp, "median": whole.median_bp}


def _signed(bp: int) -> str:
    return ("+" if bp > 0 else "") + percent_bp(bp)


def _bars(summary: Summary) -> list[Bar]:
    """How the sizes of change are spread; nothing where none has a size."""
    if not summary.sizes:
        return []
    most = max(summary.sizes.values())
    edges = [percent_bp(edge, 0) for edge in BUCKETS]
    labels = [
        _("below %(share)s") % {"share": edges[0]},
        *(_("%(low)s to %(high)s") % {"low": low, "high": high} for low, high in pairwise(edges)),
        _("%(share)s and more") % {"share": edges[-1]},
    ]
    counts = [summary.sizes.get(n, 0) for n in range(len(labels))]
    return [Bar(label, n, n * 100 // most) for label, n in zip(labels, counts, strict=True)]
