"""The canary's share: drawn once, about as large as it says, and only ever growing with it."""

from uuid import UUID, uuid5

import pytest

from orchestr.workflows.share import thing_of, within

SEED = UUID("018f3c2a-7b10-7c00-8000-000000000001")
THINGS = [f"SKU-{number}" for number in range(10_000)]


def share(seed: UUID, bp: int) -> set[str]:
    return {thing for thing in THINGS if within(seed, thing, bp)}


@pytest.mark.parametrize("bp", [100, 1_000, 5_000])
def test_it_is_about_as_large_as_it_says(bp: int) -> None:
    # A fixed seed, so the count is the same on every machine; ten standard deviations would be wider than this.
    assert abs(len(share(SEED, bp)) - bp) < 200


def test_a_larger_share_keeps_what_was_in_the_smaller() -> None:
    assert share(SEED, 500) < share(SEED, 1_000) < share(SEED, 10_000)
    assert share(SEED, 10_000) == set(THINGS)


def test_another_seed_draws_others() -> None:
    assert share(SEED, 1_000) != share(uuid5(SEED, "another"), 1_000)


def test_whatever_changes_of_one_sku_is_one_thing() -> None:
    price = {"sku": "JKT-1", "type": "variant", "id": "JKT-1", "field": "price"}
    stock = {"sku": "JKT-1", "type": "stock", "id": "JKT-1", "field": "on_hand"}
    promotion = {"sku": "", "type": "promotion", "id": "SPRING", "field": "definition"}
    assert thing_of(price) == thing_of(stock) == "JKT-1"
    assert thing_of(promotion) == "promotion/SPRING"
