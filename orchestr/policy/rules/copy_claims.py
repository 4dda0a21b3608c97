"""Copy that claims something needs the legal function, or evidence that names the claim."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number, texts
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts import claims as claim_words
from orchestr.policy.texts import lexicon

NAME = "copy_claims"
SKEW_S = 60
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    health: tuple[str, ...] = texts(
        *claim_words.HEALTH,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="Words that claim something about health.",
    )
    legal: tuple[str, ...] = texts(
        *claim_words.LEGAL,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="Words that claim a right, a test or an approval.",
    )
    guarantee: tuple[str, ...] = texts(
        *claim_words.GUARANTEE, unit="words", tighter="more", valid=lexicon.is_entry, help="Words that guarantee."
    )
    environment: tuple[str, ...] = texts(
        *claim_words.ENVIRONMENT,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="General praise for the environment's sake.",
    )
    availability: tuple[str, ...] = texts(
        *claim_words.AVAILABILITY,
        unit="words",
        tighter="more",
        valid=lexicon.is_entry,
        help="Words about stock and delivery.",
    )
    price: tuple[str, ...] = texts(
        *claim_words.PRICE, unit="words", tighter="more", valid=lexicon.is_entry, help="Words about prices."
    )
    evidenced_effect: Effect = effect(
        "single", help="What follows where evidence names every such claim: somebody looks whether it bears it out."
    )
    evidence_max_age_s: int = number(
        365 * 86_400, unit="seconds", tighter="lower", help="How old evidence of a claim may be."
    )
    evidenced_functions: tuple[str, ...] = functions(help="Who must be among those who look at the evidence.")
    effect: Effect = effect("single", help="What follows where copy makes a claim that no evidence names.")
    functions: tuple[str, ...] = functions(
        "legal", help="Who must be among those who decide a claim that no evidence names."
    )


_KINDS = ("health", "legal", "guarantee", "environment", "availability", "price")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The claims of the whole new text: one that stood there before is still being published.

    Evidence lowers a claim only if it names its kind or its very words, for every claim of that kind in the text,
    and is not too old. What an agent brought proves nothing by itself: it is there for a person to look at.
    """
    items = case.of("copy")
    if not items:
        return []
    tally = Tally(NAME, "text")
    kinds, every = _lists(params)
    named = _named(case, params.evidence_max_age_s)
    for item in items:
        if not isinstance(item.after, str):
            continue
        text = lexicon.folded(item.after)
        words = lexicon.words_of(text)
        if every.first(text, words) is None:
            continue
        for kind, code, claims in kinds:
            if (hit := claims.first(text, words)) is None:
                continue
            if named and _borne_out(kind, claims.every(text, words), named):
                code, effect, names = f"evidenced_{kind}", params.evidenced_effect, params.evidenced_functions
            else:
                effect, names = params.effect, params.functions
            tally.add(code, effect, item.index, functions=names, value=hit[:80])
    return tally.findings()


type _Lists = tuple[list[tuple[str, str, lexicon.Lexicon]], lexicon.Lexicon]

_READY: dict[int, tuple[Params, _Lists]] = {}
_MOST_READY = 64


def _lists(params: Params) -> _Lists:
    """The lists of these very parameters, and all of them as one. By identity: to hash hundreds of words for each
    text would cost more than to look for them in it."""
    ready = _READY.get(id(params))
    if ready is not None and ready[0] is params:
        return ready[1]
    kinds = [(kind, f"claim_{kind}", lexicon.lexicon(getattr(params, kind))) for kind in _KINDS]
    every = lexicon.lexicon(tuple(entry for kind in _KINDS for entry in getattr(params, kind)))
    if len(_READY) >= _MOST_READY:
        _READY.clear()
    _READY[id(params)] = (params, (kinds, every))
    return kinds, every


def _named(case: Case, max_age_s: int) -> list[tuple[str, str]]:
    """What evidence that still holds says it proves, folded, and as its words with a blank at either end.

    What was observed ends when it expires; of what was brought its age alone counts: a report may bear out a claim
    for longer than copy may stand unread.
    """
    if case.facts.commerce is None:
        return []
    at, found = case.facts.at, []
    for claim in case.facts.commerce.claims:
        evidence = case.evidence.get(claim.evidence)
        if evidence is None or (evidence.kind == "observed" and at > evidence.expires_at):
            continue
        if -SKEW_S <= at - evidence.observed_at <= max_age_s:
            text = lexicon.folded(claim.text)
            found.append((text, f" {' '.join(_WORDS.findall(text))} "))
    return found


def _borne_out(kind: str, hits: Iterable[str], named: Iterable[tuple[str, str]]) -> bool:
    return any(text == kind for text, _ in named) or all(_is_named(hit, named) for hit in hits)


def _is_named(hit: str, named: Iterable[tuple[str, str]]) -> bool:
    """Word by word; a sign without a letter or digit may stand anywhere in what is named."""
    words = _WORDS.findall(hit)
    if not words:
        return any(hit in text for text, _ in named)
    return any(f" {' '.join(words)} " in said for _, said in named)


RULE = Rule(name=NAME, title="Claims in copy", params=Params, judge=judge, excepted_by=("legal", "merchandising"))
