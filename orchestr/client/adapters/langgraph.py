"""LangGraph: a governed tool interrupts its graph until people have decided, whatever process goes on with it.

```python
from orchestr.client.adapters.langgraph import governed_tool, resume

@governed_tool(door, workflow="clearance", summary="Reprice {sku}")
def set_price(run, sku: str, cents: int):
    price = run.resource("variant", sku).field("price", channel="web-de")
    yield price.change(Money(cents, "EUR"))

graph.invoke({...}, config)      # a node calls set_price(sku="JKT-1", cents=19_000): the thread waits
resume(graph, config, door)      # later, anywhere: goes on once nothing of it waits any more
```

The graph needs a checkpointer that outlives the process. What people decided is read from Orchestr and never from
what a thread is resumed with.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config
from langgraph.pregel import Pregel
from langgraph.types import Command, interrupt

from orchestr.client.adapters.calls import WAIT_S, Governed, Outcome, Reasoning
from orchestr.client.orchestr import Orchestr
from orchestr.client.reasoned import Reasoned

type Json = Any


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
) -> Callable[[Reasoning[P]], Callable[P, Mapping[str, Json]]]:
    """A function for nodes and tools of a graph: it answers what became of the changes that it yields."""

    reasoned = Reasoned(model, prompt, prompt_version)

    def wrap(reasoning: Reasoning[P]) -> Callable[P, Mapping[str, Json]]:
        governed = Governed(
            reasoning, door, workflow=workflow, summary=summary, wait_s=wait_s, reasoned=reasoned, content=content
        )

        def act(*args: P.args, **kwargs: P.kwargs) -> Mapping[str, Json]:
            call = _call(governed.name, args, kwargs)
            found = governed.propose(call, *args, **kwargs)
            while found.waits:  # a node runs anew from its start each time its thread goes on
                interrupt(dict(found.told))
                found = governed.propose(call, *args, **kwargs)
            return found.told

        return governed.dressed(act)

    return wrap


def resume(graph: Pregel[Any, Any, Any, Any], config: RunnableConfig, door: Orchestr) -> Any | None:
    """Go on with a thread once people have decided on all that Orchestr holds of it; None while something still waits.

    Interrupts of the graph's own are left to whoever answers them: the thread goes on without them, and waits there.
    """
    waiting = {each.id: each.value["proposal"] for each in graph.get_state(config).interrupts if _ours(each.value)}
    found = {id: Outcome.of(door.proposal(proposal)) for id, proposal in waiting.items()}
    if not found or any(each.waits for each in found.values()):
        return None
    return graph.invoke(Command(resume={id: dict(each.told) for id, each in found.items()}), config)


def _ours(value: Json) -> bool:
    return isinstance(value, Mapping) and value.get("outcome") == "waiting" and isinstance(value.get("proposal"), str)


def _call(tool: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """The same for a node that runs anew, another for its next turn and for other arguments."""
    here = get_config()["configurable"]
    said = json.dumps(
        [tool, here["thread_id"], here.get("checkpoint_ns", ""), args, kwargs], sort_keys=True, default=str
    )
    return hashlib.sha256(said.encode()).hexdigest()
