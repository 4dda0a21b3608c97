"""Wrong prices: a thing for a tenth of its price. Policy must refuse it or ask two people; nothing of it may stand."""

from orchestr.drills.agent import Wanted, begin_run, observe, propose, read_target, value_in
from orchestr.drills.common import contained, detected, put_back
from orchestr.drills.expect import Expectation
from orchestr.drills.models import Drill
from orchestr.drills.scenarios.base import Clock, Scenario
from orchestr.drills.step import step


def propose_a_tenth(drill: Drill, clock: Clock) -> bool:
    """The price of the target as somebody would type it who slips by a digit."""
    read = read_target(drill, at=clock())
    before = value_in(drill, read)
    wanted = Wanted(
        "This price should be a tenth.",
        "A rehearsal: the decimal point has slipped by one place.",
        before | {"amount": max(1, before["amount"] // 10)},
    )
    with step(drill) as locked:
        at = clock()
        run = begin_run(locked, name="price", at=at)
        propose(locked, run, wanted, before=before, evidence=observe(run, read, at=at), at=at)
    return True


WRONG_PRICES = Scenario(
    name="wrong_prices",
    kinds=frozenset({"money"}),
    acts=(propose_a_tenth,),
    expectations=(
        Expectation("detected", detected),
        Expectation("contained", contained),
        Expectation("put_back", put_back),
    ),
)
