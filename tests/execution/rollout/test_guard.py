"""What the numbers of a first share say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.execution.rollout.guard import Numbers, Said, Sold, decide, measures
from orchestr.refusal import Refusal
from orchestr.workflows.rollout import Default, Terms, most_careful

TERMS = Terms(units_bp=5_000, revenue_bp=3_000, errors_bp=2_000, least_units=30)


def _numbers(
    before: int, since: int, *, rest: tuple[int, int] = (1_000, 1_000), price: tuple[int, int] = (100, 100), failed: int = 0,
    drifted: int = 0, told: bool = True,
) -> Numbers:  # fmt: skip
    return Numbers(
        items=10, failed=failed, drifted=drifted, told=told, currency="EUR",
        first=Sold(before, since, before * price[0], since * price[1]),
        rest=Sold(*rest, rest[0] * 100, rest[1] * 100),
    )  # fmt: skip


CASES = (
    ("as before goes on once the time is over", _numbers(100, 100), True, Said("go_on", "guard_held")),
    ("as before is looked at again until then", _numbers(100, 100), False, Said("look_again", "time_not_over")),
    ("half the units and less is put back at once", _numbers(100, 40), False, Said("put_back", "units_broke")),
    ("what falls as the rest falls is no drop", _numbers(100, 40, rest=(1_000, 400)), True, Said("go_on", "guard_held")),
    ("what stands while the rest doubles is one", _numbers(100, 90, rest=(1_000, 2_000)), True, Said("put_back", "units_broke")),
    ("more units for too little money", _numbers(100, 110, price=(100, 60)), True, Said("put_back", "revenue_broke")),
    ("too few sold before: a person is asked", _numbers(29, 0), True, Said("ask", "too_few")),
    ("too few break nothing before the time is over", _numbers(29, 0), False, Said("look_again", "time_not_over")),
    ("chance alone breaks nothing", _numbers(30, 20), True, Said("go_on", "guard_held")),
    ("a small rest says nothing: its own past counts", _numbers(100, 100, rest=(5, 0)), True, Said("go_on", "guard_held")),
    ("nobody tells sales: a person is asked", _numbers(0, 0, told=False), True, Said("ask", "no_sales_told")),
    ("too many could not be written", _numbers(100, 100, failed=3), False, Said("put_back", "errors_broke")),
    ("as many as the limit could not", _numbers(100, 100, failed=2), True, Said("go_on", "guard_held")),
    ("changed by others: a person is asked", _numbers(100, 100, drifted=1), True, Said("ask", "changed_by_others")),
    ("changed by others: what it sells breaks nothing", _numbers(100, 10, drifted=1), False, Said("look_again", "time_not_over")),
    ("exactly the limit is no break", _numbers(100, 50, price=(100, 150)), True, Said("go_on", "guard_held")),
)  # fmt: skip


@pytest.mark.parametrize(("numbers", "over", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_says(numbers: Numbers, over: bool, said: Said) -> None:
    assert decide(numbers, terms=TERMS, over=over) == said


def test_without_limits_on_sales_the_time_alone_decides() -> None:
    terms = Terms(units_bp=None, revenue_bp=None)
    assert decide(_numbers(0, 0, told=False), terms=terms, over=True) == Said("go_on", "guard_held")


def test_what_it_measured_can_be_read_again() -> None:
    numbers = _numbers(100, 40)
    assert Numbers.parse(numbers.wire()) == numbers
    units = measures(numbers, TERMS)[1]
    assert (units.name, units.seen, units.expected, units.change_bp, units.limit_bp) == (
        "units",
        40,
        100,
        -6_000,
        5_000,
    )


counts = st.integers(0, 5_000)


@given(before=counts, since=counts, rest=st.tuples(counts, counts), failed=st.integers(0, 10), told=st.booleans())
def test_more_sold_never_breaks_what_less_did_not(
    before: int, since: int, rest: tuple[int, int], failed: int, told: bool
) -> None:
    less = decide(_numbers(before, since, rest=rest, failed=failed, told=told), terms=TERMS, over=True)
    more = decide(_numbers(before, since + 50, rest=rest, failed=failed, told=told), terms=TERMS, over=True)
    if less.act != "put_back":
        assert more.act != "put_back"


wishes = st.builds(
    Terms,
    share_bp=st.integers(1, 9_000), hold_s=st.integers(60, 1_209_600), least_units=st.integers(1, 100),
    units_bp=st.none() | st.integers(1, 10_000), revenue_bp=st.none() | st.integers(1, 10_000),
    errors_bp=st.none() | st.integers(1, 10_000),
)  # fmt: skip


@given(st.lists(wishes, min_size=1, max_size=4))
def test_nobody_makes_it_less_careful(listed: list[Terms]) -> None:
    together = most_careful(listed)
    assert together is not None
    for each in listed:
        assert together.share_bp <= each.share_bp
        assert together.hold_s >= each.hold_s
        assert each.units_bp is None or (together.units_bp or 0) <= each.units_bp
        assert most_careful([together, each]) == together


def test_terms_survive_the_wire_and_impossible_ones_are_refused() -> None:
    default = Default(terms=TERMS, from_tier="dual")
    assert Default.parse(default.wire()) == default
    assert (default.covers("single"), default.covers("dual")) == (False, True)
    for wrong in ({"share_bp": 0}, {"share_bp": 9_001}, {"hold_s": 59}, {"units_bp": 0}, {"least_units": 0}):
        with pytest.raises(Refusal) as refused:
            Terms(**wrong)
        assert refused.value.code == "rollout_terms"
