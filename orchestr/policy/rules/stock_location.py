"""Stock goes to valid locations only."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, texts
from orchestr.policy.rule import Case, Rule, Tally

NAME = "stock_location"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    closed: tuple[str, ...] = texts(
        unit="locations", tighter="more", help="Locations to which no stock goes, whatever the systems say."
    )
    functions: tuple[str, ...] = functions(
        "merchandising", help="Who would have to confirm an exception, or a change where no location is declared valid."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "text")
    for item in case.of("stock"):
        location = item.address.location
        if item.allowed_locations is None:
            tally.add("locations_unknown", "dual", item.index, functions=params.functions, value=location)
        if location in params.closed or (item.allowed_locations is not None and location not in item.allowed_locations):
            tally.add("location_not_allowed", "refuse", item.index, functions=params.functions, value=location)
    return tally.findings()


RULE = Rule(name=NAME, title="Valid stock locations", params=Params, judge=judge, excepted_by=())
