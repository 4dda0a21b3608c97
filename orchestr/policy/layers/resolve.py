"""Layers of a policy: everything → site → segment → workflow, and what an item's settings come to under them.

A layer sets parameters for its target. It can only be stricter than what stands above it, unless a higher one
allows the parameter by name (`allows: ["price_change.dual_over_bp"]`). Resolution is pure: the same item under
the same policy gives the same settings, and of several layers of one level the strictest wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from orchestr.policy.parameters import ParameterRefused, Spec, compare, parse, specs, wire
from orchestr.policy.rule import Rule
from orchestr.policy.rules import RULES
from orchestr.policy.values import Json, Money

Level = Literal["site", "segment", "workflow"]
LEVELS: tuple[Level, ...] = ("site", "segment", "workflow")
SHAPE = frozenset({"layer", "key", "rules", "allows"})

type Match = tuple[tuple[int, bool], ...]  # places in `Policy.layers`, and whether each may loosen for the item


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one target sets: rule → parameter → value. A rule with nothing set stands at its defaults there."""

    level: Level
    key: str
    overrides: Mapping[str, Mapping[str, Any]]
    allows: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.level}:{self.key}"

    def to_wire(self) -> dict[str, Json]:
        rows = [
            {"rule": rule, "params": {name: wire(_with(rule, {name: value}))[name] for name, value in values.items()}}
            for rule, values in sorted(self.overrides.items())
        ]
        out: dict[str, Json] = {"layer": self.level, "key": self.key, "rules": rows}
        return out | {"allows": sorted(self.allows)} if self.allows else out


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The parameters of one rule for some items, and the layers that had a say in them."""

    params: Any
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Over several meetings of layers: each rule with each of its settings and the meetings where it holds so,
    and the classes of change that are judged at each meeting."""

    rules: tuple[tuple[Rule, Resolved, tuple[Match, ...]], ...]
    judged: Mapping[Match, frozenset[str]]


def spread(settled: Mapping[Match, Mapping[str, Resolved]]) -> Spread:
    """Put together what is the same at several meetings."""
    rules = []
    for name in sorted({name for found in settled.values() for name in found}):
        by_settings: dict[Resolved, list[Match]] = {}
        for match, found in settled.items():
            if name in found:
                by_settings.setdefault(found[name], []).append(match)
        rules += [(RULES[name], resolved, tuple(matches)) for resolved, matches in by_settings.items()]
    judged = {
        match: frozenset(part for name in found for part in RULES[name].judges) for match, found in settled.items()
    }
    return Spread(rules=tuple(rules), judged=judged)


def parse_layers(raw: Json, *, base: Mapping[str, Any], allows: frozenset[str]) -> tuple[Layer, ...]:
    """Read the layers of a policy whose rules are `base`. Raises ParameterRefused, also where one would loosen."""
    if not isinstance(raw, list):
        raise ParameterRefused("layers_shape", "The layers of a policy are a list.")
    found = [_layer(row) for row in raw]
    if len({layer.name for layer in found}) != len(found):
        raise ParameterRefused("layer_twice", "A site, segment or workflow has one layer.")
    found.sort(key=lambda layer: (LEVELS.index(layer.level), layer.key))
    for layer in found:
        _refuse_looser(layer, base, allows.union(*(each.allows for each in found if _above(each, layer))))
    return tuple(found)


def parse_allows(raw: Json) -> frozenset[str]:
    """Names a lower layer may loosen: `rule.parameter`, or `rule` where it would bring in the rule itself."""
    if not isinstance(raw, list) or not all(isinstance(name, str) and _known(name) for name in raw):
        raise ParameterRefused("allows_unknown", "What a layer allows is named as rule.parameter, each of them known.")
    return frozenset(raw)


def matching(
    layers: Sequence[Layer], *, channel: str, own: Sequence[str], above: Sequence[str], workflow: str | None
) -> Match:
    """The layers that speak of an item. What has no channel reaches every site, and what lies in several segments
    belongs to each: such layers count, but loosen nothing for it."""
    found = []
    for place, layer in enumerate(layers):
        if layer.level == "site":
            here, alone = layer.key == channel or not channel, bool(channel)
        elif layer.level == "segment":
            here, alone = layer.key in own or layer.key in above, len(own) == 1
        else:
            here, alone = layer.key == workflow, True
        if here:
            found.append((place, alone))
    return tuple(found)


