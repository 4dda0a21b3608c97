"""Findings in a reader's words: things by their names instead of their keys, every number with its unit."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, QuerySet, Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment, Site, System
from orchestr.policy.findings import Finding, Measure, Unit
from orchestr.policy.rules import RULES
from orchestr.policy.values import Json, Money
from orchestr.policy.words.findings import plain, say
from orchestr.workflows.models import Workflow
from reviews.templatetags.show import money, percent_bp, span, wire_value
from reviews.words.proposal import cause_words, field_label, function_label

NAMED: Mapping[str, type[Model]] = {
    "site": Site,
    "segment": Segment,
    "agent": Agent,
    "workflow": Workflow,
    "system": System,
}
# The gap of a code's sentence that holds a key, and what it is the key of; "value" is the finding's own.
KEYS: Mapping[str, Mapping[str, str]] = {
    "blast_radius": {"segment": "segment", "channel": "site"},
    "revenue_share": {"segment": "segment", "channel": "site"},
    "price_parity": {"channel": "site"},
    "copy_over_length": {"channel": "site"},
    "character_forbidden": {"channel": "site"},
    "launched_elsewhere": {"where": "site"},
    "duplicate_live": {"where": "system"},
    "duplicate_scheduled": {"where": "system"},
    "agent_items": {"key": "agent"},
    "agent_revenue": {"key": "agent"},
    "agent_margin": {"key": "agent"},
    "segment_items": {"key": "segment"},
    "segment_revenue": {"key": "segment"},
    "segment_margin": {"key": "segment"},
    "many_agents": {"value": "agent"},
    "cooling_down": {"agent": "agent"},
    "outside_hours": {"value": "site"},
    "source_not_allowed": {"value": "system"},
}
OF_A_KIND: Mapping[str, str | Promise] = {
    "site": gettext_lazy("site %(name)s"),
    "segment": gettext_lazy("segment %(name)s"),
    "workflow": gettext_lazy("workflow %(name)s"),
    "agent": gettext_lazy("agent %(name)s"),
    "system": gettext_lazy("system %(name)s"),
}
FROZEN: Mapping[str, str | Promise] = {
    "all": gettext_lazy("everything"),
    "segment": gettext_lazy("the segment %(name)s"),
    "workflow": gettext_lazy("the workflow %(name)s"),
    "agent": gettext_lazy("the agent %(name)s"),
    "connector": gettext_lazy("the system %(name)s"),
}
STAGES: Mapping[str, str | Promise] = {
    "shadow": gettext_lazy("shadow"),
    "canary": gettext_lazy("canary"),
    "supervised": gettext_lazy("supervised"),
    "trusted": gettext_lazy("trusted"),
}
PARTS: Mapping[str, str | Promise] = {
    "currency": gettext_lazy("the currency differs"),
    "exponent": gettext_lazy("the number of decimals differs"),
    "tax": gettext_lazy("one is with tax, the other without"),
}
EXEMPT: Mapping[str, str | Promise] = {
    "progressive": gettext_lazy("a reduction that goes further step by step"),
    "perishable": gettext_lazy("goods that perish"),
    "new_arrival": gettext_lazy("goods that are new in the range"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what findings speak of, by kind and key."""

    known: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, key: str) -> str:
        """A key that nothing stands behind any more is told as it is."""
        return self.known.get((kind, key), key)


def names_for(findings: Iterable[Finding]) -> Names:
    """The names of everything these findings speak of: one statement, or none where they speak of nothing."""
    wanted: dict[str, set[str]] = {}
    for finding in findings:
        for kind, key in _spoken_of(finding):
            wanted.setdefault(kind, set()).add(key)
    rows: list[QuerySet[Any, tuple[str, str, str]]] = [
        NAMED[kind]
        ._default_manager.filter(key__in=sorted(keys))
        .order_by()
        .annotate(of_kind=Value(kind))
        .values_list("of_kind", "key", "name")
        for kind, keys in sorted(wanted.items())
    ]
    if not rows:
        return Names()
    return Names({(kind, key): name for kind, key, name in rows[0].union(*rows[1:], all=True)})


def finding_message(finding: Finding, names: Names, *, sees_cost: bool) -> str:
    """What a rule found, in one sentence; nothing that would tell the cost to who may not see it."""
    if finding.discloses == "cost" and not sees_cost:
        return _("The rule “%(rule)s” looks at cost, which your account does not see.") % {
            "rule": rule_title(finding.rule)
        }
    if finding.code == "price_change" and finding.threshold == 0 and finding.effect != "refuse":
        return _("A price moves by %(value)s; every move needs a person.") % {
            "value": measure(finding.value, finding.unit)
        }
    return say(_worded(finding, names), translate=_, show=measure)


def rule_title(rule: str) -> str:
    return _(RULES[rule].title) if rule in RULES else rule


def layer_words(layer: str, names: Names) -> str:
    """The layers a limit comes from, by name: "site:web-uk, segment:shoes" as the finding has them."""
    return ", ".join(_of_a_kind(OF_A_KIND, part, names) for part in layer.split(", "))


def measure(value: Measure, unit: Unit) -> str:
    """A finding's number as its sentence takes it: exact, so that what lies beyond a limit reads so."""
    if isinstance(value, Money):
        return money(value.wire())
    if isinstance(value, int) and unit == "bp":
        return percent_bp(value, 2 if value % 10 else 1)
    if isinstance(value, int) and unit == "seconds":
        return lasting(value)
    return plain(value, unit)


def with_unit(finding: Finding) -> Callable[[Measure, Unit], str]:
    """How this finding's numbers are shown where no sentence stands round them: each with its unit."""

    def show(value: Measure, unit: Unit) -> str:
        if type(value) is not int or unit in ("bp", "seconds"):
            return measure(value, unit)
        return _counted(finding, value).replace("-", "−")

    return show


