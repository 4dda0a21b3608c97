"""One execution on its page, and settling what is stuck by hand."""

import pytest
import shelf

from audit.models import AuditEvent
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.proposals.models import Proposal
from tests import make, people
from tests.execution.approved import approved, clock_after_window, work, work_until_settled
from tests.execution.test_revert import published
from tests.reviews.door import get, one_refusal, signed_in

pytestmark = pytest.mark.usefixtures("invariants")


def stuck(house: make.House) -> tuple[Proposal, Execution, ExecutionItem]:
    """A request was lost on its way, and this shop gives no way of finding out by itself."""
    shelf.SHELVES["shop"].resend = "never"
    shelf.SHELVES["shop"].answers = ["request lost"]
    proposal = approved(house, house.change(after=19_000))
    work_until_settled(proposal, clock_after_window())
    execution = Execution.objects.get(proposal=proposal)
    assert execution.state == "needs_person"
    return proposal, execution, ExecutionItem.objects.get(execution=execution)


def test_it_shows_every_item_with_what_was_read_back(house: make.House) -> None:
    execution = Execution.objects.get(proposal=published(house))
    context = get(house.people.mia, f"/executions/{execution.pk}/").context
    assert (context["title"], context["said"], context["open"]) == (
        "Publishing version 1",
        ["2 of 2 items are settled.", "It is over."],
        False,
    )
    assert [(item.outcome, item.observed["amount"], item.marks) for item in context["items"]] == [
        ("applied", 19_000, []),
        ("applied", 19_000, []),
    ]


def test_the_items_alone_follow_while_it_is_open_and_stop_when_it_is_over(house: make.House) -> None:
    shelf.SHELVES["shop"].answers = ["busy"]
    proposal = approved(house, house.change(after=19_000))
    clock = clock_after_window()
    work(clock)
    execution = Execution.objects.get(proposal=proposal)
    part = f"/executions/{execution.pk}/items/"
    assert f'hx-get="{part}"' in get(house.people.mia, part).content.decode()
    work_until_settled(proposal, clock)
    assert "hx-get" not in get(house.people.mia, part).content.decode()


def test_invisible_and_absent_are_the_same_404(house: make.House) -> None:
    execution = Execution.objects.get(proposal=published(house))
    marco = signed_in(house.people.marco)
    for part in ("", "items/"):
        invisible = marco.get(f"/executions/{execution.pk}/{part}")
        absent = marco.get(f"/executions/{house.jacket.pk}/{part}")
        assert (invisible.status_code, absent.status_code) == (404, 404)
        assert invisible.context["refusal"].detail == absent.context["refusal"].detail


def test_a_stuck_item_offers_what_a_person_may_say_of_it(house: make.House) -> None:
    _proposal, execution, _item = stuck(house)
    url = f"/executions/{execution.pk}/"
    (item,) = get(house.people.omar, url).context["items"]
    assert [mark for mark, _label in item.marks] == ["retry", "written", "not_written"]
    context = get(house.people.mia, url).context
    assert (context["items"][0].marks, context["may_settle"]) == ([], False)


def test_not_written_ends_it_with_nothing_published(house: make.House) -> None:
    proposal, execution, item = stuck(house)
    answer = signed_in(house.people.omar).post(
        f"/executions/items/{item.pk}/settle/", {"mark": "not_written", "why": "The price is the old one."}
    )
    assert answer["Location"] == f"/executions/{execution.pk}/"
    proposal.refresh_from_db()
    item.refresh_from_db()
    assert (item.state, item.outcome_code, proposal.state, proposal.blocked_reason) == (
        "not_applied",
        "person_not_written",
        "blocked",
        "failed",
    )
    (line,) = get(house.people.omar, f"/executions/{execution.pk}/").context["items"]
    assert line.message == "Settled by a person: it is not written. The price is the old one."


def test_looking_again_sends_it_back_to_the_worker(house: make.House) -> None:
    proposal, execution, item = stuck(house)
    signed_in(house.people.omar).post(f"/executions/items/{item.pk}/settle/", {"mark": "retry", "why": "Try again."})
    execution.refresh_from_db()
    assert execution.state == "queued"
    signed = AuditEvent.objects.filter(action="execution.item_settled", data__by_person=True)
    assert signed.count() == 1
    shelf.SHELVES["shop"].resend = "absolute"
    work_until_settled(proposal, clock_after_window())
    settle_what_is_left(house, proposal)


def settle_what_is_left(house: make.House, proposal: Proposal) -> None:
    for item in ExecutionItem.objects.filter(execution__proposal=proposal, execution__state="needs_person"):
        signed_in(house.people.omar).post(
            f"/executions/items/{item.pk}/settle/", {"mark": "not_written", "why": "Still the old price."}
        )


@pytest.mark.parametrize(
    ("who", "fields", "status", "code"),
    [
        ("omar", {"mark": "written", "why": " "}, 422, "reason_missing"),
        ("omar", {"mark": "burnt", "why": "Gone."}, 400, "mark_unknown"),
        ("omar", {"mark": "accept", "why": "Fine."}, 409, "mark_does_not_fit"),
        ("mia", {"mark": "written", "why": "I saw it."}, 403, "may_not_revert_here"),
        ("marco", {"mark": "written", "why": "I saw it."}, 404, "not_found"),
    ],
)
def test_refuses_and_nothing_happens(
    house: make.House, who: str, fields: dict[str, str], status: int, code: str
) -> None:
    _proposal, _execution, item = stuck(house)
    with one_refusal(code):
        answer = signed_in(getattr(house.people, who)).post(f"/executions/items/{item.pk}/settle/", fields)
    assert answer.status_code == status


def test_refuses_to_settle_what_does_not_wait_for_a_person(house: make.House) -> None:
    item = ExecutionItem.objects.filter(execution__proposal=published(house))[0]
    with one_refusal("not_in_this_state"):
        answer = signed_in(house.people.omar).post(
            f"/executions/items/{item.pk}/settle/", {"mark": "written", "why": "I saw it."}
        )
    assert answer.status_code == 409


def test_costs_are_not_shown_to_who_may_not_see_them(house: make.House) -> None:
    execution = Execution.objects.get(proposal=published(house))
    ExecutionItem.objects.filter(execution=execution, index=0).update(field="minimum_price")
    rita = people.account("rita", ["oncall"], {people.VIEW: [house.apparel]})
    hidden = get(rita, f"/executions/{execution.pk}/")
    assert [item.hidden for item in hidden.context["items"]] == [True, False]
    assert [item.hidden for item in get(house.people.omar, f"/executions/{execution.pk}/").context["items"]] == [
        False,
        False,
    ]
    assert hidden.content.decode().count("read back €190.00") == 1
