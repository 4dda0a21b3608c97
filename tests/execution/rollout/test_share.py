"""Which things go first is the same whoever asks, and says so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.execution.rollout.share import first_share


def _plan(*keys: str) -> list[dict[str, Any]]:
    return [{"index": index, "type": "variant", "id": key} for index, key in enumerate(keys)]


def test_one_thing_goes_out_whole() -> None:
    assert first_share(_plan("A", "A"), digest="d", share_bp=1_000) == frozenset()


@pytest.mark.parametrize(
    ("count", "share_bp", "expected"), [(2, 1_000, 1), (100, 1_000, 10), (100, 50, 1), (109, 1_000, 10), (2, 9_000, 1)]
)
def test_the_share_is_rounded_down_at_least_one_and_never_all(count: int, share_bp: int, expected: int) -> None:
    plan = _plan(*(f"S-{n}" for n in range(count)))
    assert len(first_share(plan, digest="d", share_bp=share_bp)) == expected


def test_all_changes_of_one_thing_go_together() -> None:
    plan = _plan("A", "B", "A", "B")
    assert first_share(plan, digest="d", share_bp=5_000) in (frozenset({0, 2}), frozenset({1, 3}))


def test_another_version_draws_anew() -> None:
    plan = _plan(*(f"S-{n}" for n in range(200)))
    assert first_share(plan, digest="d", share_bp=1_000) != first_share(plan, digest="e", share_bp=1_000)


@given(keys=st.lists(st.sampled_from("ABCDEFGH"), min_size=2, max_size=20), share_bp=st.integers(1, 9_000))
def test_the_order_of_the_changes_does_not_matter(keys: list[str], share_bp: int) -> None:
    plan = _plan(*keys)
    chosen = first_share(plan, digest="d", share_bp=share_bp)
    assert first_share(plan[::-1], digest="d", share_bp=share_bp) == chosen
    assert len(chosen) < len(plan)
    assert bool(chosen) == (len(set(keys)) > 1)
