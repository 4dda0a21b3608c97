"""How far a field address can be led unattended, one change after another: asked of `evaluate()` by trying."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts import EvidenceFacts, ExposureFacts, Facts, ItemFacts, Value
from orchestr.policy.findings import RANK
from orchestr.policy.packing import Cell
from orchestr.policy.ruleset import Policy
from orchestr.policy.unattended_classes import FIGURES, answered, easiest_of, kind_of
from orchestr.policy.values import Money

if TYPE_CHECKING:
    from orchestr.policy.unattended_losses import Position

# A price may pass where its neighbour does not only for these. They are left out, which makes the bound no lower.
UNEVEN = frozenset({"price_ending"})
MOST_STEPS = 400  # of one thing; what would go on is then counted as lost with one more
MOST_ROOM = 100_000  # a cell that lets so many pass has no limit
COPIES = ("A plain sentence.", "A plain sentence", "A", "Plain words of about the usual length for a text like this.")
EVIDENCE = "now"
DAY_S = 86_400

Starts = tuple[tuple[Value, int], ...]

Wanted = tuple["Position", tuple["Proposer", ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposer:
    """Who would propose: the agent, its workflow and the stage that holds it back."""

    agent: str
    workflow: str
    stage: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A share of the day, and the lowest amounts there can be in it after one change, two, and so on."""

    share: Fraction
    values: tuple[int, ...]

    def after(self, changes: int) -> int | None:
        """None where nothing could be changed yet."""
        return self.values[min(changes, len(self.values)) - 1] if self.values else None


