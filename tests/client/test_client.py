"""The typed client does an agent's whole job, and survives answers that get lost."""

from collections.abc import Iterator

import httpx
import pytest
from django.db import transaction

from orchestr.client import Change, Lost, Money, Orchestr, Refused, Run, governed
from orchestr.proposals.deciding.decide import Reason, block, request_changes
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Evidence
from orchestr.runs.models import Run as RunRow
from tests import make
from tests.client.speak import Line, orchestr


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def door(house: make.House, line: Line) -> Orchestr:
    return orchestr(house.token, line)


def price_of(run: Run, sku: str = "JKT-1") -> Change:
    """Five percent off, as an agent would say it."""
    (jacket,) = [each for each in run.resources(type="variant", limit=2) if each.sku == sku]
    price = jacket.field("price", channel="web-de")
    return price.change(price.money.percent(-5))


def test_a_function_becomes_a_governed_agent(house: make.House, door: Orchestr) -> None:
    @governed(door, workflow="clearance", summary="Clear what does not sell", confidence=0.9)
    def clear(run: Run) -> Iterator[Change]:
        for jacket in run.resources(type="variant", segment="apparel/jackets"):
            price = jacket.field("price", channel="web-de")
            if jacket.units_7d is not None and jacket.units_7d < 20:
                yield price.change(price.money.percent(-5))

    proposal = clear()
    assert proposal is not None
    assert (proposal.state, proposal.tier) == ("draft", "single")
    assert [change["id"] for change in proposal.raw["plan"]] == ["JKT-1", "JKT-2"]
    assert Evidence.objects.filter(kind="observed").count() == 2
    run = RunRow.objects.get()
    assert (run.state, run.event.type) == ("finished", "function.called")


def test_a_governed_function_says_what_it_reasons_with(house: make.House, door: Orchestr) -> None:
    @governed(door, workflow="clearance", summary="Lower it", confidence=0.9, model="rules", prompt="lower")
    def lower(run: Run) -> Iterator[Change]:
        yield price_of(run)

    proposal = lower()
    assert proposal is not None
    told = proposal.raw["lineage"]
    assert (told["models"], told["prompts"]) == (["rules"], [{"id": "lower", "version": None}])


def test_a_function_that_changes_nothing_proposes_nothing(house: make.House, door: Orchestr) -> None:
    @governed(door, workflow="clearance", summary="Nothing to do")
    def idle(run: Run) -> list[Change]:
        return []

    assert idle() is None
    assert not Proposal.objects.exists()
    assert RunRow.objects.get().state == "finished"


def test_a_run_whose_function_raises_has_failed(house: make.House, door: Orchestr) -> None:
    @governed(door, workflow="clearance", summary="Falls over")
    def broken(run: Run) -> list[Change]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert RunRow.objects.get().state == "failed"


def test_what_went_wrong_comes_out_even_where_the_end_of_the_run_cannot_be_told(
    house: make.House, door: Orchestr, line: Line
) -> None:
    line.lose = lambda request: request.url.path.endswith("/finish")
    with pytest.raises(ZeroDivisionError), door.start_run("clearance"):
        raise ZeroDivisionError
    assert [request.url.path.endswith("/finish") for request in line.sent].count(True) == 4


def test_what_went_wrong_comes_out_where_the_run_was_stopped_meanwhile(house: make.House, door: Orchestr) -> None:
    run = door.start_run("clearance")
    RunRow.objects.update(state="stopped")
    with pytest.raises(ZeroDivisionError), run:
        raise ZeroDivisionError


def test_an_end_that_cannot_be_told_is_said_where_nothing_else_went_wrong(
    house: make.House, door: Orchestr, line: Line
) -> None:
    line.lose = lambda request: request.url.path.endswith("/finish")
    with pytest.raises(Lost), door.start_run("clearance"):
        pass


def test_a_proposal_whose_answer_was_lost_is_made_once(house: make.House, door: Orchestr, line: Line) -> None:
    lost: list[httpx.Request] = []

    def first_proposal(request: httpx.Request) -> bool:
        if request.url.path.endswith("/proposals") and not lost:
            lost.append(request)
            return True
        return False

    with door.start_run("clearance") as run:
        change = price_of(run)
        line.lose = first_proposal
        proposal = run.propose([change], summary="Once", evidence=run.observe([change]), confidence=0.9)
    assert lost
    assert Proposal.objects.count() == 1
    assert str(Proposal.objects.get().pk) == proposal.id


