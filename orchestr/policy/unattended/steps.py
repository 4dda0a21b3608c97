"""How far field addresses can be led unattended, each class of them worked out once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from orchestr.policy.facts.proposal import ExposureFacts, ItemFacts, Value
from orchestr.policy.promotions.packing import Cell
from orchestr.policy.ruleset import Policy
from orchestr.policy.unattended.asked import Asked, Judges, Proposer
from orchestr.policy.unattended.classes import FIGURES, answered, kind_of, stood
from orchestr.policy.unattended.ladder import Ladders, Phases, Starts, amount_of, value_of, with_amount
from orchestr.policy.unattended.money import Rooms

MOST_ROOM = 100_000  # a cell that lets so many pass has no limit
COPIES = ("A plain sentence.", "A plain sentence", "A", "Plain words of about the usual length for a text like this.")

Proposers = tuple[Proposer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One field address that could be changed, as it stands: `item.before` is the value now.

    `starts` is what `day_start` will be as the day goes on, each with the seconds from now when it begins to be it:
    the values in force within the last 24 h, and at last None, when the last move has passed. Empty: it has not moved.
    `sales` are the keys of what hangs on it: a price its own, a stock or a copy whatever is sold under it.
    """

    item: ItemFacts
    sales: tuple[str, ...]
    starts: Starts = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.item.type, self.item.id, self.item.field, self.item.address.key()


Wanted = tuple[Position, Proposers]


