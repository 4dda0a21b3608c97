"""Two people choose between the same proposals at once: one choice stands, the other is told."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.people.models import Account
from orchestr.proposals.arbitration.choose import Chosen, choose, digest_of
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.close import close
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from tests import make, people
from tests.proposals.arbitration.three import three
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> make.House:
    return make.house()


@pytest.fixture
def cascade(house: make.House) -> tuple[list[Proposal], Arbitration]:
    return three(house).cascade()


@pytest.fixture
def moa(house: make.House) -> Account:
    """A second person of merchandising with Mia's rights."""
    rights = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    return people.account("moa", ["merchandising"], rights)


def picks(held: Arbitration, by: Account, choice: Any, one: Proposal | None = None) -> Callable[[], Chosen]:
    digest = digest_of(Proposal.objects.filter(arbitrations__arbitration=held))  # what both were shown
    return lambda: choose(
        arbitration_id=held.pk, choice=choice, chosen_id=one and one.pk, digest=digest, reason=f"So says {by.username}.",
        by=by, at=make.now(),
    )  # fmt: skip


def states() -> list[str]:
    return list(Proposal.objects.order_by("submitted_at").values_list("state", flat=True))


@pytest.mark.parametrize("choice", ["one", "all", "none"])
def test_of_two_choices_at_once_one_stands_and_the_other_is_told(
    house: make.House, cascade: tuple[list[Proposal], Arbitration], moa: Account, choice: str
) -> None:
    (price, stock, _promotion), held = cascade
    one = stock if choice == "one" else None
    first, second = duel(picks(held, house.people.mia, "one", price), picks(held, moa, choice, one))
    assert isinstance(first, Chosen)
    assert isinstance(second, Refusal)
    assert (second.status, second.code) == (409, "arbitration_settled")
    assert second.params == {"choice": "one"}
    assert second.next == "Look at what was chosen."
    held.refresh_from_db()
    assert (held.choice, held.chosen_id, held.person_id) == ("one", price.pk, house.people.mia.person_id)
    assert states() == ["draft", "blocked", "blocked"]
    assert AuditEvent.objects.filter(action="arbitration.settled").count() == 1
    assert set(Decision.objects.values_list("person", flat=True)) == {house.people.mia.person_id}


def test_a_choice_and_a_yes_to_one_of_them_at_once_have_one_order(
    house: make.House, cascade: tuple[list[Proposal], Arbitration], moa: Account
) -> None:
    (price, stock, _promotion), held = cascade
    yes = lambda: approve(proposal_id=stock.pk, digest=stock.digest, by=moa, at=make.now())  # noqa: E731
    first, second = duel(picks(held, house.people.mia, "one", price), yes)
    assert isinstance(first, Chosen)
    assert isinstance(second, Refusal)
    assert second.status == 409
    assert states() == ["draft", "blocked", "blocked"]


def test_two_that_say_no_to_all_at_once_block_each_once(
    house: make.House, cascade: tuple[list[Proposal], Arbitration], moa: Account
) -> None:
    _parties, held = cascade
    first, second = duel(picks(held, house.people.mia, "none"), picks(held, moa, "none"))
    assert len(first.blocked) == 3
    assert isinstance(second, Refusal)
    assert second.code == "arbitration_settled"
    assert Decision.objects.filter(verdict="block").count() == 3
    assert states() == ["blocked"] * 3


def ends(proposal: Proposal, reason: BlockedReason) -> Callable[[], object]:
    return lambda: close(proposal_id=proposal.pk, reason=reason, by=Actor.worker("sweep"), at=make.now())


@pytest.mark.parametrize("reason", [BlockedReason.WITHDRAWN, BlockedReason.EXPIRED, BlockedReason.SUPERSEDED])
def test_a_choice_beside_an_end_of_the_chosen_one_is_refused(
    house: make.House, cascade: tuple[list[Proposal], Arbitration], reason: BlockedReason
) -> None:
    (price, _stock, _promotion), held = cascade
    _first, second = duel(ends(price, reason), picks(held, house.people.mia, "one", price))
    assert isinstance(second, Refusal)
    assert (second.status, second.code) == (409, "stale_digest")
    assert states() == ["blocked", "draft", "draft"]
    held.refresh_from_db()
    assert held.settled_at is None


def test_an_end_beside_a_choice_blocks_nothing_twice(
    house: make.House, cascade: tuple[list[Proposal], Arbitration]
) -> None:
    (price, stock, _promotion), held = cascade
    first, _second = duel(picks(held, house.people.mia, "one", price), ends(stock, BlockedReason.EXPIRED))
    assert isinstance(first, Chosen)
    stock.refresh_from_db()
    assert (stock.state, stock.blocked_reason) == ("blocked", "reviewer")
    assert AuditEvent.objects.filter(about__proposal=str(stock.pk), action__in=ENDINGS).count() == 1


ENDINGS = ("proposal.blocked", "proposal.expired")
