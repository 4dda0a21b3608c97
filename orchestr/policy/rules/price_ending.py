"""The last digits a price may have: 19.99 reads like the shop, 20.03 like a slip."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, texts
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Money

NAME = "price_ending"
ANY = "*"


def is_ending(text: str) -> bool:
    """`99`, or `EUR:99` for one currency alone; `*` lets every ending pass."""
    currency, colon, digits = text.rpartition(":")
    known = len(currency) == 3 and currency.isascii() and currency.isupper() if colon else True
    return text == ANY or (known and 1 <= len(digits) <= 6 and digits.isascii() and digits.isdigit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    endings: tuple[str, ...] = texts(
        ANY,
        unit="endings",
        tighter="fewer",
        valid=is_ending,
        help="The last digits prices may have, as in 99 or, for one currency alone, EUR:99; * lets every ending pass.",
    )
    other_effect: Effect = effect("info", help="What follows for a price with another ending.")
    functions: tuple[str, ...] = functions(help="Who decides it, where it needs a person.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    if ANY in params.endings:
        return ()
    tally = Tally(NAME, "money")
    for item in case.of("price"):
        after = item.after
        if isinstance(after, Money) and not _ends(after, params.endings):
            tally.add("price_ending", params.other_effect, item.index, functions=params.functions, value=after)
    return tally.findings()


def _ends(price: Money, endings: Iterable[str]) -> bool:
    for ending in endings:
        currency, _, digits = ending.rpartition(":")
        if currency in ("", price.currency) and str(price.amount).zfill(len(digits)).endswith(digits):
            return True
    return False


RULE = Rule(name=NAME, title="Price endings", params=Params, judge=judge)