def resolve(
    base: Mapping[str, Any], *, allows: frozenset[str], layers: Sequence[Layer], match: Match
) -> dict[str, Resolved]:
    """The rules that hold where these layers meet. A lower layer replaces what an allowed name says, else tightens."""
    settings = {name: Resolved(params=params) for name, params in base.items()}
    allowed = allows
    for level in LEVELS:
        here = [(layers[place], alone) for place, alone in match if layers[place].level == level]
        loosening = all(alone for _, alone in here)
        for rule in sorted({rule for layer, _ in here for rule in layer.overrides}):
            said = [layer for layer, _ in here if rule in layer.overrides]
            before = settings.get(rule)
            if before is None:
                before = Resolved(params=RULES[rule].params())
                settings[rule] = Resolved(params=before.params, said=tuple(layer.name for layer in said))
            settings[rule] = _one(rule, settings[rule], said, allowed if loosening else frozenset())
        allowed = allowed.union(*(layer.allows for layer, _ in here))
    return settings


def _one(rule: str, before: Resolved, layers: Sequence[Layer], allowed: frozenset[str]) -> Resolved:
    known = specs(RULES[rule].params)
    params, said = before.params, list(before.said)
    for name in sorted({name for layer in layers for name in layer.overrides[rule]}):
        speakers = [layer for layer in layers if name in layer.overrides[rule]]
        values = [layer.overrides[rule][name] for layer in speakers]
        was = getattr(params, name)
        value = values[0] if f"{rule}.{name}" in allowed else was
        for each in values:
            value = strictest(known[name], value, each)
        if value != was:
            params = replace(params, **{name: value})
            said += [layer.name for layer in speakers if layer.name not in said]
    return Resolved(params=params, said=tuple(said))


def strictest(spec: Spec, one: Any, other: Any) -> Any:
    """A value at least as strict as both."""
    way = compare(spec, one, other)
    if way in ("same", "looser"):
        return one
    if way == "tighter":
        return other
    if spec.kind == "moneys":
        limits = {(each.currency, each.exponent, each.tax): each.amount for each in other}
        return tuple(
            Money(min(each.amount, limits[key]), *key)
            for each in one
            if (key := (each.currency, each.exponent, each.tax)) in limits
        )
    both = set(one) | set(other) if spec.tighter == "more" else set(one) & set(other)
    return tuple(sorted(both))


def _layer(row: Json) -> Layer:
    if not isinstance(row, Mapping) or not {"layer", "key", "rules"} <= set(row) <= SHAPE:
        raise ParameterRefused("layer_shape", "A layer is an object with layer, key, rules and perhaps allows.")
    level, key, rules = row["layer"], row["key"], row["rules"]
    if level not in LEVELS or not isinstance(key, str) or not 0 < len(key) <= 200 or not isinstance(rules, list):
        raise ParameterRefused("layer_shape", "A layer speaks of one site, segment or workflow by its key.")
    overrides: dict[str, Mapping[str, Any]] = {}
    for each in rules:
        if not isinstance(each, Mapping) or set(each) != {"rule", "params"} or each["rule"] not in RULES:
            raise ParameterRefused("unknown_rule", f"The layer {level}:{key} names a rule that is not known.")
        name = each["rule"]
        if name in overrides:
            raise ParameterRefused("rule_twice", f"The rule {name} stands twice in the layer {level}:{key}.", rule=name)
        whole = parse(name, RULES[name].params, each["params"])
        overrides[name] = {part: getattr(whole, part) for part in each["params"]}
    return Layer(level=cast("Level", level), key=key, overrides=overrides, allows=parse_allows(row.get("allows", [])))


def _refuse_looser(layer: Layer, base: Mapping[str, Any], allowed: frozenset[str]) -> None:
    judged = {name for rule in base for name in RULES[rule].judges}
    for rule, values in layer.overrides.items():
        if rule not in base and not RULES[rule].judges <= judged and rule not in allowed:
            raise _loosens(layer, rule, "")
        above = base.get(rule) or RULES[rule].params()
        for name, value in values.items():
            way = compare(specs(RULES[rule].params)[name], getattr(above, name), value)
            if way in ("looser", "mixed") and f"{rule}.{name}" not in allowed:
                raise _loosens(layer, rule, name)


def _loosens(layer: Layer, rule: str, parameter: str) -> ParameterRefused:
    what = f"{rule}.{parameter}" if parameter else rule
    return ParameterRefused(
        "layer_loosens",
        f"The layer {layer.name} would be less strict in {what}; a higher layer has to allow that by name.",
        rule=rule,
        parameter=parameter,
    )


def _above(one: Layer, other: Layer) -> bool:
    return LEVELS.index(one.level) < LEVELS.index(other.level)


def _known(name: str) -> bool:
    rule, _, parameter = name.partition(".")
    return rule in RULES and (not parameter or parameter in specs(RULES[rule].params))


def _with(rule: str, values: Mapping[str, Any]) -> Any:
    return replace(RULES[rule].params(), **values)


def names_of(layers: Iterable[Layer]) -> frozenset[str]:
    """Every `rule.parameter` that some layer sets."""
    return frozenset(
        f"{rule}.{name}" for layer in layers for rule, values in layer.overrides.items() for name in values
    )
