"""A change set that means one thing: no address twice, nothing outside every segment."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions
from orchestr.policy.rule import Case, Rule, Tally

NAME = "shape"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    functions: tuple[str, ...] = functions(
        "merchandising", help="Who must be among the two for a change outside every segment."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Two changes of one value would each look small; which of them is meant, nobody can say."""
    tally = Tally(NAME)
    seen: set[tuple[object, ...]] = set()
    for item in case.items:
        place = (item.system, item.type, item.id, item.field, item.address)
        if place in seen:
            tally.add("address_twice", "refuse", item.index, functions=params.functions)
        seen.add(place)
        if not item.segments:
            tally.add("no_segment", "dual", item.index, functions=params.functions)
    return tally.findings()


RULE = Rule(name=NAME, title="Shape of the change set", params=Params, judge=judge, excepted_by=())
