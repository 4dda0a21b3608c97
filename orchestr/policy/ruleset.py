"""A policy: a number, its rules with their parameters, and the functions that decide at the strictest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestr.policy.layers.resolve import (
    Layer,
    Match,
    Resolved,
    Spread,
    names_of,
    parse_allows,
    parse_layers,
    resolve,
    spread,
)
from orchestr.policy.parameters import DECIDING_FUNCTIONS, Comparison, ParameterRefused, compare, parse, specs, wire
from orchestr.policy.rule import Rule
from orchestr.policy.rules import RULES
from orchestr.policy.values import Json, digest

SHAPE = {"functions", "rules"}
OPTIONAL = {"layers", "allows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One rule with the parameters a policy gives it."""

    rule: Rule
    params: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`functions` are demanded, one person each, of whatever must be judged strictest.

    `layers` set parameters for a site, segment or workflow; `allows` names those that a layer may loosen.
    """

    number: int
    settings: tuple[Setting, ...]
    functions: tuple[str, ...]
    layers: tuple[Layer, ...] = ()
    allows: frozenset[str] = frozenset()
    judged_classes: frozenset[str] = field(init=False)
    _spreads: dict[tuple[Match, ...], Spread] = field(init=False, repr=False, compare=False, default_factory=dict)
    _met: dict[Match, dict[str, Resolved]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        classes = frozenset(name for setting in self.settings for name in setting.rule.judges)
        object.__setattr__(self, "judged_classes", classes)

    def resolved(self, match: Match) -> dict[str, Resolved]:
        """The rules as they hold where these layers meet, worked out once for each meeting."""
        if match not in self._met:
            base = {setting.rule.name: setting.params for setting in self.settings}
            self._met[match] = resolve(base, allows=self.allows, layers=self.layers, match=match)
        return self._met[match]

    def spread(self, matches: tuple[Match, ...]) -> Spread:
        """The rules as they hold over these meetings of layers, worked out once for each set of them."""
        if matches not in self._spreads:
            self._spreads[matches] = spread({match: self.resolved(match) for match in matches})
        return self._spreads[matches]

    def wire(self) -> dict[str, Json]:
        """What a rulebook row keeps: every parameter written out, rules by name. A policy without layers names none."""
        out: dict[str, Json] = {
            "functions": list(self.functions),
            "rules": [
                {"rule": setting.rule.name, "params": wire(setting.params)}
                for setting in sorted(self.settings, key=lambda setting: setting.rule.name)
            ],
        }
        if self.layers:
            out["layers"] = [layer.to_wire() for layer in self.layers]
        if self.allows:
            out["allows"] = sorted(self.allows)
        return out

    def digest(self) -> str:
        return digest(self.wire())


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One parameter that differs between two policies; `parameter` "" is the whole rule.

    `layer` names the site, segment or workflow that sets it; None there means that this layer leaves it alone.
    """

    rule: str
    parameter: str
    before: Json
    after: Json
    comparison: Comparison
    layer: str = ""


def parse_policy(raw: Json, *, number: int) -> Policy:
    """Read `{"functions": […], "rules": [{"rule", "params"}]}`. Raises ParameterRefused (a ValueRefused)
    for an unknown rule or parameter, a rule that stands twice, or a value out of bounds."""
    if not isinstance(raw, Mapping) or not SHAPE <= set(raw) <= SHAPE | OPTIONAL or not isinstance(raw["rules"], list):
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
    allows = parse_allows(raw.get("allows", []))
    base = {name: setting.params for name, setting in settings.items()}
    return Policy(
        number=number,
        settings=tuple(settings.values()),
        functions=tuple(sorted(set(functions))),
        layers=parse_layers(raw.get("layers", []), base=base, allows=allows),
        allows=allows,
    )


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
    return found + _layers_differ(old, new)


def _layers_differ(old: Policy, new: Policy) -> list[Difference]:
    """What the layers set otherwise, each target looked at alone, and what may be loosened otherwise.

    A name that may be loosened replaces what stands above it wherever layers meet: such a change counts as mixed.
    """
    found = []
    before, after = ({layer.name: layer for layer in each.layers} for each in (old, new))
    may_loosen = new.allows.union(*(layer.allows for layer in new.layers))
    for target in sorted(before.keys() | after.keys()):
        was, now = before.get(target), after.get(target)
        sides = [
            each.resolved(((each.layers.index(layer), True),)) if layer else each.resolved(())
            for each, layer in ((old, was), (new, now))
        ]
        for dotted in sorted(names_of([layer for layer in (was, now) if layer])):
            rule, _, parameter = dotted.partition(".")
            values = [_said(layer, rule, parameter) for layer in (was, now)]
            if values[0] == values[1]:
                continue
            way: Comparison = "mixed"
            if dotted not in may_loosen and rule in sides[0] and rule in sides[1]:
                spec = specs(RULES[rule].params)[parameter]
                way = compare(spec, *(getattr(side[rule].params, parameter) for side in sides))
            elif dotted not in may_loosen:
                way = "looser" if rule not in sides[1] else _arrival(RULES[rule], old)
            found.append(
                Difference(
                    rule=rule, parameter=parameter, before=values[0], after=values[1], comparison=way, layer=target
                )
            )
        for rule in sorted(_alone(was, now) | _alone(now, was)):
            gone = was is not None and rule in was.overrides
            found.append(
                Difference(
                    rule=rule,
                    parameter="",
                    before=None if not gone else {},
                    after=None if gone else {},
                    comparison="looser" if gone else _arrival(RULES[rule], old),
                    layer=target,
                )
            )
        found += _allows_differ(was.allows if was else frozenset(), now.allows if now else frozenset(), target)
    return found + _allows_differ(old.allows, new.allows, "")


def _said(layer: Layer | None, rule: str, parameter: str) -> Json:
    """What a layer sets, as JSON; None where it leaves the parameter alone."""
    if layer is None:
        return None
    for row in layer.to_wire()["rules"]:
        if row["rule"] == rule and parameter in row["params"]:
            return {"set": row["params"][parameter]}
    return None


def _alone(layer: Layer | None, other: Layer | None) -> frozenset[str]:
    """The rules that a layer brings in at their defaults, and of which the other says nothing."""
    if layer is None:
        return frozenset()
    named = other.overrides if other else {}
    return frozenset(rule for rule, values in layer.overrides.items() if not values and rule not in named)


def _allows_differ(old: frozenset[str], new: frozenset[str], layer: str) -> list[Difference]:
    if old == new:
        return []
    way: Comparison = "tighter" if not new - old else "mixed" if old - new else "looser"
    return [Difference(rule="", parameter="allows", before=sorted(old), after=sorted(new), comparison=way, layer=layer)]


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
