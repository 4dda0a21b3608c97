"""What counts as starting more: each of these takes a second person above shadow."""

from dataclasses import replace

import pytest

from orchestr.triggers.definition import Cap, Condition, Definition, Holds, Quiet, Storm, Watch
from orchestr.triggers.looser import is_looser

LOW = Condition(field="on_hand", test="below", value=5)
BEFORE = Definition(
    types=("stock.slow",),
    sources=("erp",),
    conditions=(LOW,),
    value="price",
    bucket=100,
    holds=Holds(
        manual_edit_s=60, other_agent_s=60, protected=("tents",), quiet=Quiet(begins="22:00", ends="06:00", zone="UTC")
    ),
    cap=Cap(runs=3, per_s=3_600),
)

LOOSER = {
    "types": replace(BEFORE, types=("stock.slow", "stock.low")),
    "sources": replace(BEFORE, sources=()),
    "conditions": replace(BEFORE, conditions=()),
    "kind": replace(BEFORE, on="change", watch=Watch(field="price")),
    "intent": replace(BEFORE, intent="buy"),
    "window": replace(BEFORE, window_s=10),
    "bucket": replace(BEFORE, bucket=10),
    "manual edit": replace(BEFORE, holds=replace(BEFORE.holds, manual_edit_s=None)),
    "other agent": replace(BEFORE, holds=replace(BEFORE.holds, other_agent_s=10)),
    "protected": replace(BEFORE, holds=replace(BEFORE.holds, protected=())),
    "incident": replace(BEFORE, holds=replace(BEFORE.holds, incident=False)),
    "quiet": replace(BEFORE, holds=replace(BEFORE.holds, quiet=None)),
    "cap": replace(BEFORE, cap=None),
    "cap runs": replace(BEFORE, cap=Cap(runs=4, per_s=3_600)),
    "cap span": replace(BEFORE, cap=Cap(runs=3, per_s=60)),
    "storm": replace(BEFORE, storm=Storm(events=2_000)),
}
NARROWER = {
    "same": BEFORE,
    "conditions": replace(BEFORE, conditions=(LOW, Condition(field="kind", test="given"))),
    "window": replace(BEFORE, window_s=3_000),
    "value": replace(BEFORE, value="", bucket=0),
    "manual edit": replace(BEFORE, holds=replace(BEFORE.holds, manual_edit_s=600)),
    "protected": replace(BEFORE, holds=replace(BEFORE.holds, protected=("tents", "jackets"))),
    "cap": replace(BEFORE, cap=Cap(runs=1, per_s=3_600)),
    "storm": replace(BEFORE, storm=Storm(events=10)),
}


@pytest.mark.parametrize("after", LOOSER.values(), ids=LOOSER)
def test_what_may_start_more_is_looser(after: Definition) -> None:
    assert is_looser(BEFORE, after)


@pytest.mark.parametrize("after", NARROWER.values(), ids=NARROWER)
def test_what_starts_less_or_the_same_is_not(after: Definition) -> None:
    assert not is_looser(BEFORE, after)


@pytest.mark.parametrize("definition", [BEFORE, *LOOSER.values(), *NARROWER.values()])
def test_a_definition_is_read_back_as_it_was_written(definition: Definition) -> None:
    assert Definition.parse(definition.wire()) == definition  # type: ignore[arg-type]
