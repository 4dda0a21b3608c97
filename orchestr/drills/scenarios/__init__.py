"""The failures that can be rehearsed."""

from orchestr.drills.scenarios.base import Scenario
from orchestr.drills.scenarios.hostile_copy import HOSTILE_COPY
from orchestr.drills.scenarios.owner_absent import OWNER_ABSENT
from orchestr.drills.scenarios.shop_down import SHOP_DOWN
from orchestr.drills.scenarios.stale_feed import STALE_FEED
from orchestr.drills.scenarios.storm import STORM
from orchestr.drills.scenarios.wrong_prices import WRONG_PRICES

SCENARIOS: dict[str, Scenario] = {
    each.name: each for each in (WRONG_PRICES, STORM, SHOP_DOWN, STALE_FEED, HOSTILE_COPY, OWNER_ABSENT)
}
