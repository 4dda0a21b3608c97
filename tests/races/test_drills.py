"""Two people who start a drill at once: one of them does, the other is told."""

from typing import Any

import pytest

from orchestr.drills.models import Drill
from orchestr.drills.start import start_drill
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from tests import make, people
from tests.drills.sandbox import sandbox
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


def test_two_people_start_one_drill(committed: Any, shelves: None) -> None:
    house = make.house()
    sandbox(house)
    ben = people.account("ben", ["admin"])

    def start(by: Account) -> Drill:
        return start_drill(workflow_id=house.workflow.pk, scenario="wrong_prices", by=by, at=make.now())

    first, second = duel(lambda: start(house.people.ada), lambda: start(ben))
    assert isinstance(second, Refusal)
    assert (second.code, second.answer) == ("drill_running", {"drill": str(first.pk)})
    assert Drill.objects.count() == 1
