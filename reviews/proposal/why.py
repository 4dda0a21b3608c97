"""Why this tier: each finding followed to its rule, what that rule has in force, its points, and what would lower it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orchestr.policy.evaluate import evaluate
from orchestr.policy.exceptions import functions_for
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import RANK, TIER_RANK, Finding
from orchestr.policy.lower import Lowering, demand_of, lower, setting_of, standing_on
from orchestr.policy.parameters import Spec, specs, wire
from orchestr.policy.risk import HIGHEST, risk_sum
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Policy
from orchestr.policy.values import Json, ValueRefused
from orchestr.policy.words.lower import say_lower
from orchestr.proposals.judge import verdict_of
from orchestr.proposals.models import Proposal, Verdict
from orchestr.rulebook.models import PolicyVersion
from reviews.admin.policy_words import policy_of, value_in_words
from reviews.words.findings import Names, finding_message, layer_words, names_for, rule_title, with_unit
from reviews.words.proposal import function_label

type Plan = Sequence[Mapping[str, Json]]

# Findings that the evaluation itself makes: no rule of a policy sets them.
OF_THE_EVALUATION: Mapping[str, str | Promise] = {
    "known_change": gettext_lazy("Kinds of change that are known"),
    "deciders": gettext_lazy("Who could decide"),
    "facts": gettext_lazy("Facts that can be read"),
    "workflow": gettext_lazy("What the workflow says"),
}

# When a verdict was given.
OCCASIONS: Mapping[str, str | Promise] = {
    "submit": gettext_lazy("Judged when it was proposed."),
    "revise": gettext_lazy("Judged when this version was proposed."),
    "narrow": gettext_lazy("Judged when a reviewer narrowed it."),
    "reopen": gettext_lazy("Judged again when an exception for it was granted."),
    "execute": gettext_lazy("Judged again just before it was to be published."),
    "rejudge": gettext_lazy("Judged again while it waited, since policy or facts it rests on had changed."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """`value` and `threshold` as words, empty where there are none or they are not to be seen.

    `functions` are whom it asks for, or of a refusal who could except it. `about` names the items it is about, where the set has others; `settings` are the parameters the finding stands on, in the words of their help, as the version of the verdict has
    them; `lower` says in sentences what would bring it down, for those that carry the tier.
    """

    rule: str
    title: str
    url: str
    message: str
    about: str
    value: str
    threshold: str
    effect: str
    functions: str
    points: int
    settings: list[tuple[str, str]]
    lower: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """`asks` says who is needed, `occasion` and `at` when that was judged (nothing of what was only asked about), `sums`
    how the risk comes about; `findings` gravest first; `policy_number` is the version they are of."""

    asks: list[str]
    occasion: str
    at: datetime
    sums: str
    findings: list[FindingLine]
    policy_number: int


def why_of(
    row: Verdict | None,
    *,
    sees_cost: bool,
    explained: bool = True,
    plan: Plan = (),
    proposal: Proposal | None = None,
) -> Why | None:
    """The verdict of a version, explained to this reader; None before there is one.

    `plan` names the items that findings are about. `proposal` says what is asked for, which may be more than its last
    verdict does.

    Without `explained` it is not judged again, and what would lower it is left out: of a large set that is asked for.
    """
    if row is None:
        return None
    given = verdict_of(row)
    found = sorted(given.findings, key=lambda each: (-RANK[each.effect], -each.weight, each.rule))
    names = names_for(found)
    parameters, lowerings = _explained(row, found, names) if explained else ({}, {})
    now = demand_of(given)
    lines = []
    for at, finding in enumerate(found):
        hidden = bool(finding.discloses) and not sees_cost
        lowering = lowerings.get(at)
        said = (
            say_lower(
                lowering, now=now, sees_cost=sees_cost, translate=_, show=with_unit(finding), label=function_label
            )
            if lowering is not None
            else []
        )
        settings = [] if hidden else parameters.get(at, [])
        about = _about(finding, plan)
        lines.append(_line(finding, names, row.policy_number, settings, said, about=about, hidden=hidden))
    occasion = str(OCCASIONS.get(row.occasion, OCCASIONS["rejudge"])) if row.occasion != "check" else ""
    asks = _asks(row.tier, row.functions, refused=row.refused) if proposal is None else _still(proposal, row)
    return Why(
        asks=asks, occasion=occasion, at=row.at, sums=_sums(found), findings=lines, policy_number=row.policy_number
    )


def _line(
    finding: Finding,
    names: Names,
    number: int,
    settings: list[tuple[str, str]],
    said: list[str],
    *,
    about: str,
    hidden: bool,
) -> FindingLine:
    rule = RULES.get(finding.rule)
    page = reverse("admin:policy_version", args=[number])
    show = with_unit(finding)
    told = not hidden and not isinstance(finding.value, str)  # what is no number stands in the sentence
    return FindingLine(
        rule=finding.rule,
        title=rule_title(finding.rule) if rule is not None else str(OF_THE_EVALUATION.get(finding.rule, finding.rule)),
        url=f"{page}#rule-{finding.rule}" if rule is not None else page,
        message=finding_message(finding, names, sees_cost=not hidden),
        about=about,
        value=show(finding.value, finding.unit) if told and finding.value is not None else "",
        threshold=show(finding.threshold, finding.unit) if told and finding.threshold is not None else "",
        effect="note" if finding.effect == "info" else finding.effect,
        functions=_functions(finding),
        points=finding.weight,
        settings=settings,
        lower=said,
    )


def _functions(finding: Finding) -> str:
    """Whom it asks for; of what refuses, who could except it."""
    if finding.effect == "refuse":
        able = functions_for(finding.rule)
        if not able:
            return _("No exception can be made.")
        return _("An exception needs: %(functions)s") % {"functions": _labels(able)}
    return "" if finding.effect == "info" else _labels(finding.functions)


def _labels(functions: Iterable[str]) -> str:
    return ", ".join(function_label(name) for name in sorted(functions))


def _explained(
    row: Verdict, found: Sequence[Finding], names: Names
) -> tuple[dict[int, list[tuple[str, str]]], dict[int, Lowering]]:
    """By a finding's place: the parameters it stands on, and what would lower it.

    Judged again on the stored facts under the stored version. Where that does not give the same demand (the
    version is gone, or the rules of this release judge otherwise) nothing is explained rather than something false.
    """
    policy = _policy(row.policy_number)
    if policy is None:
        return {}, {}
    facts = Facts.from_wire(json.loads(bytes(row.facts)))
    verdict = evaluate(facts, policy)
    if demand_of(verdict) != demand_of(verdict_of(row)):
        return {}, {}
    case = Case(facts)
    place = {_key(finding): at for at, finding in enumerate(found)}
    lowerings = {place[key]: each for each in lower(facts, policy, verdict) if (key := _key(each.finding)) in place}
    parameters = {}
    for at, finding in enumerate(found):
        setting = setting_of(case, policy, finding)
        if setting is None:
            continue
        standing = lowerings[at].parameters if at in lowerings else standing_on(case, setting, finding)
        known, values = specs(setting.rule.params), wire(setting.params)
        parameters[at] = [(_(known[name].help).rstrip("."), _value(known[name], values[name])) for name in standing]
        if "layer" in finding.params:
            parameters[at].append((_("Set for"), layer_words(str(finding.params["layer"]), names)))
    return parameters, lowerings


def _policy(number: int) -> Policy | None:
    version = PolicyVersion.objects.filter(number=number).first()
    try:
        return None if version is None else policy_of(version)
    except ValueRefused:  # a version that names a rule which this release does not have
        return None


def _key(finding: Finding) -> str:
    return json.dumps(finding.to_wire(), sort_keys=True)


def _value(spec: Spec, value: Json) -> str:
    """A list of words is counted: its page has them all."""
    if spec.kind == "texts":
        return ngettext("%(n)d entry", "%(n)d entries", len(value)) % {"n": len(value)}
    return value_in_words(spec, value)


def _about(finding: Finding, plan: Plan) -> str:
    """The worst of its items by name and how many there are more; "" where it is about the set as a whole."""
    if len(plan) < 2 or not finding.items:
        return ""
    worst = finding.worst if finding.worst is not None else min(finding.items)
    name = next((str(change["sku"] or change["id"]) for change in plan if change["index"] == worst), "")
    more = len(finding.items) - 1
    if not name or not more:
        return name
    return ngettext("%(name)s and %(n)d more item", "%(name)s and %(n)d more items", more) % {"name": name, "n": more}


def _still(proposal: Proposal, row: Verdict) -> list[str]:
    """What is asked for now. What was asked for once stays asked for, though a later judgement would need less."""
    more = TIER_RANK[proposal.tier] > TIER_RANK[row.tier] or set(proposal.functions) > set(row.functions)
    if row.refused or not more:
        return _asks(row.tier, row.functions, refused=row.refused)
    return [
        *_asks(proposal.tier, proposal.functions)[:1],
        _("That was asked for when it was judged before and stays so: judged again, it would need less."),
    ]


def _asks(tier: str, named: Sequence[str], *, refused: bool = False) -> list[str]:
    """Who is needed, and the one rule by which findings add up to that."""
    functions = ", ".join(function_label(name) for name in sorted(named))
    if refused:
        return [_("Policy refuses it: one finding that refuses is enough.")]
    if tier == "none":
        return [_("Nobody has to approve it: no finding asks for a person.")]
    if tier == "single":
        need = (
            _("One person has to approve it, and it has to be somebody of: %(functions)s.") % {"functions": functions}
            if functions
            else _("One person has to approve it.")
        )
    elif len(named) > 1:
        need = _("%(n)d different persons have to approve it, one of each of these functions: %(functions)s.") % {
            "n": len(named),
            "functions": functions,
        }
    elif functions:
        need = _("Two different persons have to approve it, one of them of: %(functions)s.") % {"functions": functions}
    else:
        need = _("Two different persons have to approve it.")
    rule = _("The strictest finding below decides. Each function that a finding names is filled by another person.")
    return [need, rule]


def _sums(found: Sequence[Finding]) -> str:
    """How the risk comes about, with what the cap cut off."""
    total = risk_sum(found)
    if not total.points:
        return ""
    parts = " + ".join(str(finding.weight) for finding in found if finding.weight)
    if total.cut:
        return _("Risk: %(parts)s = %(points)d points. It ends at %(most)d; what lies beyond, %(cut)d, is cut off.") % {
            "parts": parts,
            "points": total.points,
            "most": HIGHEST,
            "cut": total.cut,
        }
    return _("Risk: %(parts)s = %(points)d points.") % {"parts": parts, "points": total.points}
