"""The rules of a draft with one thing of its layers changed, in the shape a policy version keeps."""

from collections.abc import Mapping
from typing import Any

from orchestr.policy.layers.resolve import LEVELS
from orchestr.policy.values import Json

EVERYTHING = "everything"


def with_override(rules: Mapping[str, Json], *, layer: str, rule: str, parameter: str, value: Json) -> dict[str, Json]:
    """`layer` is `level:key`. An empty parameter brings the rule in at its defaults there."""
    layers = _layers(rules)
    place = layers.setdefault(layer, _empty(layer))
    rows = {row["rule"]: dict(row["params"]) for row in place["rules"]}
    rows.setdefault(rule, {})
    if parameter:
        rows[rule][parameter] = value
    return _put(rules, layers | {layer: place | {"rules": _rows(rows)}})


def without_override(rules: Mapping[str, Json], *, layer: str, rule: str, parameter: str) -> dict[str, Json]:
    """The same without what the layer says of this parameter; a layer that says nothing more is gone."""
    layers = _layers(rules)
    if layer not in layers:
        return dict(rules)
    place = layers[layer]
    rows = {row["rule"]: dict(row["params"]) for row in place["rules"]}
    if rule in rows:
        rows[rule].pop(parameter, None)
        if not rows[rule]:
            del rows[rule]
    return _put(rules, layers | {layer: place | {"rules": _rows(rows)}})


def with_allow(rules: Mapping[str, Json], *, layer: str, name: str, allowed: bool) -> dict[str, Json]:
    """What a layer, or everything, lets those below it loosen."""
    if layer == EVERYTHING:
        names = set(rules.get("allows", [])) | {name} if allowed else set(rules.get("allows", [])) - {name}
        rest = {key: part for key, part in rules.items() if key != "allows"}
        return rest | {"allows": sorted(names)} if names else rest
    layers = _layers(rules)
    place = layers.setdefault(layer, _empty(layer))
    names = set(place.get("allows", [])) | {name} if allowed else set(place.get("allows", [])) - {name}
    return _put(rules, layers | {layer: place | {"allows": sorted(names)}})


def _layers(rules: Mapping[str, Json]) -> dict[str, dict[str, Any]]:
    return {f"{row['layer']}:{row['key']}": dict(row) for row in rules.get("layers", [])}


def _empty(layer: str) -> dict[str, Any]:
    level, _, key = layer.partition(":")
    return {"layer": level, "key": key, "rules": []}


def _rows(rows: Mapping[str, Mapping[str, Json]]) -> list[Json]:
    return [{"rule": rule, "params": dict(params)} for rule, params in sorted(rows.items())]


def _put(rules: Mapping[str, Json], layers: Mapping[str, Mapping[str, Any]]) -> dict[str, Json]:
    kept = [
        {key: part for key, part in place.items() if key != "allows" or part}
        for place in layers.values()
        if place["rules"] or place.get("allows")
    ]
    kept.sort(key=lambda place: (LEVELS.index(place["layer"]) if place["layer"] in LEVELS else 9, place["key"]))
    rest = {key: part for key, part in rules.items() if key != "layers"}
    return rest | {"layers": kept} if kept else rest
