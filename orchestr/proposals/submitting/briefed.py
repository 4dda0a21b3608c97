"""What a campaign brief bounds: proposals of its runs stay within its segment, dates, budget and limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from orchestr.catalogue.tree import with_descendants
from orchestr.policy.budgets.uses import uses_of
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import Json, Money
from orchestr.proposals.models import ExposureUse
from orchestr.refusal import Kind, Refusal
from orchestr.runs.briefs.models import Brief
from orchestr.runs.models import Run


@dataclass(frozen=True, slots=True)
class Spent:
    """What the proposals of a brief have taken: margin given up in the budget's minor units, and changes."""

    margin: int
    changes: int


def spent_of(brief: Brief, *, without: UUID | None = None) -> Spent:
    """Reserved by what waits and live by what was written; what was blocked or put back has given it back (one query)."""
    rows = ExposureUse.objects.filter(scope="agent", proposal__run__brief=brief).exclude(state="released")
    if without is not None:
        rows = rows.exclude(proposal_id=without)
    found = rows.aggregate(margin=Sum("margin"), items=Sum("items"))
    return Spent(found["margin"] or 0, found["items"] or 0)


def refuse_beyond_brief(
    run: Run | None,
    plan: Sequence[Mapping[str, Json]],
    segment_ids: Mapping[str, UUID],
    facts: Facts,
    *,
    not_before: datetime | None,
    proposal_id: UUID | None,
    hold: bool,
    at: datetime,
) -> None:
    """Refuse what lies outside the brief of the run. With `hold` locks the brief, so that two do not take the last of it."""
    if run is None or run.brief_id is None:
        return
    rows = Brief.objects.select_for_update(no_key=True) if hold else Brief.objects.all()
    brief = rows.get(pk=run.brief_id)
    _refuse_out_of_time(brief, not_before, at)
    _refuse_outside(brief, plan, segment_ids)
    _refuse_deep(brief, facts)
    spent = spent_of(brief, without=proposal_id)
    taken = [(purse.currency, use.margin, use.items) for purse, use in uses_of(facts).get("agent", {}).items()]
    _refuse_over_budget(brief, spent, taken)
    wanted = spent.changes + sum(items for _, _, items in taken)
    if brief.most_changes is not None and wanted > brief.most_changes:
        raise _refusal(
            brief,
            Kind.LIMITED,
            "brief_changes",
            f"With this the campaign would have made {wanted} changes; its brief allows {brief.most_changes}.",
            "Propose fewer changes, or ask for another brief.",
            {"limit": brief.most_changes, "used": spent.changes},
        )


def _refuse_out_of_time(brief: Brief, not_before: datetime | None, at: datetime) -> None:
    if brief.state != "approved" or not brief.begins_at <= at < brief.ends_at:
        detail = "The campaign is over, or has not begun."
    elif not_before is not None and not_before >= brief.ends_at:
        detail = "It would go out after the campaign has ended."
    else:
        return
    raise _refusal(
        brief,
        Kind.FORBIDDEN,
        "brief_not_running",
        detail,
        "Finish this run; a person can ask for another brief.",
        {"begins_at": brief.begins_at.isoformat(), "ends_at": brief.ends_at.isoformat()},
    )


def _refuse_outside(brief: Brief, plan: Sequence[Mapping[str, Json]], segment_ids: Mapping[str, UUID]) -> None:
    covered = with_descendants(brief.segments.values_list("pk", flat=True))
    for change in plan:
        if not {segment_ids[key] for key in change["segments"]} <= covered:
            raise _refusal(
                brief,
                Kind.FORBIDDEN,
                "outside_brief",
                f"Change {change['index']} lies outside the segments of the campaign's brief.",
                "Leave it out.",
                {"index": change["index"]},
            )


def _refuse_deep(brief: Brief, facts: Facts) -> None:
    if brief.deepest_cut_bp is None:
        return
    for item in facts.items:
        before, after = item.before, item.after
        if item.field_class != "price" or not isinstance(before, Money) or not isinstance(after, Money):
            continue
        if (before.amount - after.amount) * 10_000 > brief.deepest_cut_bp * before.amount:
            raise _refusal(
                brief,
                Kind.UNPROCESSABLE,
                "brief_cut",
                f"Change {item.index} cuts a price deeper than the campaign's brief allows.",
                "Cut it less deep, or leave it out.",
                {"index": item.index, "limit_bp": brief.deepest_cut_bp},
            )


def _refuse_over_budget(brief: Brief, spent: Spent, taken: Sequence[tuple[str, int, int]]) -> None:
    currency, limit = brief.budget["currency"], brief.budget["amount"]
    foreign = sorted({name for name, margin, _ in taken if margin and name != currency})
    if foreign:
        raise _refusal(
            brief,
            Kind.UNPROCESSABLE,
            "brief_currency",
            f"The campaign's budget is in {currency}; this gives up margin in {', '.join(foreign)}.",
            "Leave out what is sold in another currency.",
            {"currency": currency},
        )
    wanted = sum(margin for _, margin, _ in taken)
    if wanted and spent.margin + wanted > limit:
        raise _refusal(
            brief,
            Kind.LIMITED,
            "brief_budget",
            "It gives up more margin than is left of the campaign's budget.",
            "Cut less, or change fewer things; a person can ask for another brief.",
            {"limit": limit, "used": spent.margin, "wanted": wanted, "currency": currency},
        )


def _refusal(brief: Brief, kind: Kind, code: str, detail: str, next: str, params: dict[str, Json]) -> Refusal:
    return Refusal(kind, code, detail, next=next, params=params, about={"brief": str(brief.pk)})
