"""What a simulation says, gathered proposal by proposal in constant memory: figures whole, lists up to a length."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestr.outcomes.replay import OUTCOMES, Replayed
from orchestr.policy.values import Json

LISTED = 200  # of each kind; the figures count all
KINDS = ("refused", "stricter", "looser", "functions", "stopped", "unreadable", "errors")
_RANK = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}


@dataclass(slots=True)
class Report:
    """`moves` counts (before, after); `counts` and `lists` go by kind:

    refused and stricter (asks for more than then), looser, functions (the same tier, other functions), stopped (put
    back later, and judged more strictly now), unreadable (facts of another format), errors (a rule failed on them).
    A proposal may stand in several. Loads are ten-thousandths of a review.
    """

    replayed: int = 0
    put_back: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    reviews_before: int = 0
    reviews_after: int = 0
    shared: int = 0
    without_deciders: int = 0
    by_function: Counter[str] = field(default_factory=Counter)
    lists: dict[str, list[dict[str, Json]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def add_all(self, results: Iterable[Replayed]) -> None:
        for each in results:
            self.add(each)

    def add(self, each: Replayed) -> None:
        self.replayed += 1
        self.put_back += each.put_back
        if each.unreadable:
            self._list("unreadable", each, code=each.unreadable)
            return
        self.moves[each.before, each.after] += 1
        if each.errors:
            self.errors.update(each.errors)
            self._list("errors", each, code=", ".join(sorted(f"{rule} ({error})" for rule, error in each.errors)))
        self._sort(each)
        self._weigh(each)

    def _sort(self, each: Replayed) -> None:
        more = _RANK[each.after] - _RANK[each.before]
        if more > 0:
            self.rules[each.rule] += 1
            self._list("refused" if each.after == "refused" else "stricter", each)
            if each.put_back:
                self._list("stopped", each)
        elif more < 0:
            self._list("looser", each)
        elif each.after != "refused" and set(each.functions) != set(each.functions_before):
            self._list("functions", each)

    def _weigh(self, each: Replayed) -> None:
        if each.load is None:
            return
        self.reviews_before += each.load.before
        self.reviews_after += each.load.after
        if each.load.shared is None:
            self.without_deciders += 1
            return
        self.shared += each.load.shared
        for name, share in each.load.by_function:
            self.by_function[name] += share

    def _list(self, kind: str, each: Replayed, *, code: str = "") -> None:
        self.counts[kind] += 1
        if len(self.lists[kind]) < LISTED:
            self.lists[kind].append(
                {
                    "proposal": each.proposal,
                    "before": each.before,
                    "after": each.after,
                    "functions": list(each.functions),
                    "rule": each.rule,
                    "code": code or each.code,
                    "put_back": each.put_back,
                }
            )

    def to_wire(self) -> dict[str, Json]:
        return {
            "replayed": self.replayed,
            "put_back": self.put_back,
            "moves": [[*move, count] for move, count in sorted(self.moves.items())],
            "counts": {kind: self.counts[kind] for kind in KINDS},
            "rules": dict(self.rules.most_common()),
            "errors": [[*error, count] for error, count in sorted(self.errors.items())],
            "reviews": {
                "before": self.reviews_before,
                "after": self.reviews_after,
                "shared": self.shared,
                "by_function": dict(sorted(self.by_function.items())),
                "without_deciders": self.without_deciders,
            },
            "lists": self.lists,
        }


def changed(wire: Mapping[str, Any]) -> int:
    """How many would have been judged otherwise: another tier, a refusal, or other functions."""
    counts = wire["counts"]
    return int(sum(counts[kind] for kind in ("refused", "stricter", "looser", "functions")))


def a_day(share: int, days: int) -> int:
    """Ten-thousandths of a review in `days` days as hundredths of a review a day, away from zero."""
    size = -(-abs(share) // (100 * days))
    return size if share >= 0 else -size
