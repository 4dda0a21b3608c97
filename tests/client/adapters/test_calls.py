"""One call of a tool, asked after by its id alone."""

from orchestr.client import Change, Orchestr, Run
from orchestr.client.adapters.calls import Governed, outcome
from orchestr.runs.models import Run as RunRow
from tests import make
from tests.client.adapters.conftest import People, reprice


def governed(door: Orchestr, workflow: str = "clearance", cents: int = 19_000) -> Governed[[]]:
    def set_price(run: Run) -> list[Change]:
        return reprice(run, "JKT-1", cents)

    return Governed(set_price, door, workflow=workflow, summary="Reprice", wait_s=0, content={"confidence": 0.9})


def test_a_call_for_which_two_workflows_started_is_told_by_the_later(
    house: make.House, people: People, door: Orchestr
) -> None:
    first = governed(door).propose("call-1")
    people.block("Not below 195.")
    make.workflow(house.agent, key="outlet", owner=house.people.mia, segments=list(house.workflow.segments.all()))
    with door.start_run("outlet", event="call-1", event_type="tool.called", source="tool/set_price"):
        pass
    assert RunRow.objects.count() == 2
    assert first.told["outcome"] == "waiting"
    told = outcome(door, tool="set_price", call="call-1")
    assert told is not None
    assert told.told["outcome"] == "nothing_to_change", "the later run proposed nothing"


def test_a_call_that_was_never_made_is_unknown(house: make.House, door: Orchestr) -> None:
    assert outcome(door, tool="set_price", call="call-1") is None


def test_a_call_whose_run_failed_may_be_made_again(house: make.House, door: Orchestr) -> None:
    with door.start_run("clearance", event="call-1", event_type="tool.called", source="tool/set_price") as run:
        run.finish("failed")
    found = outcome(door, tool="set_price", call="call-1")
    assert found is not None
    assert (found.waits, found.told["outcome"]) == (False, "not_proposed")
    assert found.told["next"]