class Steps:
    """Asks one policy. Everything else is as good as an agent can make it: fresh evidence, full confidence, nothing
    standing in the ledger, each change proposed by itself (a change more never lowers the tier)."""

    def __init__(self, policy: Policy, *, at: int) -> None:
        self._policy, self._at = policy, at
        self._kept: dict[tuple[Any, ...], tuple[Phase, ...] | None] = {}
        self._rooms: dict[tuple[Any, ...], int | None] = {}
        self._kinds: dict[int, tuple[Any, ...]] = {}
        self._evidence = (
            EvidenceFacts(id=EVIDENCE, kind="observed", observed_at=at, expires_at=at + 900, sha256="0" * 64),
        )

    def likely(self, wanted: Iterable[Wanted]) -> Iterator[Wanted]:
        """Without the groups of which not even the best figures of all together would pass.

        A group is alike in everything but amounts. A price is easiest to change where price is high and cost,
        minimum price, demand and stock are low; so one question answers for thousands.
        """
        groups: dict[tuple[Any, ...], list[Wanted]] = {}
        for position, proposers in wanted:
            groups.setdefault((*self._kind(position), position.starts != (), proposers), []).append(
                (position, proposers)
            )
        for rows in groups.values():
            item, proposers = rows[0][0].item, rows[0][1]
            easiest = easiest_of([position.item for position, _ in rows]) if item.field_class == "price" else None
            if easiest is None or rows[0][0].starts or self._first(easiest, (), proposers) is not None:
                yield from rows

    def ahead(self, wanted: Iterable[Wanted]) -> list[Wanted]:
        """Work out the phases of all of these, once for each class that is alike, and give them back."""
        listed = list(wanted)
        classes: dict[tuple[Any, ...], list[Wanted]] = {}
        for position, proposers in listed:
            if (position.key, proposers) not in self._kept:
                item = position.item
                stands = _amount(item.before) if item.field_class == "price" else None
                alike = (*self._kind(position), stands, item.lineage, position.starts, proposers)
                classes.setdefault(alike, []).append((position, proposers))
        for rows in classes.values():
            self._answer(rows)
        return listed

    def phases(self, position: "Position", proposers: tuple[Proposer, ...]) -> tuple[Phase, ...] | None:
        """As `_phases`, worked out once for a position and those who could change it."""
        kept = (position.key, proposers)
        if kept not in self._kept:
            self._kept[kept] = self._phases(position.item, position.starts, proposers)
        return self._kept[kept]

    def _kind(self, position: "Position") -> tuple[Any, ...]:
        if id(position) not in self._kinds:
            self._kinds[id(position)] = kind_of(position.item)
        return self._kinds[id(position)]

    def _answer(self, rows: list[Wanted]) -> None:
        """Of one class: a price is sandwiched, copy that passes once passes always, the rest is asked by its figures."""
        first, proposers = rows[0]
        if first.item.field_class == "price" and first.item.prices is None:
            found = answered(
                (position.item for position, _ in rows), lambda item: self._phases(item, first.starts, proposers)
            )
            for place, (position, _) in enumerate(rows):
                self._kept[position.key, proposers] = found[place]
            return
        known: dict[tuple[Any, ...], tuple[Phase, ...] | None] = {}
        for position, _ in rows:
            item = position.item
            own = item.id if item.field_class == "promotion" else ""
            figures = (*(repr(getattr(item, name)) for name in (*FIGURES, "promotion")), own)
            if item.field_class == "copy" and () in known.values():
                figures = ("passes",)  # what one text may become, another may: it is the new text that is judged
                known[figures] = ()
            if figures not in known:
                known[figures] = self._phases(item, first.starts, proposers)
            self._kept[position.key, proposers] = known[figures]

    def _phases(self, item: ItemFacts, starts: Starts, proposers: tuple[Proposer, ...]) -> tuple[Phase, ...] | None:
        """How low a price or a stock can be at each time of the day; () where one change spoils all; None where none passes.

        In each phase what the day is counted from may be any value that has been it so far, which is never too little.
        """
        if item.field_class not in ("price", "stock"):
            return () if self._first(item, starts, proposers) is not None else None
        marks = starts or ((None, 0),)
        ends = [begins for _, begins in marks[1:]] + [DAY_S]
        found = []
        for place, (_, begins) in enumerate(marks):
            bases = tuple(dict.fromkeys(value for value, _ in marks[: place + 1]))
            values = self._values(item, bases, proposers, last=place == len(marks) - 1)
            found.append(Phase(Fraction(ends[place] - begins, DAY_S), values))
        return tuple(found) if any(phase.values for phase in found) else None

    def _values(
        self, item: ItemFacts, bases: tuple[Value, ...], proposers: tuple[Proposer, ...], *, last: bool
    ) -> tuple[int, ...]:
        """The amounts after each change, each as low as passes."""
        now, found = _amount(item.before), list[int]()
        step = 0 if now is None else now // 2
        while now is not None and now > 0:
            if len(found) == MOST_STEPS:
                found.append(0)
                break
            standing = _as_of(item, now)
            near = _lowest(partial(self._any, standing, bases, proposers), now, now - step)
            reached = [near, *(self._towards(standing, base, now, proposers) for base in bases)]
            low = min((each for each in reached if each is not None), default=None)
            if low is None:
                break
            found.append(low)
            now, step = low, now - low
            if last and None in bases:  # from the first change on, the day is counted from the value of now
                bases = (*(base for base in bases if base is not None), item.before)
        return tuple(found)

    def _towards(self, item: ItemFacts, base: Value, now: int, proposers: tuple[Proposer, ...]) -> int | None:
        """The lowest amount that passes where one less does not: too far above where the day began, so that only what
        is nearer to that passes. What the day asks comes on top of what is asked without one: the amounts that pass
        lie in one piece, and it holds the lowest of those without, or where the day began."""
        passes = partial(self._any, item, (base,), proposers)
        begun = _amount(base)
        if begun is None or begun >= now or passes(now - 1):
            return None
        lowest = _lowest(partial(self._any, item, (None,), proposers), now, now)
        if lowest is None or passes(lowest):
            return lowest
        return _lowest(passes, begun + 1, begun) if begun >= lowest else None

    def room(self, item: ItemFacts, starts: Starts, proposers: tuple[Proposer, ...]) -> tuple[Cell, int | None]:
        """The cell that limits changes of this thing most within 24 hours, and how many it lets pass."""
        rooms = [((segment, item.channel), self._cell(item, starts, proposers, segment)) for segment in item.segments]
        if not rooms:
            return ("", item.channel), None
        return min(rooms, key=lambda row: MOST_ROOM if row[1] is None else row[1])

    def _cell(self, item: ItemFacts, starts: Starts, proposers: tuple[Proposer, ...], segment: str) -> int | None:
        kept = (segment, item.channel, item.field_class, item.segments, proposers)
        if kept not in self._rooms:
            after = self._first(item, starts, proposers)
            bases = _bases(starts)

            def passes(standing: int) -> bool:
                there = ExposureFacts(segment=segment, channel=item.channel, pending=0, live_24h=standing)
                return any(
                    self._passes(replace(item, after=after, day_start=base), who, (there,))
                    for base in bases
                    for who in proposers
                )

            self._rooms[kept] = None if passes(MOST_ROOM) else _greatest(passes, MOST_ROOM) + 1
        return self._rooms[kept]

    def _first(self, item: ItemFacts, starts: Starts, proposers: tuple[Proposer, ...]) -> Value:
        """Some change that passes, the smallest there is; None where none does."""
        for after in _smallest(item):
            for base in _bases(starts):
                if any(self._passes(replace(item, after=after, day_start=base), who) for who in proposers):
                    return after
        return None

    def _any(self, item: ItemFacts, bases: tuple[Value, ...], proposers: tuple[Proposer, ...], amount: int) -> bool:
        after = _with(item.before, amount)
        return any(self._passes(replace(item, after=after, day_start=base), who) for base in bases for who in proposers)

    def _passes(self, item: ItemFacts, who: Proposer, exposure: tuple[ExposureFacts, ...] = ()) -> bool:
        facts = Facts(
            at=self._at,
            proposer_kind="agent",
            proposer=who.agent,
            workflow=who.workflow,
            stage=who.stage,
            confidence_bp=10_000,
            items=(item,),
            evidence=self._evidence,
            exposure=exposure,
        )
        verdict = evaluate(facts, self._policy)
        return all(finding.rule in UNEVEN or not RANK[finding.effect] for finding in verdict.findings)


