"""Evidence counts where it comes from a source that may speak of this."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, texts
from orchestr.policy.rule import Case, Rule, Tally

NAME = "evidence_source"
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    price_sources: tuple[str, ...] = texts(
        ANY, unit="sources", tighter="fewer", help="Systems and sources that may prove a price; * stands for any text."
    )
    stock_sources: tuple[str, ...] = texts(
        ANY, unit="sources", tighter="fewer", help="Systems and sources that may prove a stock; * stands for any text."
    )
    promotion_sources: tuple[str, ...] = texts(
        ANY, unit="sources", tighter="fewer", help="Systems and sources that may prove a promotion; * is any text."
    )
    copy_sources: tuple[str, ...] = texts(
        ANY, unit="sources", tighter="fewer", help="Systems and sources that may prove copy; * stands for any text."
    )
    proof_effect: Effect = effect("dual", help="What follows for a price, stock or promotion from another source.")
    copy_effect: Effect = effect("single", help="What follows for copy from another source.")
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Each change with evidence needs a piece from an allowed source; without any, `evidence` judges it."""
    allowed = {
        "price": params.price_sources,
        "stock": params.stock_sources,
        "promotion": params.promotion_sources,
        "copy": params.copy_sources,
    }
    restricted = {name for name, patterns in allowed.items() if ANY not in patterns}
    tally = Tally(NAME, "text")
    for item in case.items if restricted else ():
        if item.field_class not in restricted:
            continue
        brought = [case.evidence[id] for id in item.evidence if id in case.evidence]
        if not brought or any(_allows(allowed[item.field_class], one.source) for one in brought):
            continue
        effect = params.copy_effect if item.field_class == "copy" else params.proof_effect
        names = () if item.field_class == "copy" else params.functions
        tally.add("source_not_allowed", effect, item.index, functions=names, value=min(one.source for one in brought))
    return tally.findings()


def _allows(patterns: tuple[str, ...], source: str) -> bool:
    return any(fnmatchcase(source, pattern) for pattern in patterns)


RULE = Rule(name=NAME, title="Sources of evidence", params=Params, judge=judge)
