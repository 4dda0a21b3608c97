"""Absolute bands that prices of a currency stay within, where somebody declared them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, texts
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import MAX_AMOUNT, Money

NAME = "price_band"
_BAND = re.compile(r"([A-Z]{3})/([0-4]):([0-9]{1,16})-([0-9]{1,16})")

type Band = tuple[str, int, int, int]  # currency, exponent, lowest and highest amount in minor units


def read_band(text: str) -> Band | None:
    """`EUR/2:500-250000` is 5.00 to 2,500.00 EUR; None for a text that is no band."""
    found = _BAND.fullmatch(text)
    if found is None:
        return None
    currency, exponent, lowest, highest = found[1], int(found[2]), int(found[3]), int(found[4])
    return (currency, exponent, lowest, highest) if lowest <= highest <= MAX_AMOUNT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    bands: tuple[str, ...] = texts(
        unit="bands",
        tighter="more",
        valid=lambda text: read_band(text) is not None,
        help="From lowest to highest in minor units, as in EUR/2:500-250000. Every band of a currency must hold.",
    )
    outside_effect: Effect = effect("refuse", help="What follows for a price outside a band of its currency.")
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who decides it, or would have to confirm an exception."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    if not params.bands:
        return ()
    tally, bands = Tally(NAME, "money"), _by_currency(params.bands)
    for item in case.of("price"):
        after = item.after
        if not isinstance(after, Money):
            continue
        of_currency = bands.get(after.currency, {})
        if any(exponent != after.exponent for exponent in of_currency):
            tally.add("band_not_comparable", "dual", item.index, functions=params.functions)
        lowest, highest = of_currency.get(after.exponent, (after.amount, after.amount))
        if lowest <= after.amount <= highest:
            continue
        edge = lowest if after.amount < lowest else highest
        code = "price_below_band" if after.amount < lowest else "price_above_band"
        tally.add(
            code,
            params.outside_effect,
            item.index,
            functions=params.functions,
            value=after,
            threshold=Money(edge, after.currency, after.exponent, after.tax),
            severity=abs(after.amount - edge),
        )
    return tally.findings()


@lru_cache(maxsize=100)
def _by_currency(texts: tuple[str, ...]) -> Mapping[str, Mapping[int, tuple[int, int]]]:
    """By currency and exponent what all of its bands leave open; two that do not meet leave nothing."""
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for text in texts:
        if (band := read_band(text)) is None:
            raise ValueError("a band is CURRENCY/EXPONENT:LOWEST-HIGHEST")
        currency, exponent, lowest, highest = band
        standing = found.setdefault(currency, {}).get(exponent, (lowest, highest))
        found[currency][exponent] = (max(lowest, standing[0]), min(highest, standing[1]))
    return found


RULE = Rule(name=NAME, title="Price bands", params=Params, judge=judge)
