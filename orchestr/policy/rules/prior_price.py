"""An announced reduction is computed on the lowest price of the 30 days before it starts.

Directive 98/6/EC art. 6a, as the Court reads it (C-330/23, Aldi Süd): not only must that prior price be named, the
percentage announced must be worked out from it. Art. 6a (3) to (5) leave room for goods that perish, for new
arrivals and for reductions that go further step by step: each is a parameter here, and none is on by default but
the last, for as long as `progressive_max_s` says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestr.policy.facts.price import Good, PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR, is_overstated, true_bp
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding, Measure
from orchestr.policy.parameters import effect, functions, number, texts
from orchestr.policy.promotions.reading import Announced, promotion_after
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Json, Money

NAME = "prior_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    short_effect: Effect = effect(
        "single", help="What follows where prices are known for less than 30 days before an announced reduction."
    )
    unchecked_effect: Effect = effect(
        "single", help="What follows where the prices behind an announced reduction could not be looked at one by one."
    )
    progressive_max_s: int = number(
        60 * DAY,
        unit="seconds",
        tighter="lower",
        help="For how long reductions that go further step by step may rest on the price before the first; 0: never.",
    )
    perishable_segments: tuple[str, ...] = texts(
        unit="segments", tighter="fewer", help="Segments of goods that deteriorate or expire rapidly: not looked at."
    )
    new_arrival_segments: tuple[str, ...] = texts(
        unit="segments", tighter="fewer", help="Segments of goods that have been on the market for less than 30 days."
    )
    new_arrival_s: int = number(
        14 * DAY,
        unit="seconds",
        tighter="higher",
        minimum=DAY,
        help="For how long the prices of a new arrival must be known before an announced reduction.",
    )
    functions: tuple[str, ...] = functions("legal", help="Who must look at it, or would have to confirm an exception.")


@dataclass(frozen=True, slots=True)
class _Told:
    """One reduction as it is told to buyers: `discount_bp` comes off the price, `percent_bp` is what is said of it."""

    item: ItemFacts
    facts: PriceFacts
    discount_bp: int
    percent_bp: int | None
    reference: Money | None
    progressive_since: int | None
    starts_at: int


@dataclass(frozen=True, slots=True)
class _Word:
    code: str
    effect: Effect
    good: Good
    value: Measure = None
    threshold: Measure = None
    severity: int = 0
    more: Mapping[str, Json] | None = None

    @property
    def gravity(self) -> tuple[int, str, str, str]:
        """Smallest for the worst, and never the same for two that differ."""
        said = repr((self.value, self.threshold, sorted((self.more or {}).items())))
        return -self.severity, self.good.sku, self.good.country, said


def judge(case: Case, params: Params) -> Iterable[Finding]:
    every = [_told(item) for item in (*case.of("promotion"), *case.of("price")) if item.prices]
    if not any(every):
        return ()
    percent, money = Tally(NAME, "bp"), Tally(NAME, "money")
    moves = _moves(case)
    for told in filter(None, every):
        item = told.item
        words = _worst(word for good in told.facts.goods for word in _words(told, good, moves, params))
        if told.facts.unchecked and not any(word.code == "prior_price_unchecked" for word in words):
            percent.add("prior_price_unchecked", params.unchecked_effect, item.index, functions=params.functions)
        for word in words:
            (money if isinstance(word.value, Money) else percent).add(
                word.code,
                word.effect,
                item.index,
                functions=params.functions,
                value=word.value,
                threshold=word.threshold,
                severity=word.severity,
                params={"sku": word.good.sku, **(word.more or {})},
            )
    return [*percent.findings(), *money.findings()]


def _told(item: ItemFacts) -> _Told | None:
    """None where nothing is announced: what is switched off, cannot be read, or takes off nobody knows what, says none."""
    facts = item.prices or PriceFacts()
    if facts.starts_at is None:
        return None
    if item.field_class == "price":
        # A price to be struck through: it promises nothing but that it was asked before.
        if not isinstance(item.after, Money):
            return None
        return _Told(item, facts, 0, None, item.after, None, facts.starts_at)
    promotion = promotion_after(item)
    told = promotion.announced or Announced()
    percent = promotion.discount_bp if told.percent_bp is None and told.reference is None else told.percent_bp
    if percent is None and told.reference is None:
        return None
    return _Told(
        item, facts, promotion.discount_bp or 0, percent, told.reference, told.progressive_since, facts.starts_at
    )


def _words(told: _Told, good: Good, moves: Mapping[tuple[str, str], list[Money]], params: Params) -> Iterator[_Word]:
    """What is to be said of one good, judged at the price it has and at each that this proposal would give it."""
    if not set(good.segments).isdisjoint(params.perishable_segments):
        yield _Word(code="prior_price_exempt", effect="info", good=good, more={"exception": "perishable"})
        return
    if good.price is None or good.known_since is None:
        yield _Word(code="prior_price_unchecked", effect=params.unchecked_effect, good=good)
        return
    if good.low is None:  # known since a moment ago, or not sold in those 30 days: there is nothing to compute it on
        yield _short(good, max(good.known_since, told.starts_at), params)
        return
    low, progressive = good.low, _is_progressive(told, good, params)
    if progressive and good.first_low is not None and good.first_low.amount > low.amount:  # never to their cost
        low = good.first_low
        yield _Word(code="prior_price_exempt", effect="info", good=good, more={"exception": "progressive"})
    yield from _shortness(told, good, good.known_since, params)
    if told.reference is not None:
        yield from _reference(told.reference, low, good)
    if told.percent_bp is None:
        return
    if not good.price.comparable(low):
        yield _Word(code="prior_price_unchecked", effect=params.unchecked_effect, good=good)
        return
    yield from _overstated(told, told.percent_bp, good, good.price.amount, low.amount)
    for price in moves.get((good.sku, told.item.channel), ()):
        if price.comparable(low):
            lowest = low.amount if progressive else min(low.amount, price.amount)
            yield from _overstated(told, told.percent_bp, good, price.amount, lowest)


def _overstated(told: _Told, said: int, good: Good, price: int, low: int) -> Iterator[_Word]:
    if is_overstated(price=price, discount_bp=told.discount_bp, low=low, announced_bp=said):
        really = true_bp(price=price, discount_bp=told.discount_bp, low=low)
        severity = said if really is None else said - really
        yield _Word(
            code="reduction_overstated", effect="refuse", good=good, value=really, threshold=said, severity=severity
        )


def _reference(reference: Money, low: Money, good: Good) -> Iterator[_Word]:
    if not reference.comparable(low):
        yield _Word(code="reference_not_comparable", effect="refuse", good=good)
    elif reference.amount > low.amount:
        yield _Word(
            code="reference_above_low",
            effect="refuse",
            good=good,
            value=reference,
            threshold=low,
            severity=reference.amount - low.amount,
        )


def _shortness(told: _Told, good: Good, known_since: int, params: Params) -> Iterator[_Word]:
    if known_since + PRIOR <= told.starts_at:
        return
    new = not set(good.segments).isdisjoint(params.new_arrival_segments)
    if new and known_since + params.new_arrival_s <= told.starts_at:
        yield _Word(code="prior_price_exempt", effect="info", good=good, more={"exception": "new_arrival"})
        return
    yield _short(good, known_since, params)


def _short(good: Good, known_since: int, params: Params) -> _Word:
    return _Word(
        code="prior_price_short",
        effect=params.short_effect,
        good=good,
        severity=known_since,
        more={"known_since": _rfc(known_since), "suffices_from": _rfc(known_since + PRIOR)},
    )


def _is_progressive(told: _Told, good: Good, params: Params) -> bool:
    """Shown by history and short enough; that there are 30 days before its beginning too is part of being shown."""
    since = told.progressive_since
    if since is None or good.low is None or good.first_low is None or good.known_since is None:
        return False
    if not good.first_low.comparable(good.low):
        return False
    return 0 < told.starts_at - since <= params.progressive_max_s and good.known_since + PRIOR <= since


def _worst(words: Iterable[_Word]) -> list[_Word]:
    """One word of each code and effect: of many goods the one it is gravest for, the first by SKU of equals."""
    found: dict[tuple[str, Effect], _Word] = {}
    for word in words:
        standing = found.get((word.code, word.effect))
        if standing is None or word.gravity < standing.gravity:
            found[word.code, word.effect] = word
    return list(found.values())


def _moves(case: Case) -> Mapping[tuple[str, str], list[Money]]:
    """The prices that this very proposal would give, by SKU and channel: the reduction would be on those."""
    found: dict[tuple[str, str], list[Money]] = {}
    for item in case.of("price"):
        if item.field == "price" and isinstance(item.after, Money):
            found.setdefault((item.id, item.channel), []).append(item.after)
    return found


def _rfc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


RULE = Rule(name=NAME, title="Prior price of announced reductions", params=Params, judge=judge)
