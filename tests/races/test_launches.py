"""Two launches of one coupon at once: whoever comes second sees the first."""

from collections.abc import Iterator
from typing import Any

import pytest

from orchestr.proposals.models import Verdict
from orchestr.proposals.submitting.content import PersonProposer
from orchestr.proposals.submitting.submit import submit
from tests import make
from tests.catalogue.test_creations import creation
from tests.invariants import assert_invariants, shelf_writes
from tests.proposals.propose import agent_of, content
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> Iterator[make.House]:
    yield make.house()
    assert_invariants(shelf_writes())


def test_one_coupon_on_goods_of_two_segments_is_launched_once(house: make.House) -> None:
    agent, ada = agent_of(house), PersonProposer(house.people.ada)
    jackets = content(house, [creation(code="OTHER", skus=["JKT-1"])], agent, evidence=False)
    tents = content(house, [creation(code="other", skus=["TNT-1"])], ada, evidence=False)
    first, second = duel(
        lambda: submit(proposer=agent, content=jackets, at=make.now()),
        lambda: submit(proposer=ada, content=tents, at=make.now()),
    )
    assert first.state == "draft"
    assert (second.state, second.blocked_reason) == ("blocked", "policy")
    verdict = Verdict.objects.get(version__proposal=second)
    assert "duplicate_waiting" in {finding["code"] for finding in verdict.findings}
