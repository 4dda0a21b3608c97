"""Amounts that cannot be right: negative, nothing, or in another currency, exponent or tax basis."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    functions: tuple[str, ...] = functions("finance", help="Who would have to confirm an exception.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "money")
    for item in case.of("price"):
        after = item.after
        if after is None:
            continue
        if not isinstance(after, Money):
            tally.add("not_money", "refuse", item.index, functions=params.functions)
            continue
        if after.amount <= 0:
            tally.add(
                "price_not_positive",
                "refuse",
                item.index,
                functions=params.functions,
                value=after,
                threshold=replace(after, amount=0),
                severity=-after.amount,
            )
        if (part := _mismatch(item, after)) is not None:
            tally.add(
                "money_mismatch",
                "refuse",
                item.index,
                functions=params.functions,
                value=after,
                params={"part": part},
            )
    return tally.findings()


def _mismatch(item: ItemFacts, after: Money) -> str | None:
    """Which part of the money disagrees with the value before, the address or the site."""
    before = item.before
    wanted = [item.currency, item.address.currency]
    exponents = [item.exponent]
    if isinstance(before, Money):
        wanted.append(before.currency)
        exponents.append(before.exponent)
        if before.tax != after.tax:
            return "tax"
    if any(currency is not None and currency != after.currency for currency in wanted):
        return "currency"
    if any(exponent is not None and exponent != after.exponent for exponent in exponents):
        return "exponent"
    return None


RULE = Rule(name=NAME, title="Amounts fit", params=Params, judge=judge, excepted_by=())
