"""Copy that claims something needs the legal function."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy import lexicon
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, texts
from orchestr.policy.rule import Case, Rule, Tally

NAME = "copy_claims"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    health: tuple[str, ...] = texts(
        *lexicon.HEALTH,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="Words that claim something about health.",
    )
    legal: tuple[str, ...] = texts(
        *lexicon.LEGAL,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="Words that claim a right, a test or an approval.",
    )
    guarantee: tuple[str, ...] = texts(
        *lexicon.GUARANTEE, unit="words", tighter="more", valid=lexicon.is_entry, help="Words that guarantee."
    )
    environment: tuple[str, ...] = texts(
        *lexicon.ENVIRONMENT,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="General praise for the environment's sake.",
    )
    availability: tuple[str, ...] = texts(
        *lexicon.AVAILABILITY,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="Words about stock and delivery.",
    )
    price: tuple[str, ...] = texts(
        *lexicon.PRICE, unit="words", tighter="more", valid=lexicon.is_entry, help="Words about prices."
    )
    effect: Effect = effect("single", help="What follows where copy makes a claim.")
    functions: tuple[str, ...] = functions("legal", help="Who must be among those who decide it.")


_KINDS = ("health", "legal", "guarantee", "environment", "availability", "price")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The claims of the whole new text: one that stood there before is still being published."""
    items = case.of("copy")
    if not items:
        return []
    tally = Tally(NAME, "text")
    kinds = [(f"claim_{kind}", lexicon.lexicon(getattr(params, kind))) for kind in _KINDS]
    every = lexicon.lexicon(tuple(entry for kind in _KINDS for entry in getattr(params, kind)))
    for item in items:
        if not isinstance(item.after, str):
            continue
        text = lexicon.folded(item.after)
        words = lexicon.words_of(text)
        if every.first(text, words) is None:
            continue
        for code, claims in kinds:
            if (hit := claims.first(text, words)) is not None:
                tally.add(code, params.effect, item.index, functions=params.functions, value=hit[:80])
    return tally.findings()


RULE = Rule(name=NAME, title="Claims in copy", params=Params, judge=judge, excepted_by=("legal", "merchandising"))
