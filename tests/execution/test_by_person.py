"""What only a person can settle, and who may."""

import pytest
import shelf

from audit.models import AuditEvent
from orchestr.execution.models import Execution
from orchestr.execution.settle_by_person import Mark, marks_for, settle_item
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, items, states, work_until_settled


def unknown(house: make.House, answer: str = "request lost") -> Proposal:
    """A write nobody knows the end of, in a system to which it cannot be sent twice."""
    shelf.SHELVES["shop"].resend = "never"
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = [answer]
    work_until_settled(proposal, clock_after_window())
    assert Execution.objects.get().state == "needs_person"
    return proposal


def mark(proposal: Proposal, what: Mark, by: "object", reason: str = "Looked in the shop.") -> Execution:
    return settle_item(item_id=items(proposal)[0].pk, mark=what, reason=reason, by=by, at=make.now())  # type: ignore[arg-type]


def test_not_written_ends_a_proposal_of_which_nothing_was_written(house: make.House) -> None:
    proposal = unknown(house)
    mark(proposal, "not_written", house.people.omar)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason, states(proposal)) == ("blocked", "failed", ["not_applied"])


def test_written_publishes_on_the_word_of_the_person(house: make.House) -> None:
    proposal = unknown(house)
    mark(proposal, "written", house.people.omar)
    proposal.refresh_from_db()
    event = AuditEvent.objects.filter(action="execution.item_settled").order_by("id").last()
    assert event is not None
    assert (proposal.state, event.data["by_person"], event.actor_kind) == ("published", True, "person")


def test_retry_sends_once_more_under_the_same_key(house: make.House) -> None:
    proposal = unknown(house)
    mark(proposal, "retry", house.people.omar)
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert [key for key, _ in shelf.SHELVES["shop"].written] == [str(items(proposal)[0].pk)]


def test_the_marks_offered_fit_the_item(house: make.House) -> None:
    (item,) = items(unknown(house))
    assert marks_for(item, forward=True) == ("retry", "written", "not_written")


@pytest.mark.parametrize(
    ("who", "what", "reason", "code"),
    [
        ("mia", "written", "Looked.", "may_not_revert_here"),
        ("marco", "written", "Looked.", "not_found"),
        ("omar", "written", "  ", "reason_missing"),
        ("omar", "accept", "Looked.", "mark_does_not_fit"),
    ],
)
def test_refuses_and_leaves_the_item_as_it_was(house: make.House, who: str, what: Mark, reason: str, code: str) -> None:
    proposal = unknown(house)
    before = AuditEvent.objects.count(), proposal.revision
    with pytest.raises(Refusal) as refused:
        mark(proposal, what, getattr(house.people, who), reason)
    proposal.refresh_from_db()
    assert refused.value.code == code
    assert (AuditEvent.objects.count(), proposal.revision) == before
    assert (states(proposal), Execution.objects.get().state) == (["unknown"], "needs_person")


def test_refuses_an_item_of_an_execution_that_needs_nobody(house: make.House) -> None:
    proposal = approved(house)
    work_until_settled(proposal, clock_after_window())
    with pytest.raises(Refusal) as refused:
        mark(proposal, "retry", house.people.omar)
    assert refused.value.code == "not_in_this_state"
