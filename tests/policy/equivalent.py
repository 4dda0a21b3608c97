"""Mutants of the policy that change no verdict, each with the reason: module → changed line and change → why.

`python -m tests.policy.mutants` reads this: a mutant that stands here and is noticed by a test, or is no longer made,
is an error.
"""

from collections.abc import Mapping

KEPT = "Only how long made lists are kept differs: they are made again from the same words."
SHORTCUT = "A way round work that would find nothing: what comes after it finds the same."
UNTAXED = "The margin of a price without tax is worked out without looking at the tax."
COUNTED = "Every change of stock that is judged has been counted before: the default is never taken."
FOUND_RIGHT = "What is not remembered as right is looked at once more, and found right."
BEFORE_ALL = "A moment before all others, whichever it is."
ALIKE = "Both are as long as each other by how they are made."
NO_TIME = "What held for no time adds none to any amount's."
AFTER_ALL = "A moment after all others, whichever it is."
BOTH_WAYS = "State by state or added up beforehand: both ways come to the same sums."
THREE = "What begins ends: there is one state, or there are three at least."
MARKS = "marks.update(at for row in rows for at in (row.starts_at, row.ends_at) if one.starts_at < at < one.ends_at)"
OWN_PART = "Its own part is among what is added up: some state is always greater than that."
BOUNDS = "Only a number has bounds, and it brings its own."
UNEQUAL = "Equal values are the same before anything else is asked of them."

BEYOND = "A rule finds what lies beyond its limit, never what stands at it."

NO_CUT = "if not before.comparable(after) or after.amount >= before.amount or not item.units_7d or item.units_7d < 0:"

EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "compare.py": {
        "return RANK[old.effect] > RANK[new.effect] | Gt → GtE": "Asked of two different effects, which have different ranks.",
    },
    "default_examples.py": {
        "AT = 1_790_000_000 | 1790000000 → 1790000001": "All of an example is counted from its second, whichever that is.",
        'expect = Expected(refused=tier is None, tier=tier or "dual", functions=tuple(sorted(functions))) | dual → single': (
            "Of a refusal only that it is one is read: two persons stand for it in any case."
        ),
    },
    "layers.py": {
        "loosening = all(alone for _, alone in here) | all → any": (
            "The layers of one level that meet an item may all loosen it, or none of them may."
        ),
    },
    "lexicon.py": {
        'return max(whole, key=len, default="") | max → min': "Any whole word of an entry sorts a text out: the entry is searched for in any case.",
    },
    "lower.py": {
        "top = max((RANK[finding.effect] for finding in asking), default=0) | 0 → 1": "Where nothing asks, nothing carries.",
        'return ("at_least" if value.amount < limit.amount else "at_most"), limit | Lt → LtE': BEYOND,
        "if type(value) is int and limit == 0 and value < 0: | Lt → LtE": BEYOND,
        "if type(value) is int and limit == 0 and value < 0: | 0 → 1 #2": BEYOND,
        'down = side == "at_most" and type(value) is int and value < 0 | Lt → LtE': BEYOND,
        'down = side == "at_most" and type(value) is int and value < 0 | 0 → 1': BEYOND,
        "return -1 if effect is None else RANK[effect] | 1 → 2": "Nothing said is less than any effect, by one or by two.",
    },
    "packing.py": {
        "if gain > 0 | Gt → GtE": "What adds nothing is sorted last and adds nothing to the sum.",
        "return (middle[1] - start[1]) * (end[0] - middle[0]) > (end[1] - middle[1]) * (middle[0] - start[0]) | Gt → GtE": (
            "Two steps of one slope are as steep as the one over both, rounded up or not."
        ),
    },
    "parameters.py": {
        "minimum: int = 0 | 0 → 1": BOUNDS,
        "optional: bool = False | False → True": BOUNDS,
        'return "tighter" if (new < old) == (spec.tighter == "lower") else "looser" | Lt → LtE': UNEQUAL,
        'return "tighter" if RANK[new] > RANK[old] else "looser" | Gt → GtE': UNEQUAL,
    },
    "pricing.py": {
        "return size if delta >= 0 else -size | GtE → Gt": "A change of nothing is of no size, whichever sign it has.",
        "return size if delta >= 0 else -size | 0 → 1": "Amounts are whole: below one, only nothing is not negative.",
    },
    "rolling.py": {
        "own = sum(use.items for _, use in uses) if len(uses) > 1 else uses[0][1].items | Gt → GtE": "The sum of one is that one.",
    },
    "ruleset.py": {
        "fewer = not set(old.functions) <= set(new.functions) | LtE → Lt": "They are sorted when read: equal sets do not differ.",
    },
    "stacking.py": {
        **dict.fromkeys(
            (f"FOREVER = 2**53 - 1 | {change}" for change in ("Sub → Add", "1 → 2", "2 → 3", "53 → 54")), AFTER_ALL
        ),
        "FEW = 8  # states that are gone through one by one; more are added up with what lies under them, once | 8 → 9": BOTH_WAYS,
        "if high - low > FEW: | Gt → GtE": BOTH_WAYS,
        "if high - low > FEW: | Gt → LtE": BOTH_WAYS,
        "if high - low > FEW: | Sub → Add": BOTH_WAYS,
        "if len(wide.figures.sums.values) > 1: | Gt → GtE": BOTH_WAYS,
        "best, named, under = -1, low, 0 | without USub": OWN_PART,
        "best, named, under = -1, low, 0 | 0 → 1": OWN_PART,
        "best, named, under = -1, low, 0 | 1 → 2": OWN_PART,
        "if len(wide.figures.sums.values) > 1: | 1 → 2": THREE,
        "if key > worst[0] or (key == worst[0] and names < worst[1]): | Lt → LtE": "The same names are the same names.",
        f"{MARKS} | Lt → LtE": "Where it begins and ends is marked already.",
        f"{MARKS} | Lt → LtE #2": "Where it begins and ends is marked already.",
        "mixed = sorted((places for places in sets if not places <= within), key=sorted) | LtE → Lt": (
            "What lies wholly within the reach is looked at once more, and found as heavy."
        ),
        "if high - low == 1 or not any(point.values[low:high]): | Or → And": SHORTCUT,
        "if high - low == 1 or not any(point.values[low:high]): | Sub → Add": SHORTCUT,
        "if len(wide.values) == 1: | 1 → 2": THREE,
    },
    "standing.py": {
        "live_7d=Taken(*raw[11:14]), | 14 → 15": "The last part ends where the row does.",
    },
    "uses.py": {
        f"{NO_CUT} | GtE → Gt": "A cut of nothing gives up nothing.",
        f"{NO_CUT} | Lt → LtE": "No units at all have been sorted out just before.",
        f"{NO_CUT} | 0 → 1": "No units at all have been sorted out just before.",
    },
    "what_if.py": {
        'tax_bp = item.tax_bp if after.tax == "included" else 0 | 0 → 1': UNTAXED,
    },
    "timeline.py": {
        "COUNT_BITS = 20 | 20 → 21": "How many bits the number of promotions has is no part of any sum that is told.",
        "ALWAYS = -(2**62)  # the first state of each: before anything runs | 2 → 3": BEFORE_ALL,
        "ALWAYS = -(2**62)  # the first state of each: before anything runs | 62 → 63": BEFORE_ALL,
        "return tuple(sorted((*one, *other))[:NAMED]) if one and other else one or other | And → Or": (
            "Names are in their order and no more than that: what one has alone is the same put together."
        ),
        "if high - low == 1: | Sub → Add": SHORTCUT,
        "standing = [0] * len(lines) | 0 → 1": "At the first moment of all every line begins: each is set before it is read.",
        "return Figures(*(_outermost(each) for each in zip(*lines, strict=True))) | True → False": ALIKE,
    },
    "unattended_windows.py": {
        "for step, until in zip(steps, ends, strict=True): | True → False": ALIKE,
        "if held > 0 and step.amount is not None: | Gt → GtE": NO_TIME,
    },
    "price_history.py": {
        "if held > 0 and step.amount is not None: | Gt → GtE": NO_TIME,
    },
    "values.py": {
        "_MOST_UNITS = 10_000 | 10000 → 10001": FOUND_RIGHT,
        "if len(_UNITS) < _MOST_UNITS: | Lt → LtE": FOUND_RIGHT,
        "if len(_UNITS) < _MOST_UNITS: | Lt → GtE": FOUND_RIGHT,
        "return unit in _UNITS and type(unit[1]) is int | 1 → 2": FOUND_RIGHT,
        "if kind is not str and kind is not int: | And → Or": SHORTCUT,
    },
    "rules/copy_claims.py": {
        "_MOST_READY = 64 | 64 → 65": KEPT,
        "if len(_READY) >= _MOST_READY: | GtE → Gt": KEPT,
        "if len(_READY) >= _MOST_READY: | GtE → Lt": KEPT,
        "if ready is not None and ready[0] is params: | Is → IsNot": KEPT,
        "if ready is not None and ready[0] is params: | 0 → 1": KEPT,
        "continue | continue → pass #2": SHORTCUT,
    },
    "rules/cost.py": {
        'tax_bp = item.tax_bp if after.tax == "included" else 0 | 0 → 1': UNTAXED,
    },
    "rules/margin.py": {
        'tax_bp = 0 if isinstance(after, Money) and after.tax == "excluded" else item.tax_bp | 0 → 1': UNTAXED,
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
    "rules/stock_cover.py": {
        "low = after if item.stock is None else item.stock + taken.get(item.id, 0) | 0 → 1": COUNTED,
        "high = after if item.stock is None else item.stock + added.get(item.id, 0) | 0 → 1": COUNTED,
        "severity=lasts - limit, | Sub → Add": "All have one limit: what lasts longest is the furthest beyond it.",
    },
    "rules/stock_exposure.py": {
        "if type(item.after) is not int or item.unit_price is None or item.unit_price.amount <= 0: | LtE → Lt": (
            "What sells for nothing adds nothing, and nothing is over no limit."
        ),
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
