"""Every state × verb pair of every chart is allowed or refused on purpose."""

import ast
import itertools
from pathlib import Path

import pytest

from orchestr.chart import Chart
from orchestr.execution.rollout.states import ROLLOUT_CHART
from orchestr.execution.staging.states import STAGING_CHART
from orchestr.execution.states import BREAKER_CHART, EXECUTION_CHART, ITEM_CHART
from orchestr.proposals.states import CHART as PROPOSAL_CHART
from orchestr.refusal import Refusal
from orchestr.runs.briefs.states import BRIEF_CHART
from orchestr.runs.states import CHART as RUN_CHART

CHARTS = (
    PROPOSAL_CHART,
    EXECUTION_CHART,
    ITEM_CHART,
    RUN_CHART,
    BREAKER_CHART,
    ROLLOUT_CHART,
    STAGING_CHART,
    BRIEF_CHART,
)
PAIRS = [
    (chart, verb, source) for chart in CHARTS for verb, source in itertools.product(chart.verbs, (None, *chart.states))
]
FINAL = {
    "proposal": {"reverted"},
    "execution": {"done", "stopped"},
    "brief": {"declined", "ended"},
    "run": {"finished", "failed", "stopped"},
    "rollout": {"went_on", "put_back", "ended"},
}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("chart", "verb", "source"), PAIRS, ids=lambda part: getattr(part, "noun", str(part)))
def test_a_pair_without_an_arrow_is_refused_and_says_the_state(chart: Chart, verb: str, source: str | None) -> None:
    drawn = any((arrow.verb, arrow.source) == (verb, source) for arrow in chart.arrows)
    if drawn:
        chart.require(verb, source, about={})
        return
    with pytest.raises(Refusal) as refused:
        chart.require(verb, source, about={})
    assert (refused.value.status, refused.value.params["state"]) == (409, str(source))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.noun)
def test_nothing_leads_out_of_a_final_state(chart: Chart) -> None:
    for state in FINAL.get(chart.noun, ()):
        assert not [arrow for arrow in chart.arrows if arrow.source == state]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.noun)
def test_every_state_can_be_reached(chart: Chart) -> None:
    reached = {str(arrow.target) for arrow in chart.arrows}
    assert set(chart.states) <= reached


def test_only_the_owner_assigns_state() -> None:
    """`.state =` stands only in the room that owns the noun."""
    owners = (
        "orchestr/proposals/",
        "orchestr/execution/",
        "orchestr/drills/",
        "orchestr/runs/",
        "orchestr/triggers/briefs/",
        "orchestr/governance/",
        "orchestr/rulebook/",
        "orchestr/people/paging/",
        "audit/exporting/",
    )
    found = {
        str(path.relative_to(ROOT))
        for room in ("orchestr", "reviews", "audit")
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and _assigns_state(path)
    }
    assert [path for path in sorted(found) if not path.startswith(owners)] == []


def _assigns_state(path: Path) -> bool:
    """Whether some `x.state = …`, or an `.update(state=…)`, stands in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            return any(keyword.arg == "state" for keyword in node.keywords)
    return False
