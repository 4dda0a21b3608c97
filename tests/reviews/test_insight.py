"""The figures are those of the rows, over what one may see, and each leads to the list it counts."""

from datetime import timedelta

import pytest

from orchestr.execution.models import Execution, ExecutionItem
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Decision, Proposal
from tests import make, people
from tests.execution.approved import approved, clock_after_window, work
from tests.proposals.propose import propose
from tests.reviews.admin.doors import signed_in


def insight(who: people.Account) -> dict[str, object]:
    answer = signed_in(who).get("/insight/")
    assert answer.status_code == 200
    return {name: answer.context[name] for name in ("latencies", "cycles", "agents", "unknown", "unseen", "conflicts")}


def listed(who: people.Account, query: str) -> set[str]:
    answer = signed_in(who).get(f"/insight/proposals/?{query}")
    assert answer.status_code == 200
    return {str(row.id) for row in answer.context["rows"]}


def approved_after(house: make.House, proposal: Proposal, *, minutes: int) -> None:
    """Approved by Mia, and taken to have been so many minutes after it was submitted."""
    approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    Decision.objects.filter(proposal=proposal).update(at=proposal.submitted_at + timedelta(minutes=minutes))


def test_latency_is_from_submission_to_the_last_standing_approval(house: make.House) -> None:
    first = propose(house, house.change(after=19_500))
    second = propose(house, house.change(house.jacket_2, after=19_500))
    approved_after(house, first, minutes=10)
    approved_after(house, second, minutes=30)
    (single,) = insight(house.people.mia)["latencies"]  # type: ignore[misc]
    assert (single.tier, single.count, single.p50, single.p95) == (
        "single", 2, timedelta(minutes=20), timedelta(minutes=29),
    )  # fmt: skip
    assert listed(house.people.mia, "tier=single&only=decided") == {str(first.pk), str(second.pk)}


def test_what_one_may_not_see_is_in_no_figure_and_no_list(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_500))
    approved_after(house, proposal, minutes=10)
    figures = insight(house.people.marco)
    assert (figures["latencies"], figures["agents"]) == ([], [])
    assert listed(house.people.marco, "agent=repricer") == set()


def test_an_agents_shares_count_what_ended(house: make.House) -> None:
    made = [propose(house, house.change(house.jacket, after=19_000 + number)) for number in range(4)]
    outcomes = (("published", ""), ("reverted", ""), ("blocked", "policy"), ("blocked", "reviewer"))
    for proposal, (state, reason) in zip(made, outcomes, strict=True):
        Proposal.objects.filter(pk=proposal.pk).update(state=state, blocked_reason=reason, settled_at=make.now())
    (repricer,) = insight(house.people.mia)["agents"]  # type: ignore[misc]
    assert (repricer.total, repricer.reverted_bp, repricer.blocked_bp) == (4, 5_000, 5_000)
    assert (repricer.by_policy, repricer.by_reviewer) == (1, 1)
    assert listed(house.people.mia, "agent=repricer&reason=policy") == {str(made[2].pk)}
    assert listed(house.people.mia, "agent=repricer&state=reverted") == {str(made[1].pk)}


def test_what_is_older_than_30_days_counts_no_more(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_500))
    Proposal.objects.filter(pk=proposal.pk).update(submitted_at=make.now() - timedelta(days=31))
    assert insight(house.people.mia)["agents"] == []


def test_cycle_time_is_from_submission_to_the_end_of_the_writing(house: make.House) -> None:
    proposal = approved(house)
    work(clock_after_window())
    Execution.objects.update(ended_at=proposal.submitted_at + timedelta(hours=3))
    (single,) = insight(house.people.mia)["cycles"]  # type: ignore[misc]
    assert (single.tier, single.count, single.p50) == (proposal.tier, 1, timedelta(hours=3))
    assert listed(house.people.mia, f"tier={proposal.tier}&only=written") == {str(proposal.pk)}


def test_unknown_outcomes_are_counted_and_listed(house: make.House) -> None:
    approved(house)
    work(clock_after_window())
    execution = Execution.objects.get()
    ExecutionItem.objects.filter(execution=execution).update(state="unknown")
    assert insight(house.people.mia)["unknown"] == 1
    assert insight(house.people.marco)["unknown"] == 0
    answer = signed_in(house.people.mia).get("/insight/outcomes/?state=unknown")
    assert [row.execution_id for row in answer.context["rows"]] == [execution.pk]


@pytest.mark.parametrize("query", ["tier=triple", "state=draft%00", "reason=mood", "only=mine", "agent=a%00b"])
def test_a_list_of_something_unknown_is_no_page(house: make.House, query: str) -> None:
    assert signed_in(house.people.mia).get(f"/insight/proposals/?{query}").status_code == 404


def test_what_is_kept_to_sandboxes_is_in_no_figure_and_no_list(house: make.House) -> None:
    proposal = approved(house)
    clock = clock_after_window()
    work(clock)
    assert listed(house.people.mia, "agent=repricer") == {str(proposal.pk)}
    Proposal.objects.filter(pk=proposal.pk).update(sandbox_only=True)
    ExecutionItem.objects.update(state="unknown")
    figures = insight(house.people.mia)
    assert (figures["latencies"], figures["cycles"], figures["agents"], figures["unknown"]) == ([], [], [], 0)
    assert listed(house.people.mia, "agent=repricer") == set()
