"""Home, by what somebody is here for."""

import pytest

from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from tests import make
from tests.proposals.propose import dual, propose, single
from tests.reviews.browse import act, see, text


def home(account: Account) -> str:
    answer = see(account, "/")
    assert answer.status_code == 200
    return text(answer)


def test_who_decides_sees_their_turn_most_urgent_first(house: make.House) -> None:
    calm, urgent = single(house), propose(house, house.change(house.base_layer, after=16_000))
    page = home(house.people.mia)
    assert page.index(str(urgent.pk)) < page.index(str(calm.pk))


def test_finance_sees_only_what_finance_can_help_with(house: make.House) -> None:
    proposal = dual(house)
    assert str(proposal.pk) in home(house.people.fay)
    assert str(proposal.pk) not in home(house.people.lena)


def test_on_call_is_led_to_the_board_and_the_admin_to_what_is_unfinished(house: make.House) -> None:
    assert 'href="/oncall/"' in home(house.people.omar)
    house.agent.scopes.all().delete()
    assert "Give Repricer a scope" in home(house.people.ada)
    assert "Give Repricer a scope" not in home(house.people.mia)


def test_what_happened_without_me_is_counted_as_far_as_i_see_it(house: make.House) -> None:
    Proposal.objects.filter(pk=single(house).pk).update(state="published", settled_at=make.now())
    assert '<span class="tile-count">1</span><span class="tile-label" data-tone="published">' in home(house.people.mia)
    assert '<span class="tile-count">1</span>' not in home(house.people.marco)


@pytest.mark.parametrize("name", ["mia", "marco", "fay", "lena", "omar", "olga", "ada", "aud"])
def test_everybody_has_a_home_and_a_queue(house: make.House, name: str) -> None:
    act(house.people.mia, "approve", dual(house))
    account = getattr(house.people, name)
    assert "Hello" in home(account)
    assert see(account, "/reviews/").status_code == 200
