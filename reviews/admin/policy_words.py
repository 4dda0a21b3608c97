"""A policy in words: each rule with its parameters, units and help, and what differs between two versions."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from orchestr.policy.parameters import Spec, specs, wire
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Difference as Compared
from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.ruleset import differences as compared
from orchestr.policy.values import Json
from orchestr.policy.words.findings import EFFECT_WORDS
from orchestr.rulebook.models import PolicyVersion
from reviews.templatetags.show import money, percent_bp, span, wire_value
from reviews.words.proposal import function_label

NOTHING = "–"
WAYS = {"tighter": "narrower", "looser": "wider", "mixed": "mixed", "same": ""}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule as it stands in a policy."""

    name: str
    label: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule of a policy; `parameters` is empty for a rule with nothing to set."""

    name: str
    title: str
    parameters: list[Parameter]


@dataclass(frozen=True, slots=True)
class Difference:
    """One parameter that differs. `way`: wider judges less strictly, narrower more so, mixed in parts."""

    rule_title: str
    label: str
    before: str
    after: str
    way: str


def policy_of(row: PolicyVersion) -> Policy:
    return parse_policy(row.rules, number=row.number)


def rules_in_words(policy: Policy) -> list[RuleWords]:
    """Every rule of the policy, in the order of the families they belong to."""
    order = {name: place for place, name in enumerate(RULES)}
    settings = sorted(policy.settings, key=lambda setting: order[setting.rule.name])
    return [
        RuleWords(setting.rule.name, _(setting.rule.title), _parameters(setting.rule.params, wire(setting.params)))
        for setting in settings
    ]


def differences_between(old: PolicyVersion | None, new: PolicyVersion) -> list[Difference]:
    """What `new` changes, parameter by parameter; nothing where there is no version before it."""
    if old is None:
        return []
    return [
        Difference(_where(each.rule, each.layer), *_difference(each), WAYS[each.comparison])
        for each in compared(policy_of(old), policy_of(new))
    ]


def label_of(name: str) -> str:
    """A parameter's name as words: the help beside it says what it means."""
    return pgettext("parameter", _name_in_words(name))


def rule_texts() -> list[tuple[str, str]]:
    """Whatever of the rules' registry a page translates and no source file marks, each with its context."""
    texts = {("", rule.title) for rule in RULES.values()}
    for rule in RULES.values():
        for name, spec in specs(rule.params).items():
            texts |= {("parameter", _name_in_words(name)), ("", spec.help)}
            if spec.kind == "number" and spec.unit not in ("bp", "seconds"):
                texts.add(("", spec.unit))
    return sorted(texts)


def value_in_words(spec: Spec, value: Json) -> str:
    """The wire value of a parameter with its unit."""
    if value is None:
        return _("no such limit")
    if spec.kind == "effect":
        return _(EFFECT_WORDS[value])
    if spec.kind == "functions":
        return ", ".join(function_label(name) for name in value) or NOTHING
    if spec.kind == "moneys":
        return ", ".join(money(amount) for amount in value) or NOTHING
    if spec.kind == "texts":
        return ", ".join(value) or NOTHING
    if spec.unit == "bp":
        return percent_bp(value, 2 if value % 10 else 1 if value % 100 else 0)
    if spec.unit == "seconds":
        return span(value)
    return f"{wire_value(value)} {_(spec.unit)}"


def _parameters(params: type, values: dict[str, Json]) -> list[Parameter]:
    return [
        Parameter(name, label_of(name), value_in_words(spec, values[name]), _(spec.help))
        for name, spec in specs(params).items()
    ]


def _name_in_words(name: str) -> str:
    return name.removesuffix("_bp").removesuffix("_s").replace("_", " ").capitalize()


def title_of(rule: str) -> str:
    return _(RULES[rule].title) if rule in RULES else _("The policy as a whole")


def layer_in_words(name: str) -> str:
    """A layer's target, such as `site:web-de`."""
    level, _sep, key = name.partition(":")
    words = {
        "site": _("The site %(key)s"),
        "segment": _("The segment %(key)s"),
        "workflow": _("The workflow %(key)s"),
    }
    return words[level] % {"key": key} if level in words else name


def dotted_in_words(name: str) -> str:
    """`rule.parameter`, or a rule by itself, as the page says it."""
    rule, _sep, parameter = name.partition(".")
    return f"{title_of(rule)}: {label_of(parameter)}" if parameter else title_of(rule)


def _where(rule: str, layer: str) -> str:
    return f"{layer_in_words(layer)}: {title_of(rule)}" if layer else title_of(rule)


def _difference(each: Compared) -> tuple[str, str, str]:
    """Label, before and after."""
    rule, parameter, before, after = each.rule, each.parameter, each.before, each.after
    if not parameter:
        there, gone = _("in the policy"), _("not in the policy")
        return _("The whole rule"), gone if before is None else there, gone if after is None else there
    if parameter == "allows":
        listed = ["; ".join(dotted_in_words(name) for name in names) or NOTHING for names in (before, after)]
        return _("What layers may loosen"), listed[0], listed[1]
    if not rule:
        listed = [", ".join(function_label(name) for name in names) for names in (before, after)]
        return _("Functions of whatever is judged strictest"), listed[0], listed[1]
    spec = specs(RULES[rule].params)[parameter]
    if each.layer:
        above = _("as above it")
        said = [above if side is None else value_in_words(spec, side["set"]) for side in (before, after)]
        return label_of(parameter), said[0], said[1]
    return label_of(parameter), value_in_words(spec, before), value_in_words(spec, after)
