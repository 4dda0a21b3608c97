"""The changes of a proposal as a file: all that a filter finds, in the order of the page."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from audit.cells import Cell
from orchestr.http import SignedIn, gate
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.values import Json
from orchestr.proposals.submitting.figures import change_bp, margin_bp
from reviews.files import MONEY, address_cell, csv_answer, money_cells, plain
from reviews.proposal.changes import shown
from reviews.proposal.seen import Seen
from reviews.proposal.worth import facts_of

HEAD = (
    "change", "type", "id", "sku", "title", "system", "field", "address", "before", "after", *MONEY, "change_bp",
    "margin_after_bp", "units_7d", "segments", "reversibility",
)  # fmt: skip


@require_POST
@gate()
def changes_csv(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """All changes of the current version that the filter of the form finds. It is recorded."""
    seen = Seen(request, proposal_id)
    plan = shown(seen.version, sees_cost=seen.sees_cost)
    large = seen.large(request.POST)
    if large is not None and not large.asked.wanted.all:
        plan = [plan[index] for index in large.lines.indexes(large.asked.wanted)]
    facts = facts_of(seen.verdict)
    return csv_answer(
        request, _lines(plan, facts, sees_cost=seen.sees_cost), of="proposal_changes",
        name=f"proposal-{proposal_id}-version-{seen.version.number}", about={"proposal": proposal_id},
        segments=seen.proposal.segment_ids,
    )  # fmt: skip


def _lines(
    plan: Sequence[Mapping[str, Json]], facts: Mapping[int, ItemFacts], *, sees_cost: bool
) -> Iterator[Sequence[Cell]]:
    yield HEAD
    for change in plan:
        item = None if change["before"] is None and change["after"] is None else facts.get(change["index"])
        yield [
            change["index"], change["type"], change["id"], change["sku"], change["title"], change["system"],
            change["field"], address_cell(change["address"]), plain(change["before"]), plain(change["after"]),
            *money_cells(change["after"], change["before"]),
            None if item is None else change_bp(item),
            margin_bp(item, item.after) if item is not None and sees_cost else None,
            None if item is None else item.units_7d,
            " ".join(change["segments"]), change["reversibility"],
        ]  # fmt: skip
