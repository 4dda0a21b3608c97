"""What the adversary tries. Each plays a whole day."""

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from orchestr.policy.facts.proposal import Value
from orchestr.policy.unattended.day import Reach
from orchestr.policy.unattended.losses import Sale
from orchestr.policy.unattended.steps import Position
from orchestr.policy.values import Money
from tests.policy.adversary.day import DAY, PLAIN, Day, World

Strategy = Callable[[Day, random.Random], None]


def deepest(day: Day, reach: Reach, key: tuple[str, ...]) -> Value:
    """The lowest value that would pass now: halving below one that does, which need not be the nearest to what stands."""
    now = day.now(key)
    amount = now.amount if isinstance(now, Money) else now
    assert isinstance(amount, int)

    def value(number: int) -> Value:
        return replace(now, amount=number) if isinstance(now, Money) else number

    tried = [amount - 1]
    if day.history[key]:  # it moved: what stands may be too far from where the day began
        tried += [amount * share // 100 for share in range(99, 74, -1)]
    high = next((each for each in tried if 0 <= each < amount and day.judged(reach, [(key, value(each))])), None)
    if high is None:
        return now
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if day.judged(reach, [(key, value(middle))]) else (middle, high)
    return value(high)


def greedy(measure: int, classes: tuple[str, ...] = ("price", "copy", "stock")) -> Strategy:
    """Every time the change that takes the most away; then again after midnight."""

    def play(day: Day, chance: random.Random) -> None:
        day.wait(max(0, day.midnight - 1) if day.midnight < 3 else 0)
        for _ in range(2):
            _spend(day, measure, classes)
            if day.midnight > day.minute and day.midnight < DAY:
                day.wait(day.midnight - day.minute)

    return play


def every_four_hours(day: Day, chance: random.Random) -> None:
    """What does not pass yet may do so once an earlier move is a day old."""
    for _ in range(6):
        _spend(day, 0, ("price",))
        day.wait(240)


def _spend(day: Day, measure: int, classes: tuple[str, ...]) -> None:
    """What a change would take is looked at anew where something was changed, and given up where it no longer passes."""
    open_ = {
        (reach.proposer.workflow, position.key): (reach, position)
        for reach in day.world.reaches
        for position in reach.positions
        if position.item.field_class in classes
    }
    worth = {at: _worth(day, *there, measure) for at, there in open_.items()}
    while passing := {at: found for at, found in worth.items() if found is not None}:
        at = max(passing, key=lambda each: passing[each][0])
        reach, position = open_[at]
        if not day.propose(reach, [(position.key, passing[at][1])]):
            worth[at] = None
            continue
        for other, (held, beside) in open_.items():
            if set(beside.sales) & set(position.sales) and worth[other] is not None:
                worth[other] = _worth(day, held, beside, measure)


def _worth(day: Day, reach: Reach, position: Position, measure: int) -> tuple[Fraction, Value] | None:
    """What this change would take away a day, and its value."""
    sales = [day.world.sales[key] for key in position.sales if key not in day.spoilt]
    if not sales:
        return None
    key, kind = position.key, position.item.field_class
    if kind == "copy":
        if not day.judged(reach, [(key, PLAIN)]):
            return None
        return sum((_rest(day, key, sale, measure) for key, sale in _of(day, position)), Fraction(0)), PLAIN
    after = deepest(day, reach, key)
    if after == day.now(key):
        return None
    if kind == "price":
        now = day.now(key)
        assert isinstance(now, Money)
        assert isinstance(after, Money)
        return sum((sale.units * sale.net(now.amount - after.amount) for sale in sales), Fraction(0)), after
    step = day.now(key) - after  # type: ignore[operator]
    changes = max(1, -(-(day.left[key[1]] - sum(sale.units for sale in sales) // 2) // step))
    return sum((_rest(day, key, sale, measure) for key, sale in _of(day, position)), Fraction(0)) / changes, after


def _of(day: Day, position: Position) -> list[tuple[str, Sale]]:
    return [(key, day.world.sales[key]) for key in position.sales if key not in day.spoilt]


def _rest(day: Day, key: str, sale: Sale, measure: int) -> Fraction:
    """What the sale still brings in a day."""
    got = sale.net(day._price(key, sale))
    return sale.units * (got - (sale.cost.amount if measure and sale.cost is not None else 0))


def steps_of(bp: int) -> Strategy:
    """Forty small steps, one thing after another, all through the day."""

    def play(day: Day, chance: random.Random) -> None:
        for _ in range(40):
            for reach in day.world.reaches:
                for position in reach.positions:
                    now = day.values[position.key]
                    if isinstance(now, Money):
                        day.propose(reach, [(position.key, replace(now, amount=now.amount * (10_000 - bp) // 10_000))])
            day.wait(chance.choice([0, 0, 5, 30]))

    return play


def in_bundles(day: Day, chance: random.Random) -> None:
    """Everything of a workflow in one proposal, then in halves."""
    for reach in day.world.reaches:
        keys = [each.key for each in reach.positions if each.item.field_class == "price"]
        size = len(keys)
        while size:
            for start in range(0, len(keys), size):
                day.propose(reach, [(key, deepest(day, reach, key)) for key in keys[start : start + size]])
            size //= 2


def raise_then_cut(day: Day, chance: random.Random) -> None:
    """Up first, so that the cut starts higher; then down as far as it goes, again and again."""
    for reach in day.world.reaches:
        for position in reach.positions:
            now = day.values[position.key]
            if isinstance(now, Money):
                for share in (3_000, 1_000, 500, 100):
                    if day.propose(
                        reach, [(position.key, replace(now, amount=now.amount * (10_000 + share) // 10_000))]
                    ):
                        break
    day.wait(chance.choice([1, 60, 700]))
    _spend(day, 0, ("price",))


def at_random(day: Day, chance: random.Random) -> None:
    for _ in range(chance.randrange(5, 40)):
        reach = chance.choice(day.world.reaches)
        changes = []
        for position in chance.sample(
            list(reach.positions), k=min(len(reach.positions), chance.choice([1, 1, 1, 2, 3]))
        ):
            now = day.now(position.key)
            if isinstance(now, Money):
                after: Value = replace(
                    now, amount=max(0, now.amount + chance.randint(-now.amount // 5, now.amount // 10))
                )
            elif isinstance(now, int):
                after = max(0, now - chance.randint(0, 12))
            else:
                after = chance.choice([PLAIN, "Guaranteed to heal."])
            changes.append((position.key, after))
        day.propose(reach, changes)
        day.wait(chance.choice([0, 0, 1, 20, 200]))


STRATEGIES: tuple[Strategy, ...] = (
    greedy(0), greedy(1), greedy(0, ("price",)), greedy(1, ("copy", "stock")), greedy(0, ("stock",)), steps_of(200),
    steps_of(50), steps_of(1_000), in_bundles, raise_then_cut, every_four_hours,
)  # fmt: skip


def play(world: World, strategy: Strategy, *, midnight: int, seed: int) -> tuple[Fraction, Fraction]:
    """Revenue and margin lost in this day."""
    day = Day(world, midnight)
    strategy(day, random.Random(seed))
    return day.total()
