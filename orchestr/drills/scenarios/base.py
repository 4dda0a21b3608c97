"""A scenario: which kinds of value it needs, what it does in turn, and what it expects."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from orchestr.drills.expect import Expectation
from orchestr.drills.models import Drill

type Clock = Callable[[], datetime]
# True once it is played; False while it is not its time yet. Reads systems outside any transaction.
type Act = Callable[[Drill, Clock], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`acts` are played one after the other; `expectations` are looked at until all are answered."""

    name: str
    kinds: frozenset[str]
    acts: tuple[Act, ...]
    expectations: tuple[Expectation, ...]
    plays_dead: bool = False  # the sandbox's connector has to be able to