def test_who_gets_no_answer_at_all_is_told_so(house: make.House, door: Orchestr, line: Line) -> None:
    line.lose = lambda request: True
    with pytest.raises(Lost, match="cut"):
        door.tools()
    assert len(line.sent) == 4


def test_a_refusal_carries_what_to_do_next(house: make.House, door: Orchestr, line: Line) -> None:
    with door.start_run("clearance") as run:
        change = price_of(run)
        moved = Change(change.type, change.id, change.field, change.address, Money(1, "EUR").wire(), change.after)
        before = len(line.sent)
        with pytest.raises(Refused) as refused:
            run.propose([moved], summary="From a value that was never there")
    assert (refused.value.status, refused.value.code) == (409, "before_moved")
    assert refused.value.next
    assert len([request for request in line.sent[before:] if request.url.path.endswith("/proposals")]) == 1


def test_another_process_learns_what_was_decided_and_why(house: make.House, door: Orchestr) -> None:
    with door.start_run("clearance") as run:
        change = price_of(run)
        proposal = run.propose([change], summary="Cheaper", evidence=run.observe([change]), confidence=0.9)
    row = Proposal.objects.get()
    why = Reason(code="price_too_low", text="Not below 195.", constraints={"floor": 19_500})
    with transaction.atomic():
        block(proposal_id=row.pk, digest=row.digest, by=house.people.mia, reason=why, at=make.now())
    told = orchestr(house.token).wait(proposal.id, timeout_s=0)
    assert (told.state, told.settled, told.why) == ("blocked", True, "Not below 195.")
    assert told.decisions[0].constraints == {"floor": 19_500}
    assert [each["reason_code"] for each in door.feedback()] == ["price_too_low"]


def test_asked_for_changes_the_proposer_submits_the_next_version(house: make.House, door: Orchestr) -> None:
    with door.start_run("clearance") as run:
        change = price_of(run)
        evidence = run.observe([change])
        proposal = run.propose([change], summary="Cheaper", evidence=evidence, confidence=0.9)
    row = Proposal.objects.get()
    with transaction.atomic():
        why = Reason(code="wording", text="Say why.")
        request_changes(proposal_id=row.pk, digest=row.digest, by=house.people.mia, reason=why, at=make.now())
    told = door.wait(proposal.id, timeout_s=60)
    assert (told.my_turn, told.why) == (True, "Say why.")
    body = {"summary": "Cheaper, because it is slow", "changes": [change.wire()], "evidence": evidence}
    again = door.revise(told, body | {"confidence": 0.9})
    assert (again.version, again.my_turn) == (2, False)
    with pytest.raises(Refused) as stale:
        door.revise(told, body)
    assert stale.value.status == 412


def test_what_policy_refuses_says_why(house: make.House, door: Orchestr) -> None:
    with door.start_run("clearance") as run:
        jacket = door.resource("variant", "JKT-1")
        change = jacket.field("price", channel="web-de").change(Money(5_000, "EUR"))
        judged = run.check([change], evidence=run.observe([change]), confidence=0.9)
        proposal = run.propose([change], summary="Below cost", evidence=run.observe([change]), confidence=0.9)
    assert judged["refused"] is True
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
    assert proposal.why


def test_a_spent_budget_stops_the_run(house: make.House, door: Orchestr) -> None:
    run = door.start_run("clearance")
    RunRow.objects.update(budget={"tokens": {"limit": 100, "used": 0}})
    run.report("reasoning", tokens=101)
    assert run.state == "stopped"
    with pytest.raises(Refused):
        run.report("reasoning", tokens=1)


def test_a_field_is_named_by_as_much_of_its_address_as_it_takes(house: make.House, door: Orchestr) -> None:
    jacket = door.resource("variant", "JKT-1")
    assert jacket.field("price", currency="GBP").money.currency == "GBP"
    with pytest.raises(LookupError, match="2 fields price"):
        jacket.field("price")
    with pytest.raises(LookupError, match="0 fields"):
        jacket.field("colour")
    with pytest.raises(LookupError, match="no part"):
        jacket.field("price", chanel="web-de")
    with pytest.raises(TypeError):
        _ = jacket.field("tax_bp", country="DE").money


@pytest.mark.parametrize(
    ("amount", "change", "after"), [(1990, -5, 1891), (1990, 10, 2189), (1, -50, 1), (3, -50, 2), (100, 0, 100)]
)
def test_percent_is_rounded_half_up_to_the_minor_unit(amount: int, change: int, after: int) -> None:
    assert Money(amount, "EUR").percent(change).amount == after