def _bases(starts: Starts) -> tuple[Value, ...]:
    return tuple(value for value, _ in starts) or (None,)


def _smallest(item: ItemFacts) -> Iterator[Value]:
    now = _amount(item.before)
    if item.field_class in ("price", "stock"):
        if now is not None and now > 0:
            yield _with(item.before, now - 1)
    elif item.field_class == "copy":
        yield from (text for text in COPIES if text != item.before)
        if isinstance(item.before, str) and " " in item.before:
            yield item.before.rsplit(" ", 1)[0]
    elif item.field_class == "promotion" and isinstance(item.before, dict):
        for name in ("percent_bp", "discount_bp"):
            if isinstance(rate := item.before.get(name), int):
                yield {**item.before, name: rate + 1}


def _lowest(passes: Callable[[int], bool], now: int, guess: int) -> int | None:
    """The lowest amount that passes, where whatever is nearer to `now` passes too; None if not even one less does.

    Begins at `guess` and widens from there: one step of a price is much like the one before.
    """
    if not passes(now - 1):
        return None
    low, high = -1, now - 1  # high passes; what lies at low or below does not
    width = 1
    while low < guess < high:
        if passes(guess):
            high, guess = guess, guess - width
        else:
            low, guess = guess, guess + width
        width *= 4
    while high - low > 1:
        middle = (low + high) // 2
        if passes(middle):
            high = middle
        else:
            low = middle
    return high


def _greatest(passes: Callable[[int], bool], beyond: int) -> int:
    """The greatest number that passes, −1 where 0 does not; `beyond` does not."""
    low, high = -1, beyond
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low


def _amount(value: Value) -> int | None:
    if isinstance(value, Money):
        return value.amount
    return value if type(value) is int else None


def _with(value: Value, amount: int) -> Value:
    return replace(value, amount=amount) if isinstance(value, Money) else amount


def _as_of(item: ItemFacts, amount: int) -> ItemFacts:
    """The item once it stands at this amount."""
    now = _with(item.before, amount)
    return replace(item, before=now, live=now)
