"""What a history is about: approved change sets of several kinds, none due before its history begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestr.catalogue.models import Resource
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import approved
from tests.faults import shares

NOT_YET = "2100-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One approved proposal that waits for its history; `prices` are the variants whose price it changes."""

    proposal: Proposal
    prices: tuple[str, ...]
    whole: bool
    rollout: bool = False
    staged: bool = False


type Kind = Callable[[make.House, int], ChangeSet]


def approved_sets(house: make.House, *, count: int, kinds: Sequence[Kind]) -> list[ChangeSet]:
    """So many approved sets, one kind after another."""
    sets = [kinds[number % len(kinds)](house, number) for number in range(count)]
    Proposal.objects.filter(pk__in=[each.proposal.pk for each in sets]).update(ready_at=NOT_YET)
    return sets


def _one_price(house: make.House, number: int) -> ChangeSet:
    key = _variant(house, f"ONE-{number}")
    return ChangeSet(approved(house, _lower(house, key)), (key,), whole=False)


def _two_prices(house: make.House, number: int) -> ChangeSet:
    keys = (_variant(house, f"TWO-{number}-A"), _variant(house, f"TWO-{number}-B"))
    return ChangeSet(approved(house, *(_lower(house, key) for key in keys)), keys, whole=False)


def _count_in_two_systems(house: make.House, number: int) -> ChangeSet:
    fewer = _fewer(_counted(house, f"CNT-{number}"))
    proposal = approved(house, fewer, evidence=False, atomicity="all_or_compensate")
    assert len(proposal.versions.get(number=proposal.number).plan) == 2
    return ChangeSet(proposal, (), whole=True)


def _in_shares(house: make.House, number: int) -> ChangeSet:
    """Three prices, of which two go first."""
    keys = tuple(_variant(house, f"SHR-{number}-{letter}") for letter in "ABC")
    proposal = approved(house, *(_lower(house, key) for key in keys), rollout=shares.TERMS)
    return ChangeSet(proposal, keys, whole=False, rollout=True)


def _staged_prices(house: make.House, number: int) -> ChangeSet:
    """Three prices that are staged and go live together, or not at all."""
    keys = tuple(_variant(house, f"STG-{number}-{letter}") for letter in "ABC")
    proposal = approved(house, *(_lower(house, key) for key in keys), atomicity="all_or_compensate")
    return ChangeSet(proposal, keys, whole=True, staged=True)


def _staged_price_and_count(house: make.House, number: int) -> ChangeSet:
    """A price that is staged and a count of two systems that cannot be: all of it or none."""
    key, stock = _variant(house, f"MIX-{number}"), _counted(house, f"MIC-{number}")
    proposal = approved(house, _lower(house, key), _fewer(stock), atomicity="all_or_compensate")
    return ChangeSet(proposal, (key,), whole=True, staged=True)


PLAIN: tuple[Kind, ...] = (_one_price, _count_in_two_systems, _one_price, _two_prices)
SHARED: tuple[Kind, ...] = (_in_shares, _staged_prices, _in_shares, _staged_price_and_count)


def _counted(house: make.House, key: str) -> str:
    stock = make.resource("stock", key, segments=[house.jackets], systems=[house.shop, house.erp])
    for system in (house.shop, house.erp):
        make.value(stock, system, "on_hand", 40, make.HAMBURG)
    return key


def _fewer(key: str) -> dict[str, Any]:
    return {"type": "stock", "id": key, "field": "on_hand", "address": make.HAMBURG.wire(), "before": 40, "after": 38}


def _variant(house: make.House, key: str) -> str:
    return make.variant(key, house.jackets, shop=house.shop, erp=house.erp).key


def _lower(house: make.House, key: str) -> dict[str, Any]:
    return house.change(Resource.objects.get(type="variant", key=key), after=19_000)
