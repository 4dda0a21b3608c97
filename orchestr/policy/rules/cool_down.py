"""A value that one agent has just changed cools down: no other agent changes it at once, unless people say so.

Agents that answer each other's changes never end by themselves; people may change the value at any time, and two of
them may let an agent by with an exception.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "cool_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    minutes: int = number(
        15,
        unit="minutes",
        tighter="higher",
        maximum=10_080,
        help="For how long no other agent changes a value that an agent has changed; 0: it may at once.",
    )
    own_minutes: int = number(
        0,
        unit="minutes",
        tighter="higher",
        maximum=10_080,
        help="For how long an agent leaves alone what it has changed itself; 0: it need not.",
    )
    effect: Effect = effect("refuse", help="What follows where an agent would change a value that cools down.")
    functions: tuple[str, ...] = functions("merchandising", help="Who decides then, or confirms an exception.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    facts = case.facts
    if facts.around is None or facts.proposer_kind != "agent":
        return ()
    ends: dict[int, tuple[int, str, str]] = {}
    for other in facts.around.others:
        if other.open or not other.agent:
            continue
        minutes = params.own_minutes if other.agent == facts.proposer else params.minutes
        until = other.at + minutes * 60
        if minutes and until > facts.at:  # moments are whole seconds: one may have been rounded up past now
            for index in other.addresses:
                ends[index] = max(ends.get(index, (0, "", "")), (until, other.agent, other.proposal))
    tally = Tally(NAME, "text")
    for index in sorted(ends.keys() & {item.index for item in case.items}):
        until, agent, proposal = ends[index]
        tally.add(
            "cooling_down",
            params.effect,
            index,
            functions=params.functions,
            severity=until,
            value=datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
            params={"agent": agent, "proposal": proposal, "until": until},
        )
    return tally.findings()


RULE = Rule(name=NAME, title="Cooling down", params=Params, judge=judge)
