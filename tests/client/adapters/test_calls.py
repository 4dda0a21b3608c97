"""One call of a tool, asked after by its id alone."""

from orchestr.client import Change, Orchestr, Run
from orchestr.client.adapters.calls import Call, Governed, outcome
from orchestr.client.reasoned import Reasoned
from orchestr.proposals.models import Version
from orchestr.runs.models import Run as RunRow
from tests import make
from tests.client.adapters.conftest import People, reprice


def governed(door: Orchestr, workflow: str = "clearance", cents: int = 19_000, **reasoned: str) -> Governed[[]]:
    def set_price(run: Run) -> list[Change]:
        return reprice(run, "JKT-1", cents)

    return Governed(
        set_price,
        door,
        workflow=workflow,
        summary="Reprice",
        wait_s=0,
        reasoned=Reasoned(**reasoned),
        content={"confidence": 0.9},
    )


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


def lineage() -> tuple[list[str], list[dict[str, str]]]:
    told = Version.objects.get().lineage
    return told["models"], told["prompts"]


def test_a_proposal_keeps_what_its_tool_says_it_reasoned_with(house: make.House, door: Orchestr) -> None:
    governed(door, model="m-1", prompt="clear stock", prompt_version="7").propose("call-1")
    assert lineage() == (["m-1"], [{"id": "clear-stock", "version": "7"}])


def test_the_model_that_made_the_call_is_named_unless_the_tool_names_another(house: make.House, door: Orchestr) -> None:
    governed(door).propose(Call("call-1", "big model\n v2" + "x" * 200))
    ((model,), prompts) = lineage()
    assert (model[:14], len(model), prompts) == ("big-model-v2xx", 120, [])
    assert Reasoned(model="mine").with_model("theirs").model == "mine"


def test_where_nothing_is_named_no_step_is_reported(house: make.House, door: Orchestr) -> None:
    governed(door, prompt_version="7").propose("call-1")
    assert (lineage(), RunRow.objects.get().step_count) == (([], []), 0)
