"""What a rule is, and the small machinery that all of them share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestr.policy.budgets.standing import StandingFacts
from orchestr.policy.budgets.uses import Uses, uses_of
from orchestr.policy.facts.proposal import EvidenceFacts, Facts, ItemFacts
from orchestr.policy.fieldclass import FieldClass
from orchestr.policy.findings import Effect, Finding, Measure, Unit
from orchestr.policy.promotions.reading import Promotion, promotion_after
from orchestr.policy.risk import BASE
from orchestr.policy.values import Json


class Case:
    """Facts with their items in order and sorted by class once, for all rules."""

    __slots__ = ("_by_class", "_promotions", "_standing", "_uses", "evidence", "facts", "items")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.items: Sequence[ItemFacts] = sorted(facts.items, key=lambda item: item.index)
        self.evidence: Mapping[str, EvidenceFacts] = {one.id: one for one in facts.evidence}
        by_class: dict[str, list[ItemFacts]] = {}
        for item in self.items:
            by_class.setdefault(item.field_class, []).append(item)
        self._by_class = by_class
        self._promotions: Sequence[tuple[ItemFacts, Promotion]] | None = None
        self._uses: Uses | None = None
        self._standing: dict[tuple[str, str], list[StandingFacts]] | None = None

    def of(self, field_class: FieldClass) -> Sequence[ItemFacts]:
        return self._by_class.get(field_class, ())

    @property
    def promotions(self) -> Sequence[tuple[ItemFacts, Promotion]]:
        """The changes of promotions, each with the promotion it leads to: read once for all rules that ask."""
        if self._promotions is None:
            self._promotions = tuple((item, promotion_after(item)) for item in self.of("promotion"))
        return self._promotions

    @property
    def uses(self) -> Uses:
        """What the proposal takes of the rolling budgets, worked out once for all rules that ask."""
        if self._uses is None:
            around = self.facts.around
            self._uses = uses_of(self.facts, "" if around is None else around.family)
        return self._uses

    @property
    def standing(self) -> Mapping[tuple[str, str], Sequence[StandingFacts]]:
        """What is taken of the rolling budgets already, by scope and key."""
        if self._standing is None:
            found: dict[tuple[str, str], list[StandingFacts]] = {}
            around = self.facts.around
            for row in () if around is None else around.standing:
                found.setdefault((row.scope, row.purse.key), []).append(row)
            self._standing = found
        return self._standing

    @property
    def classes(self) -> Iterable[str]:
        return self._by_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `judges` are the classes for which it decides how many people a change needs at least:
    a class that no rule of a policy judges is judged strictest. `excepted_by` are the functions of which two
    persons confirm an exception of its refusals; none: never."""

    name: str
    title: str
    params: type[Any]
    judge: Callable[[Case, Any], Iterable[Finding]]
    judges: frozenset[FieldClass] = field(default_factory=frozenset)
    excepted_by: tuple[str, ...] = ("finance", "merchandising")


class Tally:
    """Collects the items of one rule that share a code and an effect into one finding."""

    __slots__ = ("_groups", "_rule", "_unit")

    def __init__(self, rule: str, unit: Unit = "") -> None:
        self._rule = rule
        self._unit = unit
        self._groups: dict[tuple[str, Effect], _Group] | None = None  # most rules find nothing

    def add(
        self,
        code: str,
        effect: Effect,
        index: int,
        *,
        functions: tuple[str, ...] = (),
        value: Measure = None,
        threshold: Measure = None,
        severity: int = 0,
        extra: int = 0,
        params: Mapping[str, Json] | None = None,
    ) -> None:
        """Note one item. The worst is the one of greatest `severity`, then of lowest index; `extra`
        weight counts beside the effect's own."""
        groups = self._groups
        if groups is None:
            groups = self._groups = {}
        group = groups.get((code, effect))
        if group is None:
            group = groups[(code, effect)] = _Group(functions, index, severity, value, threshold, extra, params)
        else:
            if functions != group.functions:
                group.functions = tuple(sorted({*functions, *group.functions}))
            group.extra = max(group.extra, extra)
            if (severity, -index) > (group.severity, -group.worst):
                group.worst, group.severity, group.value = index, severity, value
                group.threshold, group.params = threshold, params
        group.items.append(index)

    def findings(self, *, discloses: str = "") -> list[Finding]:
        if self._groups is None:
            return []
        return [
            Finding(
                rule=self._rule,
                code=code,
                effect=effect,
                functions=group.functions,
                value=group.value,
                threshold=group.threshold,
                unit="" if group.value is None else self._unit,
                items=tuple(sorted(set(group.items))),
                worst=group.worst,
                weight=BASE[effect] + group.extra,
                discloses=discloses,
                params=group.params or {},
            )
            for (code, effect), group in self._groups.items()
        ]


class _Group:
    __slots__ = ("extra", "functions", "items", "params", "severity", "threshold", "value", "worst")

    def __init__(
        self,
        functions: tuple[str, ...],
        worst: int,
        severity: int,
        value: Measure,
        threshold: Measure,
        extra: int,
        params: Mapping[str, Json] | None,
    ) -> None:
        self.functions = functions
        self.worst = worst
        self.severity = severity
        self.value = value
        self.threshold = threshold
        self.extra = extra
        self.params = params
        self.items: list[int] = []
