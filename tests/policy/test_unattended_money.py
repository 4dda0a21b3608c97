"""The rolling budgets in money, and what they leave of a day."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.unattended.asked import Asked
from orchestr.policy.unattended.day import Reach, worst_day
from orchestr.policy.unattended.money import Piece, Rooms, within
from tests.policy.adversary.worlds import loosened, priced, sold, who
from tests.policy.cases import AT, eur

PIECES = st.lists(st.builds(Piece, st.integers(-5, 60), st.integers(0, 40)), max_size=6)


@settings(max_examples=300, deadline=None)
@given(PIECES, st.integers(0, 100))
def test_no_choice_of_pieces_within_the_room_loses_more(pieces: list[Piece], room: int) -> None:
    """Every choice, against the best in parts; which is no more than the best choice and one piece."""
    best, largest = 0, max((max(0, piece.gain) for piece in pieces), default=0)
    for chosen in range(2 ** len(pieces)):
        taken = [piece for place, piece in enumerate(pieces) if chosen >> place & 1]
        if sum(piece.used for piece in taken) <= room:
            best = max(best, sum(piece.gain for piece in taken))
    assert best <= within(pieces, room) <= best + largest
    assert within(pieces, None) == sum(max(0, piece.gain) for piece in pieces)


@pytest.mark.parametrize(("room", "lost"), [(0, 0), (1, 5), (2, 10), (3, 13), (4, 15), (5, 18), (6, 20), (7, 20)])
def test_the_best_for_what_it_takes_comes_first_and_the_last_in_part_rounded_up(room: int, lost: int) -> None:
    assert within([Piece(10, 4), Piece(10, 2)], room) == lost


def rooms(**changed: Any) -> Rooms:
    return Rooms(Asked(loosened(price_change={"single_over_bp": 100}, **changed), at=AT))


@pytest.mark.parametrize("scope", ["agent", "segment", "sku"])
@pytest.mark.parametrize("amount", [0, 1, 2, 77_777])
def test_the_room_is_the_budget(scope: Any, amount: int) -> None:
    given = rooms(**{f"budget_{scope}": {"margin_day": (eur(amount, "excluded"),)}})
    assert given.room(scope, "margin", priced().item, [who()]) == amount
    assert given.deepest(priced().item, [who()]) == amount


@pytest.mark.parametrize("scope", ["agent", "segment"])
def test_revenue_has_a_room_of_its_own(scope: Any) -> None:
    given = rooms(**{f"budget_{scope}": {"revenue_day": (eur(500, "excluded"),)}})
    assert given.room(scope, "revenue", priced().item, [who()]) == 500
    for revenue, fits in ((None, True), (eur(500, "excluded"), True), (eur(501, "excluded"), False)):
        assert given.fits(replace(priced().item, net_revenue_7d=revenue), [who()]) is fits
    assert given.room("sku", "revenue", priced().item, [who()]) is None


def test_the_budget_of_a_week_holds_in_a_day_as_well() -> None:
    given = rooms(budget_agent={"margin_week": (eur(300, "excluded"),)})
    assert given.room("agent", "margin", priced().item, [who()]) == 300


def test_a_budget_that_asks_nobody_is_no_limit() -> None:
    given = rooms(budget_agent={"margin_day": (eur(5, "excluded"),), "over_effect": "info"})
    assert given.room("agent", "margin", priced().item, [who()]) is None


def day(
    *positions: Any, changes: int | None = None, units: int = 10, agents: int = 1, **budgets: Any
) -> tuple[int, int]:
    policy = loosened(price_change={"single_over_bp": 100}, **budgets)
    reaches = [
        Reach(
            proposer=replace(who(f"flow-{number}"), agent=f"agent-{number}"),
            positions=positions,
            changes_per_day=changes,
        )
        for number in range(agents)
    ]
    sales = {each.sales[0]: sold(units) for each in positions}
    losses = worst_day(reaches, sales, policy, at=AT).losses
    return sum(loss.revenue for loss in losses), sum(loss.margin for loss in losses)


def margin(amount: int) -> dict[str, Any]:
    return {"margin_day": (eur(amount, "excluded"),)}


def test_a_day_gives_up_no_more_than_the_budget_of_its_agent_at_the_pace_of_a_day() -> None:
    """Ten units a day of the ten a week that the item says: what a week gives up, a day loses."""
    assert day(priced()) == (10_000, 10_000)
    assert day(priced(), budget_agent=margin(2_500)) == (2_500, 2_500)
    assert day(priced(), units=5, budget_agent=margin(2_500)) == (1_250, 1_250)


def test_two_agents_have_two_budgets_and_one_segment_has_one() -> None:
    two = (priced(0), priced(1))
    assert day(*two, agents=2, budget_agent=margin(2_500)) == (5_000, 5_000)
    assert day(*two, agents=2, budget_segment=margin(2_500)) == (2_500, 2_500)
    assert day(*two, agents=2, budget_sku=margin(2_500)) == (5_000, 5_000)


def test_one_sku_on_two_channels_has_one_budget() -> None:
    one, other = priced(0), priced(1)
    beside = replace(
        other,
        item=replace(other.item, id="SKU-0", channel="market", address=replace(other.item.address, channel="market")),
    )
    assert day(one, beside, budget_sku=margin(2_500)) == (2_500, 2_500)


def test_each_change_moves_the_revenue_of_a_week() -> None:
    """Ten steps of one per cent, each of them 1.19 gross or less: three pass."""
    earning = priced(net_revenue_7d=eur(100_000, "excluded"))
    assert day(earning) == (10_000, 10_000)
    assert day(earning, budget_agent={"revenue_day": (eur(99_999, "excluded"),)}) == (0, 0)
    lost, _ = day(earning, budget_agent={"revenue_day": (eur(300_000, "excluded"),)})
    assert 2_900 < lost < 3_000
