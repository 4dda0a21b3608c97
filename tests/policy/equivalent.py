"""Mutants of the policy that change no verdict, each with the reason: module → changed line and change → why.

`python -m tests.policy.mutants` reads this: a mutant that stands here and is noticed by a test, or is no longer made,
is an error.
"""

from collections.abc import Mapping

KEPT = "Only how long made lists are kept differs: they are made again from the same words."
SHORTCUT = "A way round work that would find nothing: what comes after it finds the same."

EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "rules/copy_claims.py": {
        "_MOST_READY = 64 | 64 → 65": KEPT,
        "if len(_READY) >= _MOST_READY: | GtE → Gt": KEPT,
        "if len(_READY) >= _MOST_READY: | GtE → Lt": KEPT,
        "if ready is not None and ready[0] is params: | Is → IsNot": KEPT,
        "if ready is not None and ready[0] is params: | 0 → 1": KEPT,
        "continue | continue → pass #2": SHORTCUT,
    },
    "rules/prior_price.py": {
        "severity: int = 0 | 0 → 1": "Words without a severity are compared with their like alone, by SKU.",
        "return _Told(item, facts, 0, None, item.after, None, facts.starts_at) | 0 → 1": (
            "A price struck through announces no percentage, and the discount is read for that alone."
        ),
        "if standing is None or word.gravity < standing.gravity: | Lt → LtE": (
            "Two words of one gravity say the same: what they say is part of it."
        ),
    },
    "rules/promotion_stacking.py": {
        "if not case.promotions or (not standing and len(case.promotions) == 1): | Or → And": SHORTCUT,
    },
    "rules/stock_exposure.py": {
        "if place not in moved or worth.amount > moved[place][0].amount: | Gt → GtE": (
            "Of two equal amounts for one place either may stand; the lower index is kept in any case."
        ),
    },
    "rules/track_record.py": {
        "MOST = 200  # settled proposals that the facts hold | 200 → 201": (
            "The bound of a form, and how many letters are loaded: the parameter says how many are looked at."
        ),
    },
}
