"""A price change that was published, a shop that sells as a test says, and a worker with a test's clock."""

from datetime import timedelta
from typing import Any

from orchestr.outcomes.measuring.models import Measurement
from orchestr.outcomes.measuring.take import measure
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, work_until_settled
from tests.execution.rollout.held import selling

DAY = 86_400
HOUR = 3_600


def prediction(**fields: Any) -> dict[str, Any]:
    """Ten to thirty per cent more pieces within a day."""
    said = {"metric": "units_7d", "direction": "up", "low": 10, "high": 30, "unit": "%", "horizon_hours": 24}
    return said | fields


def published(house: make.House, *said: dict[str, Any], **fields: Any) -> tuple[Proposal, Clock]:
    """The jacket's price 5 % down, published; nothing is measured yet."""
    changes = fields.pop("changes", None) or [house.change(after=19_000)]
    proposal = approved(house, *changes, predictions=list(said), **fields)
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    assert proposal.state == "published"
    return proposal, clock


def sells(clock: Clock, *, touched: tuple[float, float], rest: tuple[float, float] = (10, 10)) -> None:
    """What the jacket and each of the others sell an hour, before and after now."""
    selling({"JKT-1": touched, "JKT-2": rest, "BAS-1": rest}, at=clock.now)


def measure_after(clock: Clock, seconds: float) -> int:
    """Look now, so that the looks are noted, and again when so much time has passed."""
    measure(clock=clock)
    clock.pass_by(seconds)
    return measure(clock=clock)


def measured(proposal: Proposal, horizon_h: int = 24) -> Measurement:
    return Measurement.objects.get(proposal=proposal, horizon_h=horizon_h)


A_DAY_LATER = DAY + HOUR
A_WEEK_LATER = 7 * DAY + HOUR
PATIENCE = timedelta(hours=48)
