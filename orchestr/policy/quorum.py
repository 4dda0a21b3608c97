"""Who is still needed. One person counts once, and fills one of the functions demanded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestr.policy.facts.proposal import DeciderFacts
from orchestr.policy.findings import TIER_RANK, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's approval, with the functions they hold. Two of one person are one."""

    person: str
    functions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is still needed: so many more persons, among them one for each of `functions`.

    Where somebody holds several functions, `functions` is one way to read what is left; `helps` are
    all the functions of which one more holder would bring it nearer.
    """

    persons: int
    functions: tuple[str, ...]
    helps: tuple[str, ...]

    @property
    def met(self) -> bool:
        return self.persons == 0


def persons_needed(tier: Tier, functions: Sequence[str]) -> int:
    """As many as the tier says, and never fewer than there are functions to fill."""
    return max(TIER_RANK[tier], len(set(functions)))


def missing(*, tier: Tier, functions: Sequence[str], approvals: Iterable[Approval]) -> Missing:
    """What a tier with these functions lacks, given these approvals."""
    wanted = sorted(set(functions))
    held = _by_person(approvals)
    needed = persons_needed(tier, wanted)
    filled = _match(wanted, held)
    unfilled = tuple(function for function in wanted if function not in filled)
    others = min(len(held) - len(filled), needed - len(wanted))
    helps = tuple(
        function for function in wanted if unfilled and len(_match(wanted, {**held, "": {function}})) > len(filled)
    )
    return Missing(persons=needed - len(filled) - others, functions=unfilled, helps=helps)


def would_help(*, tier: Tier, functions: Sequence[str], approvals: Sequence[Approval], one_more: Approval) -> bool:
    """Whether this person's approval would bring it nearer. False for somebody who has approved already."""
    now = missing(tier=tier, functions=functions, approvals=approvals)
    then = missing(tier=tier, functions=functions, approvals=[*approvals, one_more])
    return then.persons < now.persons


def can_be_met(*, tier: Tier, functions: Sequence[str], deciders: Iterable[DeciderFacts]) -> bool:
    """Whether these people together could decide it at all."""
    needed = persons_needed(tier, functions)
    if not functions:  # anybody will do
        return sum(decider.persons for decider in deciders) >= needed
    people = [
        Approval(person=f"{group}.{number}", functions=frozenset(decider.functions))
        for group, decider in enumerate(deciders)
        for number in range(min(decider.persons, needed))
    ]
    return missing(tier=tier, functions=functions, approvals=people).met


def _by_person(approvals: Iterable[Approval]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for approval in approvals:
        held.setdefault(approval.person, set()).update(approval.functions)
    return held


def _match(wanted: Sequence[str], held: Mapping[str, set[str]]) -> dict[str, str]:
    """The largest assignment of distinct persons to functions (augmenting paths; both sides are tiny)."""
    holder: dict[str, str] = {}

    def place(function: str, tried: set[str]) -> bool:
        for person in sorted(held):
            if function in held[person] and person not in tried:
                tried.add(person)
                taken = next((other for other, who in holder.items() if who == person), None)
                if taken is None or place(taken, tried):
                    holder[function] = person
                    return True
        return False

    for function in wanted:
        place(function, set())
    return holder
