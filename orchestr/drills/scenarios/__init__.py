"""The failures that can be rehearsed."""

from orchestr.drills.scenarios.base import Scenario
from orchestr.drills.scenarios.wrong_prices import WRONG_PRICES

SCENARIOS: dict[str, Scenario] = {each.name: each for each in (WRONG_PRICES,)}
