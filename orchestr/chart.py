"""State charts as data: one table of arrows per noun, from which refusals, docs and tests come."""

from dataclasses import dataclass
from typing import Any

from orchestr.refusal import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Arrow:
    """`verb` leads from `source` (None: from nothing) to `target`."""

    verb: str
    source: Any
    target: Any


class Chart:
    """The arrows of one noun. Asking for an arrow that is not there raises a Refusal."""

    def __init__(self, noun: str, states: Any, *arrows: Arrow) -> None:
        self.noun = noun
        self.states = tuple(str(state) for state in states)
        self.arrows = arrows
        self._targets: dict[tuple[str, str | None], frozenset[str]] = {}
        for arrow in arrows:
            source = None if arrow.source is None else str(arrow.source)
            known = self._targets.get((arrow.verb, source), frozenset())
            self._targets[arrow.verb, source] = known | {str(arrow.target)}

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(arrow.verb for arrow in self.arrows))

    def allows(self, verb: str, source: str | None, target: str | None = None) -> bool:
        targets = self._targets.get((verb, None if source is None else str(source)), frozenset())
        return bool(targets) if target is None else str(target) in targets

    def require(self, verb: str, source: str | None, target: str | None = None, *, about: dict[str, str]) -> None:
        """Raise `Refusal` (409, `not_in_this_state`) unless the arrow exists."""
        if self.allows(verb, source, target):
            return
        raise Refusal(
            Kind.CONFLICT,
            "not_in_this_state",
            f"This {self.noun} is {source} and cannot {verb.replace('_', ' ')} now.",
            next="Reload it and look at what has happened since.",
            params={"verb": verb, "state": str(source)},
            about=about,
        )
