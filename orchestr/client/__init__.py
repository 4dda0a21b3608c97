"""A typed client for agents: the whole of the agents' door, on httpx alone.

```python
from orchestr.client import Orchestr, governed

door = Orchestr("http://127.0.0.1:8000", token)

@governed(door, workflow="clearance", summary="Clear jackets that do not sell", confidence=0.8)
def clear(run):
    for jacket in run.resources(type="variant", segment="apparel/jackets"):
        price = jacket.field("price", channel="web-de")
        if jacket.units_7d is not None and jacket.units_7d < 5:
            yield price.change(price.money.percent(-5))

proposal = clear()  # people decide; nothing is written before
```
"""

from orchestr.client.door import Lost, Refused
from orchestr.client.governed import governed
from orchestr.client.measured import Measured, Prediction
from orchestr.client.orchestr import Orchestr
from orchestr.client.proposal import Decision, Proposal
from orchestr.client.pushes import Forged, Push, read_push
from orchestr.client.run import Run
from orchestr.client.values import Change, Field, Money, Resource

__all__ = [
    "Change",
    "Decision",
    "Field",
    "Forged",
    "Lost",
    "Measured",
    "Money",
    "Orchestr",
    "Prediction",
    "Proposal",
    "Push",
    "Refused",
    "Resource",
    "Run",
    "governed",
    "read_push",
]
