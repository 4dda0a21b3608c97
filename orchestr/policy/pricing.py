"""Price arithmetic in whole numbers. Rounded so that comparing the result is exact."""

from orchestr.policy.values import Money

WHOLE = 10_000  # basis points


def change_bp(before: Money, after: Money) -> int | None:
    """The signed change in basis points, away from zero: it exceeds a whole limit exactly if the true one does.

    None where no percentage can be said: nothing to start from, or amounts that may not be subtracted.
    """
    if before.amount <= 0 or not before.comparable(after):
        return None
    delta = after.amount - before.amount
    size = -(-abs(delta) * WHOLE // before.amount)
    return size if delta >= 0 else -size


def margin_bp(price: Money, cost: Money, tax_bp: int) -> int | None:
    """(net price − cost) / net price in basis points, downwards: it is below a whole floor exactly if the true one is.

    `cost` is without tax. None where it cannot be said: a price of nothing, or another currency.
    """
    if price.amount <= 0 or (price.currency, price.exponent) != (cost.currency, cost.exponent):
        return None
    gross = WHOLE + tax_bp if price.tax == "included" else WHOLE
    return WHOLE - -(-cost.amount * gross // price.amount)


def lowest_price_bearing(cost: Money, *, tax_bp: int, floor_bp: int) -> int | None:
    """The lowest gross amount, in minor units, whose margin is not below the floor. None at 100 %."""
    if floor_bp >= WHOLE:
        return None
    return -(-cost.amount * (WHOLE + tax_bp) // (WHOLE - floor_bp))
