"""A price change on three variants that goes out in shares, and a shop that sells as a test says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import shelf

from orchestr.connectors.base import SalesBucket
from orchestr.execution.models import Execution
from orchestr.execution.rollout.look import look
from orchestr.execution.rollout.models import Rollout
from orchestr.policy.values import Money
from orchestr.proposals.models import Proposal
from orchestr.workflows.rollout import Terms
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, work

HOUR = 3_600
TERMS = Terms(share_bp=1_000, hold_s=HOUR)


def proposed(house: make.House, **fields: Any) -> Proposal:
    """Three prices 5 % down, approved; the first share is one of them."""
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    return approved(house, *changes, **({"rollout": TERMS} | fields))


def held(house: make.House, **fields: Any) -> tuple[Proposal, Clock]:
    """The same, its first share written and held."""
    proposal = proposed(house, **fields)
    clock = clock_after_window()
    work(clock)
    assert rollout_of(proposal).state == "holding"
    return proposal, clock


def rollout_of(proposal: Proposal) -> Rollout:
    return Rollout.objects.select_related("execution").get(execution__proposal=proposal)


def first_of(proposal: Proposal) -> str:
    """The key of the variant that went first."""
    execution = Execution.objects.get(proposal=proposal, kind="apply")
    return str(execution.items.get(later=False).resource.key)


def selling(per_hour: Mapping[str, tuple[int, int]], *, at: datetime) -> None:
    """What each variant sells an hour, before and after `at`, at 100.00 a piece, on web-de."""

    def sums(since: datetime, until: datetime) -> tuple[SalesBucket, ...]:
        found = []
        for key, (before, after) in per_hour.items():
            hours_before = max(timedelta(), min(until, at) - since) / timedelta(hours=1)
            hours_after = max(timedelta(), until - max(since, at)) / timedelta(hours=1)
            units = round(before * hours_before + after * hours_after)
            net = Money.parse({"amount": units * 10_000, "currency": "EUR", "exponent": 2, "tax": "excluded"})
            found.append(SalesBucket(id=key, channel="web-de", start=since, end=until, units=units, net_revenue=net))
        return tuple(found)

    shelf.SHELVES["shop"].selling = sums


def sells(proposal: Proposal, clock: Clock, *, first: tuple[int, int], rest: tuple[int, int] = (100, 100)) -> None:
    """What the first share and each of the rest sell an hour, before and after now."""
    chosen = first_of(proposal)
    selling({key: first if key == chosen else rest for key in ("JKT-1", "JKT-2", "BAS-1")}, at=clock.now)


def look_after(clock: Clock, seconds: float) -> int:
    clock.pass_by(seconds)
    return look(clock=clock)
