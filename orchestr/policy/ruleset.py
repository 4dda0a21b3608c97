"""A policy: a number, its rules with their parameters, and the functions that decide at the strictest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestr.policy.parameters import DECIDING_FUNCTIONS, Comparison, ParameterRefused, compare, parse, specs, wire
from orchestr.policy.rule import Rule
from orchestr.policy.rules import RULES
from orchestr.policy.values import Json, digest

SHAPE = {"functions", "rules"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One rule with the parameters a policy gives it."""

    rule: Rule
    params: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`functions` are demanded, one person each, of whatever must be judged strictest."""

    number: int
    settings: tuple[Setting, ...]
    functions: tuple[str, ...]
    judged_classes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        classes = frozenset(name for setting in self.settings for name in setting.rule.judges)
        object.__setattr__(self, "judged_classes", classes)

    def wire(self) -> dict[str, Json]:
        """What a rulebook row keeps: every parameter written out, rules by name."""
        return {
            "functions": list(self.functions),
            "rules": [
                {"rule": setting.rule.name, "params": wire(setting.params)}
                for setting in sorted(self.settings, key=lambda setting: setting.rule.name)
            ],
        }

    def digest(self) -> str:
        return digest(self.wire())


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One parameter that differs between two policies; `parameter` "" is the whole rule."""

    rule: str
    parameter: str
    before: Json
    after: Json
    comparison: Comparison


def parse_policy(raw: Json, *, number: int) -> Policy:
    """Read `{"functions": […], "rules": [{"rule", "params"}]}`. Raises ParameterRefused (a ValueRefused)
    for an unknown rule or parameter, a rule that stands twice, or a value out of bounds."""
    if not isinstance(raw, Mapping) or set(raw) != SHAPE or not isinstance(raw["rules"], list):
        raise ParameterRefused("policy_shape", "A policy is an object with functions and a list of rules.")
    functions = raw["functions"]
    if not isinstance(functions, list) or not functions or not set(functions) <= set(DECIDING_FUNCTIONS):
        raise ParameterRefused("policy_functions", "The functions of a policy are among those that decide.")
    settings: dict[str, Setting] = {}
    for row in raw["rules"]:
        setting = _setting(row)
        if setting.rule.name in settings:
            raise ParameterRefused("rule_twice", f"The rule {setting.rule.name} stands twice.", rule=setting.rule.name)
        settings[setting.rule.name] = setting
    return Policy(number=number, settings=tuple(settings.values()), functions=tuple(sorted(set(functions))))


def differences(old: Policy, new: Policy) -> list[Difference]:
    """What changed, parameter by parameter, and which way: for the page, and to know what loosens."""
    before = {setting.rule.name: setting for setting in old.settings}
    after = {setting.rule.name: setting for setting in new.settings}
    found = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            gone = name not in after
            found.append(
                Difference(
                    rule=name,
                    parameter="",
                    before=wire(before[name].params) if name in before else None,
                    after=wire(after[name].params) if name in after else None,
                    comparison="looser" if gone else _arrival(after[name].rule, old),
                )
            )
            continue
        for parameter, spec in specs(before[name].rule.params).items():
            was, is_now = getattr(before[name].params, parameter), getattr(after[name].params, parameter)
            if (way := compare(spec, was, is_now)) != "same":
                values = wire(before[name].params)[parameter], wire(after[name].params)[parameter]
                found.append(
                    Difference(rule=name, parameter=parameter, before=values[0], after=values[1], comparison=way)
                )
    if old.functions != new.functions:
        fewer = not set(old.functions) <= set(new.functions)
        found.append(
            Difference(
                rule="",
                parameter="functions",
                before=list(old.functions),
                after=list(new.functions),
                comparison="looser" if fewer else "tighter",
            )
        )
    return found


def loosens(old: Policy, new: Policy) -> bool:
    """Whether anything could be judged less strictly: such a change needs a second person."""
    return any(difference.comparison in ("looser", "mixed") for difference in differences(old, new))


def _arrival(rule: Rule, old: Policy) -> Comparison:
    """A rule that takes a class out of `unknown_change` replaces the strictest by its own bands."""
    return "tighter" if rule.judges <= old.judged_classes else "mixed"


def _setting(row: Json) -> Setting:
    if not isinstance(row, Mapping) or not {"rule"} <= set(row) <= {"rule", "params"}:
        raise ParameterRefused("rule_shape", "A row of a policy is an object with rule and params.")
    rule = RULES.get(row["rule"]) if isinstance(row["rule"], str) else None
    if rule is None:
        raise ParameterRefused("unknown_rule", f"There is no rule called {row['rule']!r}.", rule=str(row["rule"])[:60])
    return Setting(rule=rule, params=parse(rule.name, rule.params, row.get("params", {})))
