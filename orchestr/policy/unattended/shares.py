"""What the prices that may change unattended can lose together, with the rolling budgets in money that hold them."""

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from itertools import zip_longest

from orchestr.policy.budgets.standing import Scope
from orchestr.policy.unattended.losses import Climb, Losses, Purse
from orchestr.policy.unattended.money import Part, Piece, Rooms, within


class Shares:
    """Reckons for one catalogue under one policy; each set of prices once for a currency."""

    def __init__(self, losses: Losses, rooms: Rooms) -> None:
        self._losses, self._rooms = losses, rooms
        self._kept: dict[tuple[int, Purse], Fraction] = {}

    def prices(self, climbs: Sequence[Climb], purse: Purse) -> Fraction:
        """The most that cuts of these prices lose in a day, however many there are: the lowest of what the budgets of
        agents, segments and SKUs leave. Of revenue and of margin alike. `climbs` are kept as long as this is."""
        kept = (id(climbs), purse)
        if kept not in self._kept:
            prices = [climb for climb in climbs if climb.position.item.field_class == "price"]
            self._kept[kept] = self._losses.fraction(self._prices(prices, purse))
        return self._kept[kept]

    def _prices(self, climbs: Sequence[Climb], purse: Purse) -> int:
        cuts = [self._losses.cut(climb, purse) for climb in climbs]
        by_id = {id(climb): cut for climb, cut in zip(climbs, cuts, strict=True)}
        found = [within(cuts, self._agents(climbs, "margin"))]
        groups: tuple[tuple[Scope, list[list[Climb]]], ...] = (
            ("segment", _grouped(climbs, _segment)),
            ("sku", _grouped(climbs, _sku)),
        )
        for scope, parts in groups:
            pieces = (
                within([by_id[id(climb)] for climb in part], self._widest(scope, "margin", part)) for part in parts
            )
            found.append(sum(pieces))
        found.append(within(self._changes(climbs, purse), self._agents(climbs, "revenue")))
        found.append(
            sum(
                within(self._changes(part, purse), self._widest("segment", "revenue", part))
                for part in _grouped(climbs, _segment)
            )
        )
        return min(found)

    def _changes(self, climbs: Sequence[Climb], purse: Purse) -> list[Piece]:
        """Each change with the revenue of a week that it moves; one proposal moves a thing's on a channel once."""
        found = []
        for part in _grouped(climbs, lambda climb: (climb.position.item.id, climb.position.item.channel)):
            moved = [climb.position.item.net_revenue_7d for climb in part]
            least = min((0 if each is None else max(0, each.amount) for each in moved), default=0)
            gains = zip_longest(*(self._losses.steps(climb, purse) for climb in part), fillvalue=0)
            used = self._losses.whole_parts(least) or 0
            found += [Piece(sum(each), used) for each in gains]
        return found

    def _agents(self, climbs: Sequence[Climb], part: Part) -> int | None:
        """What all agents together may move; None where one of them has no limit."""
        widest: dict[str, int | None] = {}
        for climb in climbs:
            for who in climb.proposers:
                room = self._rooms.room("agent", part, climb.position.item, (who,))
                standing = widest.get(who.agent, 0)
                widest[who.agent] = None if standing is None or room is None else max(standing, room)
        if None in widest.values():
            return None
        return self._losses.whole_parts(sum(each for each in widest.values() if each is not None))

    def _widest(self, scope: Scope, part: Part, climbs: Sequence[Climb]) -> int | None:
        found = {self._rooms.room(scope, part, climb.position.item, climb.proposers) for climb in climbs}
        if None in found:
            return None
        return self._losses.whole_parts(max((each for each in found if each is not None), default=0))


def _segment(climb: Climb) -> Hashable:
    return climb.cell


def _sku(climb: Climb) -> Hashable:
    return climb.position.item.id


def _grouped[T](rows: Sequence[T], of: Callable[[T], Hashable]) -> list[list[T]]:
    found: dict[Hashable, list[T]] = {}
    for row in rows:
        found.setdefault(of(row), []).append(row)
    return list(found.values())
