"""People choose between work that is held together: one goes on, all do, or none; and it is recorded."""

from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.people.models import Account
from orchestr.proposals.arbitration.choose import Chosen, choose, digest_of
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.models import Decision, Proposal
from orchestr.refusal import Refusal
from tests import make, people
from tests.proposals.arbitration.three import Three, three
from tests.proposals.test_decide import yes


@pytest.fixture
def cascade(house: make.House) -> tuple[list[Proposal], Arbitration]:
    return three(house).cascade()


def pick(held: Arbitration, by: Account, choice: Any, one: Proposal | None = None, **more: Any) -> Chosen:
    parties = Proposal.objects.filter(arbitrations__arbitration=held)
    given = {"digest": digest_of(parties), "reason": "The margin matters more this week."} | more
    with transaction.atomic():
        return choose(arbitration_id=held.pk, choice=choice, chosen_id=one and one.pk, by=by, at=make.now(), **given)


def states() -> list[tuple[str, str]]:
    return list(Proposal.objects.order_by("submitted_at").values_list("state", "blocked_reason"))


def refused(held: Arbitration, by: Account, choice: Any, one: Proposal | None = None, **more: Any) -> str:
    before = (states(), Decision.objects.count(), AuditEvent.objects.count())
    with pytest.raises(Refusal) as caught:
        pick(held, by, choice, one, **more)
    assert (states(), Decision.objects.count(), AuditEvent.objects.count()) == before
    assert Arbitration.objects.get(pk=held.pk).settled_at is None
    return caught.value.code


def test_one_goes_on_and_the_others_are_blocked_with_the_reason(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, stock, promotion), held = cascade
    done = pick(held, house.people.mia, "one", price)
    assert states() == [("draft", ""), ("blocked", "reviewer"), ("blocked", "reviewer")]
    assert set(done.blocked) == {stock.pk, promotion.pk}
    assert {each.reason for each in Decision.objects.filter(verdict="block")} == {"The margin matters more this week."}
    held.refresh_from_db()
    assert (held.choice, held.chosen_id, held.person_id) == ("one", price.pk, house.people.mia.person_id)
    (event,) = AuditEvent.objects.filter(action="arbitration.settled")
    assert (event.data["choice"], sorted(event.data["blocked"])) == ("one", sorted([str(stock.pk), str(promotion.pk)]))
    assert "margin matters" not in str(event.data)


def test_what_was_chosen_still_needs_its_own_decision(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, _, _), held = cascade
    pick(held, house.people.mia, "one", price)
    price.refresh_from_db()
    assert (price.state, price.decisions.filter(verdict="approve").count()) == ("draft", 0)
    assert yes(price, house.people.mia).decisions.filter(verdict="approve").exists()


def test_all_go_on_to_their_own_decisions(house: make.House, cascade: tuple[list[Proposal], Arbitration]) -> None:
    proposals, held = cascade
    pick(held, house.people.mia, "all")
    assert [state for state, _ in states()] == ["draft"] * 3
    yes(Proposal.objects.get(pk=proposals[0].pk), house.people.mia)


def test_none_blocks_all(house: make.House, cascade: tuple[list[Proposal], Arbitration]) -> None:
    _, held = cascade
    pick(held, house.people.mia, "none")
    assert {state for state, _ in states()} == {"blocked"}


def test_the_owner_of_one_of_the_agents_chooses_nothing(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, _, _), held = cascade
    people.grant(house.people.ada, people.DECIDE, house.apparel)
    assert refused(held, house.people.ada, "one", price) == "own_work"
    assert refused(held, house.people.ada, "none") == "own_work"


def test_who_may_not_decide_or_see_chooses_nothing(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, _, _), held = cascade
    assert refused(held, house.people.omar, "one", price) == "may_not_decide_here"
    assert refused(held, house.people.marco, "one", price) == "not_found"


def test_refuses_without_a_reason_an_unknown_choice_and_what_has_changed(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, _, _), held = cascade
    mia = house.people.mia
    assert refused(held, mia, "one", price, reason="  ") == "reason_missing"
    assert refused(held, mia, "one") == "choice_unknown"
    assert refused(held, mia, "both") == "choice_unknown"
    assert refused(held, mia, "one", price, digest="0" * 64) == "stale_digest"


def test_the_second_of_two_is_told_that_somebody_has_chosen(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    _, held = cascade
    pick(held, house.people.mia, "all")
    with pytest.raises(Refusal) as caught:
        pick(held, house.people.fay, "none")
    assert caught.value.code == "arbitration_settled"
    assert [state for state, _ in states()] == ["draft"] * 3


def test_when_it_is_proposed_anew_after_all_went_on_it_is_held_anew(house: make.House) -> None:
    agents: Three = three(house)
    _, held = agents.cascade()
    pick(held, house.people.mia, "all")
    agents.raises(20_800)
    assert Arbitration.objects.filter(settled_at=None).exists()
