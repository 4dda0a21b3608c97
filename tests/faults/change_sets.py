"""What a history is about: approved change sets of three kinds, none due before its history begins."""

from dataclasses import dataclass
from typing import Any

from orchestr.catalogue.models import Resource
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import approved

NOT_YET = "2100-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One approved proposal that waits for its history; `prices` are the variants whose price it changes."""

    proposal: Proposal
    prices: tuple[str, ...]
    whole: bool


def approved_sets(house: make.House, *, count: int) -> list[ChangeSet]:
    """So many approved sets: one price; two prices, each for itself; a count over two systems, all or none of it."""
    sets = [_SETS[number % len(_SETS)](house, number) for number in range(count)]
    Proposal.objects.filter(pk__in=[each.proposal.pk for each in sets]).update(ready_at=NOT_YET)
    return sets


def _one_price(house: make.House, number: int) -> ChangeSet:
    key = _variant(house, f"ONE-{number}")
    return ChangeSet(approved(house, _lower(house, key)), (key,), whole=False)


def _two_prices(house: make.House, number: int) -> ChangeSet:
    keys = (_variant(house, f"TWO-{number}-A"), _variant(house, f"TWO-{number}-B"))
    return ChangeSet(approved(house, *(_lower(house, key) for key in keys)), keys, whole=False)


def _count_in_two_systems(house: make.House, number: int) -> ChangeSet:
    key = f"CNT-{number}"
    stock = make.resource("stock", key, segments=[house.jackets], systems=[house.shop, house.erp])
    for system in (house.shop, house.erp):
        make.value(stock, system, "on_hand", 40, make.HAMBURG)
    change = {"type": "stock", "id": key, "field": "on_hand", "address": make.HAMBURG.wire(), "before": 40, "after": 38}
    proposal = approved(house, change, evidence=False, atomicity="all_or_compensate")
    assert len(proposal.versions.get(number=proposal.number).plan) == 2
    return ChangeSet(proposal, (), whole=True)


_SETS = (_one_price, _count_in_two_systems, _one_price, _two_prices)


def _variant(house: make.House, key: str) -> str:
    return make.variant(key, house.jackets, shop=house.shop, erp=house.erp).key


def _lower(house: make.House, key: str) -> dict[str, Any]:
    return house.change(Resource.objects.get(type="variant", key=key), after=19_000)
