"""Work that fights over one thing is held together: people choose between it, unless a ranking has chosen already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestr.policy.facts.around import OtherFacts
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.objectives import fighting, goes_before, is_pair, is_ranked
from orchestr.policy.parameters import effect, functions, number, texts
from orchestr.policy.rule import Case, Rule, Tally

NAME = "contested"
MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    agents: int = number(
        3,
        unit="agents",
        tighter="lower",
        minimum=2,
        help="From how many agents on one thing their work is held together.",
    )
    within_hours: int = number(
        24,
        unit="hours",
        tighter="higher",
        maximum=168,
        help="For how long an agent that changed the thing counts among them.",
    )
    fights: tuple[str, ...] = texts(
        "margin:up/stock:down",
        "margin:up/units:up",
        unit="pairs",
        tighter="more",
        help="Objectives that work against each other, as margin:up/stock:down; up and down of one always do.",
        valid=is_pair,
    )
    ranking: tuple[str, ...] = texts(
        unit="ranks",
        tighter="more",
        help="Which of two that fight goes before, as margin:up>stock:down: the other one is refused while it is open.",
        valid=is_ranked,
    )
    effect: Effect = effect("single", help="What follows where several agents meet, or what they are for fights.")
    functions: tuple[str, ...] = functions(help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    around = case.facts.around
    if around is None or not around.others:
        return ()
    others = [each for each in around.others if not each.superseded]
    tally = Tally(NAME)
    here = [item.index for item in case.items]
    _many(tally, case.facts, params, others, here)
    _fighting(tally, around.objectives, params, others, here)
    return tally.findings()


def _many(tally: Tally, facts: Facts, params: Params, others: Sequence[OtherFacts], here: Iterable[int]) -> None:
    """One that was published counts for a while, one that is open as long as it is."""
    since = facts.at - params.within_hours * 3600
    counted = [each for each in others if each.agent and (each.open or each.at >= since)]
    own = {facts.proposer} if facts.proposer_kind == "agent" else set()
    met: dict[int, set[str]] = {}
    named: set[str] = set()
    for index in here:
        there = [each for each in counted if index in each.items]
        agents = own | {each.agent for each in there}
        if len(agents) >= params.agents and any(each.open for each in there):
            met[index] = agents
            named |= {each.proposal for each in there}
    for index, agents in met.items():
        told = {"count": len(agents), "proposals": sorted(named)[:MOST_NAMED]}
        tally.add("contested_many", params.effect, index, functions=params.functions, severity=len(agents), params=told)


def _fighting(
    tally: Tally, objectives: Sequence[str], params: Params, others: Sequence[OtherFacts], here: Iterable[int]
) -> None:
    """Against what is open alone: what was published has won already."""
    against: dict[str, tuple[OtherFacts, str, str, bool | None]] = {}
    for other in sorted(others, key=lambda each: each.proposal):
        pairs = fighting(objectives, other.objectives, params.fights) if other.open else []
        if pairs:
            ranks = [goes_before(one, theirs, params.ranking) for one, theirs in pairs]
            rank = False if False in ranks else (None if None in ranks else True)
            against[other.proposal] = (other, *pairs[ranks.index(rank)], rank)
    for code, rank in (("outranked", False), ("contested_objectives", None), ("outranks", True)):
        fits = [each for each in against.values() if each[3] is rank]
        if not fits:
            continue
        named = [each[0].proposal for each in fits][:MOST_NAMED]
        told = {"mine": fits[0][1], "theirs": fits[0][2], "count": len(fits), "proposals": named}
        what: Effect = "refuse" if rank is False else params.effect
        met = {index for each in fits for index in each[0].items}
        for index in here:
            if index in met:
                tally.add(code, what, index, functions=params.functions, params=told)


RULE = Rule(name=NAME, title="Work that fights over one thing", params=Params, judge=judge)
