"""A sandbox that does not answer when a drill begins, and a drill that goes wrong beside another."""

from typing import Any

import pytest
import shelf

from tests import make
from tests.drills.sandbox import played, sandbox, start

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scenario", ["wrong_prices", "shop_down", "stale_feed", "hostile_copy", "owner_absent"])
def test_a_sandbox_that_does_not_answer_ends_the_drill_as_not_played(house: make.House, scenario: str) -> None:
    sandbox(house)
    drill = start(house, scenario)
    shelf.SHELVES["copy"].dead = True
    drill = played(drill)
    assert (drill.state, drill.ended_reason.partition(":")[0]) == ("failed", "not_played")


def test_an_act_that_goes_wrong_ends_its_drill_and_keeps_no_other_waiting(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*given: Any, **named: Any) -> None:
        raise KeyError("amount")

    sandbox(house)
    drill = start(house, "wrong_prices")
    monkeypatch.setattr("orchestr.drills.scenarios.wrong_prices.propose", wrong)
    drill = played(drill)
    assert (drill.state, drill.ended_reason) == ("failed", "not_played:went_wrong")
    assert not drill.proposals.exists()
