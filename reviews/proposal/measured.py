"""What came of a published proposal, in words and tables: predicted beside measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.outcomes.measuring.judge import Line, share
from orchestr.outcomes.measuring.numbers import Moved, Numbers
from orchestr.outcomes.measuring.shown import Shown, coming, measurements_of
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from reviews.templatetags.show import money, percent_bp, span, wire_value
from reviews.words.measured import REASONS, Look, look_of
from reviews.words.proposal import metric_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One count: as long before, since, and how both moved, in words or basis points."""

    label: str
    before: str
    since: str
    change_bp: int | None
    rest_bp: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One measurement; see templates/reviews/measured.html."""

    after: str
    look: Look
    reason: str
    rows: Sequence[Row]
    notes: Sequence[str]
    since: datetime
    until: datetime
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`told` says of each prediction, by its place, what was measured: (look, words)."""

    blocks: Sequence[Block]
    next_at: datetime | None
    told: Mapping[int, tuple[Look, str]]


def measured_of(proposal: Proposal, *, sees_cost: bool) -> Panel | None:
    """None before it was published (no query); else two queries."""
    if proposal.state not in (ProposalState.PUBLISHED, ProposalState.REVERTED):
        return None
    found = measurements_of([proposal.pk], sees_cost=sees_cost).get(proposal.pk, [])
    next_at = min((each.next_at for each in coming(proposal.pk)), default=None)
    if not found and next_at is None:
        return None
    told: dict[int, tuple[Look, str]] = {
        line.index: (look_of(line.verdict), _said(line)) for each in found for line in each.lines
    }
    told |= {index: (look_of("withheld"), "") for each in found for index in each.withheld}
    return Panel(blocks=[_block(each) for each in found], next_at=next_at, told=told)


def _block(seen: Shown) -> Block:
    return Block(
        after=span(seen.row.horizon_h * 3_600),
        look=look_of(seen.verdict),
        reason=str(REASONS.get(seen.reason, "")),
        rows=[] if seen.verdict == "reverted" else list(_rows(seen.numbers)),
        notes=list(_notes(seen)),
        since=seen.row.since,
        until=seen.row.until,
        taken_at=seen.row.taken_at,
    )


def _rows(numbers: Numbers) -> Iterator[Row]:
    if numbers.told:
        yield _row(metric_label("units_7d"), numbers.units, numbers)
    for name, purses in (("net_revenue_7d", numbers.revenue), ("margin_7d", numbers.margins)):
        for purse in purses:
            coin = {"currency": purse.currency, "exponent": purse.exponent}
            yield _row(metric_label(name), purse.amount, numbers, coin, rest=name != "margin_7d")
    if numbers.stock is not None:
        yield _row(_("Stock on hand"), numbers.stock, numbers, rest=False)


def _row(
    label: str, moved: Moved, numbers: Numbers, coin: Mapping[str, Json] | None = None, *, rest: bool = True
) -> Row:
    told = rest and numbers.rest_tells
    return Row(
        label=label,
        before=_amount(moved.before, coin),
        since=_amount(moved.since, coin),
        change_bp=share(moved.since - moved.before, moved.before),
        rest_bp=share(moved.rest_since - moved.rest_before, moved.rest_before) if told else None,
    )


def _amount(value: int, coin: Mapping[str, Any] | None) -> str:
    return str(wire_value(value)) if coin is None else money({"amount": value, **coin})


def _said(line: Line) -> str:
    """What was found, beside what had to be reached."""
    if line.near is None:
        return str(REASONS.get(line.reason, ""))
    coin = {"currency": line.currency, "exponent": line.exponent} if line.currency else None
    said = _("%(found)s, where %(expected)s was to be expected without it") % {
        "found": _amount(line.since, coin),
        "expected": _amount(line.expected, coin),
    }
    if line.change_bp is not None:
        said = f"{'+' if line.change_bp > 0 else ''}{percent_bp(line.change_bp)}: {said}"
    return f"{said}. {REASONS[line.reason]}" if line.reason in REASONS else said


def _notes(seen: Shown) -> Iterator[str]:
    """What a reader has to know beside the figures."""
    numbers, row = seen.numbers, seen.row
    if numbers.put_back and numbers.things:
        n = numbers.put_back
        yield ngettext(
            "%(n)d thing was put back before and is not counted.",
            "%(n)d things were put back before and are not counted.",
            n,
        ) % {"n": n}
    if numbers.also_changed:
        n = numbers.also_changed
        yield ngettext(
            "%(n)d of these things was changed by somebody else in the same time.",
            "%(n)d of these things were changed by somebody else in the same time.",
            n,
        ) % {"n": n}
    if numbers.uncosted:
        n = numbers.uncosted
        yield ngettext("The cost of %(n)d thing is not known.", "The cost of %(n)d things is not known.", n) % {"n": n}
    if row.missing:
        yield _("Not told its sales: %(names)s.") % {"names": ", ".join(row.missing)}
