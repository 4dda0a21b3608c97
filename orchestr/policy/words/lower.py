"""What would lower the tier, in plain sentences. Callers translate each, then fill it: see `words`."""

from collections.abc import Callable, Mapping

from orchestr.policy.findings import Measure, Unit
from orchestr.policy.lower import Demand, Lowering
from orchestr.policy.words.findings import Show, plain


def gettext_noop(text: str) -> str:
    return text


_ = gettext_noop

# What the finding itself would ask for at its bound.
AT_BOUND: Mapping[str, str] = {
    "at_most.none": _("Within {bound} this would need nobody."),
    "at_most.single": _("Within {bound} this would need one person."),
    "at_most.dual": _("Within {bound} this would need two persons."),
    "at_least.none": _("From {bound} on this would need nobody."),
    "at_least.single": _("From {bound} on this would need one person."),
    "at_least.dual": _("From {bound} on this would need two persons."),
}
# What the proposal would need then, where that is less than now.
THEN: Mapping[str, str] = {
    "none": _("That alone would be enough for the whole proposal: nobody would be asked."),
    "single": _("That alone would be enough for the whole proposal to need one person."),
    "single.functions": _("That alone would be enough for the whole proposal to need one person: {functions}."),
    "dual": _("That alone would be enough for the whole proposal to need two persons."),
    "dual.functions": _(
        "That alone would be enough for the whole proposal to need two persons, among them: {functions}."
    ),
}
STILL: Mapping[str, str] = {
    "refused": _("By itself it changes nothing: something else would still refuse the proposal."),
    "single": _("By itself it changes nothing: something else would still ask for one person."),
    "dual": _("By itself it changes nothing: something else would still ask for two persons."),
}
WITHOUT: Mapping[str, str] = {
    "none": _("Without these items the proposal would need nobody."),
    "single": _("Without these items the proposal would need one person."),
    "single.functions": _("Without these items the proposal would need one person: {functions}."),
    "dual": _("Without these items the proposal would need two persons."),
    "dual.functions": _("Without these items the proposal would need two persons, among them: {functions}."),
}


def say_lower(
    lowering: Lowering,
    *,
    now: Demand,
    sees_cost: bool,
    translate: Callable[[str], str] = str,
    show: Show | None = None,
    label: Callable[[str], str] = str,
) -> list[str]:
    """What would lower it, in no, one or two sentences; `label` names a function.

    Nothing that would tell the cost to who may not see it, be it only by what else would still be asked.
    """
    finding = lowering.finding
    if finding.discloses and not sees_cost:
        return []
    said = []
    if lowering.side and not (lowering.side == "at_most" and lowering.bound == 0):  # to change nothing is no advice
        sentence = translate(AT_BOUND[f"{lowering.side}.{_persons(lowering.to)}"])
        said.append(sentence.format(bound=_shown(lowering.bound, finding.unit, show)))
        if lowering.then is not None and (sees_cost or not lowering.then.discloses):
            said.append(_then(lowering, lowering.then, translate, label))
    without = lowering.without
    if without is not None and without.lower_than(now) and (sees_cost or not without.discloses):
        said.append(_asks(WITHOUT, without, translate, label))
    return said


def _then(lowering: Lowering, then: Demand, translate: Callable[[str], str], label: Callable[[str], str]) -> str:
    if lowering.alone:
        return _asks(THEN, then, translate, label)
    return translate(STILL["refused" if then.refused else then.tier])


def _asks(
    words: Mapping[str, str], demand: Demand, translate: Callable[[str], str], label: Callable[[str], str]
) -> str:
    key = f"{demand.tier}.functions" if demand.functions else demand.tier
    return translate(words[key]).format(functions=", ".join(label(name) for name in demand.functions))


def _persons(effect: str | None) -> str:
    return "none" if effect in (None, "info") else str(effect)


def _shown(measure: Measure, unit: Unit, show: Show | None) -> str:
    return (show or plain)(measure, unit)
