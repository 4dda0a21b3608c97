"""Agents that change the same thing in turn answer each other: people look before the second one."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "many_agents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    within_hours: int = number(
        24,
        unit="hours",
        tighter="higher",
        maximum=168,
        help="For how long a thing that another agent changed counts as changed by it.",
    )
    effect: Effect = effect("single", help="What follows where another agent changed or proposes the same thing.")
    functions: tuple[str, ...] = functions(help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    facts = case.facts
    if facts.around is None or not facts.around.others or facts.proposer_kind != "agent":
        return ()
    since = facts.at - params.within_hours * 3600
    tally = Tally(NAME, "text")
    met: dict[int, tuple[str, str]] = {}
    for other in sorted(facts.around.others, key=lambda each: each.proposal):
        if other.agent and other.agent != facts.proposer and (other.open or other.at >= since):
            for index in other.items:
                met.setdefault(index, (other.agent, other.proposal))
    for index in sorted(met.keys() & {item.index for item in case.items}):
        agent, proposal = met[index]
        tally.add(
            "many_agents", params.effect, index, functions=params.functions, value=agent, params={"proposal": proposal}
        )
    return tally.findings()


RULE = Rule(name=NAME, title="Several agents on one thing", params=Params, judge=judge)
