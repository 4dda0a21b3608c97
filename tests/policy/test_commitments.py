"""Which changes concern a lock or a promise, and break it: asked of the promise alone, whatever rule asks."""

from typing import Any

import pytest

from orchestr.policy.commitments import breaks_quote
from orchestr.policy.facts.around import CommitmentFacts
from tests.policy.cases import AT, copy, eur, price, stock


def quote(**more: Any) -> CommitmentFacts:
    base: dict[str, Any] = {"id": "q1", "kind": "quote", "until": AT + 1, "price": eur(9_000), "items": (0,)}
    return CommitmentFacts(**{**base, **more})


@pytest.mark.parametrize("item", [stock(9_001), stock(None), copy("9,001"), copy(None)])
def test_a_quote_is_broken_by_prices_alone(item: Any) -> None:
    assert not breaks_quote(quote(), item)


@pytest.mark.parametrize("after", [9_001, None, "more"])
def test_a_quote_that_names_no_price_is_broken_by_none(after: Any) -> None:
    assert not breaks_quote(quote(price=None), price(after))
    assert breaks_quote(quote(), price(after))