class Steps:
    """Asks one policy, and keeps what it was told."""

    def __init__(self, policy: Policy, *, at: int) -> None:
        self._asked = Asked(policy, at=at)
        self._ladders = Ladders(self._asked)
        self.budgets = Rooms(self._asked)
        self._kept: dict[tuple[Any, ...], Phases | None] = {}
        self._answers: dict[tuple[Any, ...], Phases | None] = {}
        self._texts: dict[tuple[Any, ...], bool] = {}
        self._may: dict[tuple[Any, ...], bool] = {}
        self._kinds: dict[int, tuple[Any, ...]] = {}
        self._rooms: dict[tuple[Any, ...], int | None] = {}

    def ahead(self, wanted: Iterable[Wanted]) -> list[Wanted]:
        """Work out the phases of all of these, once for each class that is alike, and give them back."""
        listed = list(wanted)
        kinds: dict[tuple[Any, ...], list[Wanted]] = {}
        for position, proposers in listed:
            if (position.key, proposers) in self._kept:
                continue
            if position.item.field_class == "price":
                kinds.setdefault(self._kind(position.item), []).append((position, proposers))
            else:
                self._kept[position.key, proposers] = self._other(position, proposers)
        for kind, rows in kinds.items():
            self._prices(kind, rows)
        return listed

    def phases(self, position: Position, proposers: Proposers) -> Phases | None:
        """How low a price or a stock can be at each time of the day; () where one change spoils all; None where none
        passes. `ahead` has been asked."""
        return self._kept[position.key, proposers]

    def _kind(self, item: ItemFacts) -> tuple[Any, ...]:
        if id(item) not in self._kinds:
            self._kinds[id(item)] = kind_of(item)
        return self._kinds[id(item)]

    def _prices(self, kind: tuple[Any, ...], rows: list[Wanted]) -> None:
        """Of one kind: those who may change it at all are asked for once, the amounts once for each class."""
        classes: dict[tuple[Any, ...], list[Wanted]] = {}
        judged: dict[int, Judges] = {}
        for position, proposers in rows:
            item = position.item
            found = []
            for who in proposers:
                judges = self._asked.judges(item, who)
                may = (kind, who, id(judges))
                if may not in self._may:
                    after = next(_smallest(item), None)
                    tried = item if after is None else replace(item, after=after)
                    self._may[may] = after is not None and self._asked.passes_but_for_amounts(tried, who)
                if self._may[may]:
                    judged[id(judges)] = judges
                    found.append(id(judges))
            if not found:
                self._kept[position.key, proposers] = None
                continue
            under = tuple(dict.fromkeys(found))
            if (position.key, under) in self._answers:
                self._kept[position.key, proposers] = self._answers[position.key, under]
                continue
            where = stood(item)
            moved = bool(position.starts) or (where != ("still",) * len(where) and item.prices is not None)
            exact = item.before if moved else None
            alike = (under, position.starts, item.prices is None, where, exact)
            classes.setdefault(alike, []).append((position, proposers))
        for (under, starts, *_), alike_rows in classes.items():
            self._answer(under, [judged[each] for each in under], starts, alike_rows)

    def _answer(self, under: tuple[int, ...], judged: list[Judges], starts: Starts, rows: list[Wanted]) -> None:
        found = answered(
            (position.item for position, _ in rows), lambda item: self._ladders.phases(item, starts, judged)
        )
        for place, (position, proposers) in enumerate(rows):
            self._kept[position.key, proposers] = self._answers[position.key, under] = found[place]

    def _other(self, position: Position, proposers: Proposers) -> Phases | None:
        """A stock is asked for by its figures; copy that passes once passes always: it is the new text that is judged."""
        item = position.item
        own = item.id if item.field_class == "promotion" else ""
        alike = (self._kind(item), item.segments, item.lineage, proposers)
        if item.field_class == "copy":
            if not self._texts.get(alike):
                self._texts[alike] = self._first(item, proposers) is not None
            return () if self._texts[alike] else None
        figures = (*alike, *(repr(getattr(item, name)) for name in (*FIGURES, "promotion")), own)
        if figures not in self._kept:
            self._kept[figures] = self._figured(position, proposers)
        return self._kept[figures]

    def _figured(self, position: Position, proposers: Proposers) -> Phases | None:
        item = position.item
        if item.field_class != "stock":
            return () if self._first(item, proposers) is not None else None
        after = next(_smallest(item), None)
        if after is None:
            return None
        able = [who for who in proposers if self._asked.passes_but_for_amounts(replace(item, after=after), who)]
        judged = {id(judges): judges for judges in (self._asked.judges(item, who) for who in able)}
        return self._ladders.phases(item, position.starts, list(judged.values())) if judged else None

    def room(self, position: Position, proposers: Proposers) -> tuple[Cell, int | None]:
        """The cell that limits changes of this thing most within 24 hours, and how many it lets pass."""
        item = position.item
        rooms = [((segment, item.channel), self._cell(position, proposers, segment)) for segment in item.segments]
        if not rooms:
            return ("", item.channel), None
        return min(rooms, key=lambda row: MOST_ROOM if row[1] is None else row[1])

    def _cell(self, position: Position, proposers: Proposers, segment: str) -> int | None:
        item = position.item
        kept = (segment, item.channel, item.field_class, item.segments, proposers)
        if kept not in self._rooms:
            tried = self._passing(position, proposers)

            def passes(standing: int) -> bool:
                there = ExposureFacts(segment=segment, channel=item.channel, pending=0, live_24h=standing)
                return any(self._asked.passes(each, who, (there,)) for each in tried for who in proposers)

            self._rooms[kept] = None if not tried or passes(MOST_ROOM) else _greatest(passes, MOST_ROOM) + 1
        return self._rooms[kept]

    def _passing(self, position: Position, proposers: Proposers) -> list[ItemFacts]:
        """The thing with some change that passes: the smallest one, from wherever the day may begin."""
        item = position.item
        if item.field_class in ("price", "stock"):
            deep = {phase.values[0] for phase in self.phases(position, proposers) or () if phase.values}
            now = amount_of(item.before) or 0
            tried = [with_amount(item, amount) for amount in sorted({now - 1, *deep}, reverse=True)]
        else:
            tried = [replace(item, after=after) for after in _smallest(item)]
        bases = tuple(value for value, _ in position.starts) or (None,)
        every = [replace(each, day_start=base) for each in tried for base in bases]
        return next(([each] for each in every if any(self._asked.passes(each, who) for who in proposers)), [])

    def _first(self, item: ItemFacts, proposers: Proposers) -> Value:
        """Some change that passes, the smallest there is; None where none does."""
        for after in _smallest(item):
            if any(self._asked.passes(replace(item, after=after), who) for who in proposers):
                return after
        return None


def _smallest(item: ItemFacts) -> Iterator[Value]:
    now = amount_of(item.before)
    if item.field_class in ("price", "stock"):
        if now is not None and now > 0:
            yield value_of(item.before, now - 1)
    elif item.field_class == "copy":
        yield from (text for text in COPIES if text != item.before)
        if isinstance(item.before, str) and " " in item.before:
            yield item.before.rsplit(" ", 1)[0]
    elif item.field_class == "storefront" and isinstance(item.before, dict):
        yield item.before  # any order passes that the one standing there passes as
    elif item.field_class == "promotion" and isinstance(item.before, dict):
        for name in ("percent_bp", "discount_bp"):
            if isinstance(rate := item.before.get(name), int):
                yield {**item.before, name: rate + 1}


def _greatest(passes: Callable[[int], bool], beyond: int) -> int:
    """The greatest number that passes, −1 where 0 does not; `beyond` does not."""
    low, high = -1, beyond
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low
