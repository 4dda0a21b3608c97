"""The charts, pair by pair: what the table allows is allowed, everything else is refused."""

import pytest

from orchestr.chart import Chart
from orchestr.execution.states import BREAKER_CHART, EXECUTION_CHART, ITEM_CHART
from orchestr.refusal import Refusal

CHARTS = (EXECUTION_CHART, ITEM_CHART, BREAKER_CHART)
PAIRS = [
    (chart, verb, source, target)
    for chart in CHARTS
    for verb in chart.verbs
    for source in (None, *chart.states)
    for target in chart.states
]
ARROWS = {
    (chart.noun, arrow.verb, None if arrow.source is None else str(arrow.source), str(arrow.target))
    for chart in CHARTS
    for arrow in chart.arrows
}


@pytest.mark.parametrize(("chart", "verb", "source", "target"), PAIRS)
def test_a_pair_is_allowed_exactly_where_the_table_has_its_arrow(
    chart: Chart, verb: str, source: str | None, target: str
) -> None:
    if (chart.noun, verb, source, target) in ARROWS:
        chart.require(verb, source, target, about={})
        return
    with pytest.raises(Refusal) as refused:
        chart.require(verb, source, target, about={})
    assert refused.value.code == "not_in_this_state"


def test_no_arrow_leaves_what_is_over() -> None:
    assert not [arrow for arrow in EXECUTION_CHART.arrows if str(arrow.source) in ("done", "stopped")]


def test_an_applied_item_never_becomes_anything_else() -> None:
    final = {"applied", "restored", "compensated", "kept", "irreversible"}
    assert not [arrow for arrow in ITEM_CHART.arrows if str(arrow.source) in final]
