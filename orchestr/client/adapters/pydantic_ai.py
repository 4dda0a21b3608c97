"""Pydantic AI: a governed tool is a deferred call until people have decided, whatever process goes on with it.

```python
from orchestr.client.adapters.pydantic_ai import governed_tool, results

@governed_tool(door, workflow="clearance", summary="Reprice {sku}")
def set_price(run, sku: str, cents: int):
    price = run.resource("variant", sku).field("price", channel="web-de")
    yield price.change(Money(cents, "EUR"))

agent = Agent(model, tools=[set_price], output_type=[str, DeferredToolRequests])
first = agent.run_sync("Clear what does not sell.")       # first.output are requests: keep them and the messages
if (told := results(first.output, door)) is not None:     # later, anywhere
    agent.run_sync(message_history=first.all_messages(), deferred_tool_results=told)
```
"""

from collections.abc import Callable
from typing import Any

from pydantic_ai import CallDeferred, DeferredToolRequests, DeferredToolResults, RunContext, Tool

from orchestr.client.adapters.calls import WAIT_S, Call, Governed, Outcome, Reasoning
from orchestr.client.orchestr import Orchestr
from orchestr.client.reasoned import Reasoned


def governed_tool[**P](
    door: Orchestr,
    *,
    workflow: str,
    summary: str,
    wait_s: float = WAIT_S,
    model: str = "",
    prompt: str = "",
    prompt_version: str = "",
    **content: Any,
) -> Callable[[Reasoning[P]], Tool[Any]]:
    """A tool for an agent, which must have `DeferredToolRequests` among its output types.

    The model that calls it stands in the proposal's lineage, unless `model` names another.
    """

    reasoned = Reasoned(model, prompt, prompt_version)

    def wrap(reasoning: Reasoning[P]) -> Tool[Any]:
        governed: Governed[Any] = Governed(
            reasoning, door, workflow=workflow, summary=summary, wait_s=wait_s, reasoned=reasoned, content=content
        )

        def act(ctx: RunContext[Any], **given: Any) -> dict[str, Any]:
            assert ctx.tool_call_id is not None
            found = governed.propose(Call(ctx.tool_call_id, ctx.model.model_name), **given)
            if found.waits:
                raise CallDeferred(metadata=dict(found.told))
            return dict(found.told)

        return Tool(governed.dressed(act, context=RunContext[Any]), takes_ctx=True)

    return wrap


def results(requests: DeferredToolRequests, door: Orchestr) -> DeferredToolResults | None:
    """What became of all calls that Orchestr holds; None while people have yet to decide on one of them.

    Calls of other tools are left to whoever answers them: add those to the results.
    """
    held = {id: told["proposal"] for id, told in requests.metadata.items() if "proposal" in told}
    found = {id: Outcome.of(door.proposal(proposal)) for id, proposal in held.items()}
    if any(each.waits for each in found.values()):
        return None
    return requests.build_results(calls={id: dict(each.told) for id, each in found.items()})