def _counted(finding: Finding, n: int) -> str:
    match finding.code, finding.unit:
        case (("copy_over_length" | "copy_long"), _unit):
            words = ngettext("%(n)d character", "%(n)d characters", abs(n))
        case "message_frequency", _unit:
            words = ngettext("%(n)d message", "%(n)d messages", abs(n))
        case "message_audience", _unit:
            words = ngettext("%(n)d customer", "%(n)d customers", abs(n))
        case "many_systems", _unit:
            words = ngettext("%(n)d system", "%(n)d systems", abs(n))
        case "promotions_at_once", _unit:
            words = ngettext("%(n)d promotion", "%(n)d promotions", abs(n))
        case "track_too_new", _unit:
            words = ngettext("%(n)d settled proposal", "%(n)d settled proposals", abs(n))
        case _code, "units":
            words = ngettext("%(n)d unit", "%(n)d units", abs(n))
        case _code, "persons":
            words = ngettext("%(n)d person", "%(n)d persons", abs(n))
        case _:
            words = ngettext("%(n)d item", "%(n)d items", abs(n))
    return words % {"n": n}


def _spoken_of(finding: Finding) -> Iterator[tuple[str, str]]:
    for gap, kind in KEYS.get(finding.code, {}).items():
        key = finding.value if gap == "value" else finding.params.get(gap)
        if isinstance(key, str) and key:
            yield kind, key
    if finding.code == "frozen" and isinstance(finding.value, str):
        kind, _colon, key = finding.value.partition(":")
        yield from [("system" if kind == "connector" else kind, key)] if key else []
    for word in _said(finding):
        yield "system", str(word["system"])
    for part in str(finding.params.get("layer", "")).split(", "):
        kind, _colon, key = part.partition(":")
        yield from [(kind, key)] if kind in NAMED else []


def _worded(finding: Finding, names: Names) -> Finding:
    """The same finding with words in the place of keys and codes."""
    value, params = finding.value, dict(finding.params)
    for gap, kind in KEYS.get(finding.code, {}).items():
        if gap == "value":
            value = names.of(kind, str(value))
        elif gap in params:
            params[gap] = names.of(kind, str(params[gap]))
    for gap, words in (("part", PARTS), ("exception", EXEMPT)):
        if str(params.get(gap)) in words:
            params[gap] = str(words[str(params[gap])])
    if finding.code == "frozen":
        value = _of_a_kind(FROZEN, str(value), names)
    elif finding.code == "stage_supervised":
        value = str(STAGES.get(str(value), value))
    elif finding.code.startswith("fallback_"):
        value = cause_words(str(value))
    elif finding.code.startswith("locked_"):
        value = _moment(str(value), "%Y-%m-%d %H:%M UTC")
    elif finding.code == "character_forbidden":
        value = _character(str(value))
    return replace(finding, value=value, params=params | _worded_params(finding, names))


def _worded_params(finding: Finding, names: Names) -> dict[str, Json]:
    given, said = finding.params, dict[str, Json]()
    if "layer" in given:
        said["layer"] = layer_words(str(given["layer"]), names)
    if "functions" in given and isinstance(given["functions"], list):
        said["functions"] = [function_label(str(name)) for name in given["functions"]]
    if "character" in given:
        said["character"] = _character(str(given["character"]))
    if finding.code == "copy_over_length":
        said["field"] = field_label(str(given["field"]))
    if words := _said(finding):
        said["field"] = field_label(str(given["field"]))
        said["said"] = [_system_says(word, names) for word in words]
    for name in ("known_since", "suffices_from"):
        if name in given:
            said[name] = _moment(str(given[name]), "%Y-%m-%dT%H:%M:%SZ")
    return said


def _said(finding: Finding) -> list[dict[str, Json]]:
    """What each system says, where a finding is about their disagreement."""
    words = finding.params.get("said", ())
    return [word for word in words if isinstance(word, dict)] if isinstance(words, list | tuple) else []


def _system_says(word: Mapping[str, Json], names: Names) -> str:
    """A value that not everybody may read is not there to be told."""
    told = {"system": names.of("system", str(word["system"])), "age": lasting(word["age_s"])}
    if "value" not in word:
        return _("%(system)s, observed %(age)s ago") % told
    return _("%(system)s says %(value)s, observed %(age)s ago") % {**told, "value": wire_value(word["value"])}


def _of_a_kind(words: Mapping[str, str | Promise], target: str, names: Names) -> str:
    kind, _colon, key = target.partition(":")
    if kind not in words:
        return target
    return str(words[kind]) % {"name": names.of("system" if kind == "connector" else kind, key)}


def _character(code: str) -> str:
    """U+200B with the name that Unicode gives it."""
    try:
        return f"{code} {unicodedata.name(chr(int(code.removeprefix('U+'), 16))).lower()}"
    except ValueError:
        return code


def _moment(text: str, written: str) -> str:
    """A moment in the reader's zone, to the minute."""
    try:
        at = timezone.localtime(datetime.strptime(text, written).replace(tzinfo=UTC))
    except ValueError:
        return text
    return f"{at:%Y-%m-%d %H:%M} {at:%Z}"


def lasting(seconds: int) -> str:
    """A duration with its rest: what is one hour longer than a limit of days is not told as equal to it."""
    size, sign = abs(seconds), "−" if seconds < 0 else ""
    for whole in (86_400, 60):
        rest = size % whole
        if size >= whole and rest and (whole == 86_400 or size < 3_600):
            return f"{sign}{span(size - rest)} {span(rest)}"
    return f"{sign}{span(size)}"
