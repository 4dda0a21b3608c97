"""OpenAI Agents SDK: a governed tool asks for approval until people have decided, whatever process goes on with it.

```python
from orchestr.client.adapters.openai_agents import governed_tool, settled

@governed_tool(door, workflow="clearance", summary="Reprice {sku}")
def set_price(run, sku: str, cents: int):
    price = run.resource("variant", sku).field("price", channel="web-de")
    yield price.change(Money(cents, "EUR"))

agent = Agent(name="repricer", tools=[set_price])
state = Runner.run_sync(agent, "Clear what does not sell.").to_state()     # keep state.to_json()
if settled(state, door):                                                   # later, anywhere
    Runner.run_sync(agent, state)
```
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from agents import Agent, FunctionTool, RunContextWrapper, RunState, function_tool
from agents.tool_context import ToolContext

from orchestr.client.adapters.calls import WAIT_S, Governed, Outcome, Reasoning, outcome
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
) -> Callable[[Reasoning[P]], FunctionTool]:
    """A function tool. Its run is interrupted while people have yet to decide."""

    reasoned = Reasoned(model, prompt, prompt_version)

    def wrap(reasoning: Reasoning[P]) -> FunctionTool:
        governed: Governed[Any] = Governed(
            reasoning, door, workflow=workflow, summary=summary, wait_s=wait_s, reasoned=reasoned, content=content
        )

        async def undecided(ctx: RunContextWrapper[Any], given: Mapping[str, Any], call: str) -> bool:
            return (await asyncio.to_thread(governed.propose, call, **given)).waits

        async def act(ctx: ToolContext[Any], *args: Any, **given: Any) -> str:
            return _said(await asyncio.to_thread(governed.propose, ctx.tool_call_id, *args, **given))

        return function_tool(governed.dressed(act, context=ToolContext[Any]), needs_approval=undecided)

    return wrap


def settled(state: RunState[Any, Agent[Any]], door: Orchestr) -> bool:
    """Tell a run what became of all its calls that Orchestr holds; False, and nothing told, while one still waits.

    What was written is approved to the SDK, all else rejected with the reason; interruptions of other tools are left.
    """
    held = []
    for item in state.get_interruptions():
        found = outcome(door, tool=item.tool_name or "", call=item.call_id or "")
        if found is not None:
            held.append((item, found))
    if any(found.waits for _, found in held):
        return False
    for item, found in held:
        if found.told["outcome"] == "published":
            state.approve(item)
        else:
            state.reject(item, rejection_message=_said(found))
    return True


def _said(found: Outcome) -> str:
    return json.dumps(dict(found.told), sort_keys=True)
