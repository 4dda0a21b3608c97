"""Taking our change out from under a later one: what a value is where the later intent stays and ours never was.

Money: the later change is a share. What we found is multiplied by after ÷ before of each later change, in
fractions, and rounded once, half to even, in minor units. Quantities: ours is a difference, and it is taken out
of what is there now. Text: the later edits, word by word, are made on what we found; where they touch the words
that we had changed there is no answer. Nothing else can be rebased.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction

from orchestr.policy.values import MAX_AMOUNT, Json, Money, ValueRefused

MOST_WORDS = 2_000  # Comparing costs their square.

type Step = tuple[Json, Json]  # before, after
type Words = tuple[str, ...]


def money(found: Json, later: Sequence[Step]) -> Json:
    """`found` moved by the share of each later change; None where that means nothing.

    It means nothing across currencies, exponents or tax bases, from a price of zero, or where the result is
    zero or out of range: a rebase never gives something away.
    """
    try:
        start = Money.parse(found)
        steps = [(Money.parse(before), Money.parse(after)) for before, after in later]
    except ValueRefused:
        return None
    share = Fraction(1)
    for before, after in steps:
        if not (before.comparable(start) and after.comparable(start)) or before.amount <= 0:
            return None
        share *= Fraction(after.amount, before.amount)
    amount = round(start.amount * share)
    if not 0 < amount <= MAX_AMOUNT:
        return None
    return Money(amount, start.currency, start.exponent, start.tax).wire()


def quantity(live: Json, ours: Sequence[Step]) -> Json:
    """What is there now without the differences that we made; None below zero, or where a part is no number."""
    if type(live) is not int:
        return None
    left = live
    for before, after in ours:
        if type(before) is not int or type(after) is not int:
            return None
        left -= after - before
    return left if 0 <= left <= MAX_AMOUNT else None


def text(found: Json, later: Sequence[Step]) -> Json:
    """`found` with the words that each later change replaced; None where those are words that differ from ours."""
    if not isinstance(found, str):
        return None
    merged = found
    for before, after in later:
        if not isinstance(before, str) or not isinstance(after, str):
            return None
        step = _merged(_words(before), _words(merged), _words(after))
        if step is None:
            return None
        merged = step
    return merged


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    """Words `start` up to `end` of the base become `words`."""

    start: int
    end: int
    words: Words


def _words(value: str) -> Words:
    return tuple(re.findall(r"\s+|\S+", value))


def _merged(base: Words, one: Words, other: Words) -> str | None:
    if max(len(base), len(one), len(other)) > MOST_WORDS:
        return None
    ours, theirs = _edits(base, one), _edits(base, other)
    if any(_touch(mine, yours) for mine in ours for yours in theirs if mine != yours):
        return None
    laid: list[str] = []
    at = 0
    for edit in sorted({*ours, *theirs}):
        laid += [*base[at : edit.start], *edit.words]
        at = edit.end
    return "".join([*laid, *base[at:]])


def _edits(base: Words, changed: Words) -> list[_Edit]:
    codes = SequenceMatcher(None, base, changed, autojunk=False).get_opcodes()
    return [_Edit(i1, i2, changed[j1:j2]) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _touch(one: _Edit, other: _Edit) -> bool:
    """Side by side counts: nobody knows which of the two was meant to come first."""
    return one.start <= other.end and other.start <= one.end
