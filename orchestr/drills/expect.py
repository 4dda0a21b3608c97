"""What a drill expects, and how each expectation is answered. Codes and figures only; words are made at the edge."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from orchestr.drills.seen import Fact, Seen
from orchestr.policy.values import Json

Standing = Literal["met", "not_met", "not_yet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`code` says what answers it (a rule, a person, a breaker …), `fact` proves it, `figures` with which names."""

    standing: Standing
    code: str
    fact: Fact | None = None
    figures: dict[str, Json] = field(default_factory=dict)


type Look = Callable[[Seen], Answer]


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of the score."""

    name: str
    look: Look


def not_yet(code: str = "waiting") -> Answer:
    return Answer(standing="not_yet", code=code)


def met(code: str, fact: Fact | None = None, **figures: Json) -> Answer:
    return Answer(standing="met", code=code, fact=fact, figures=figures)


def not_met(code: str, fact: Fact | None = None, **figures: Json) -> Answer:
    return Answer(standing="not_met", code=code, fact=fact, figures=figures)


def in_wire(name: str, answer: Answer, *, started_at: datetime) -> dict[str, Json]:
    """As the drill keeps it; `after_s` in whole seconds since the start."""
    fact = answer.fact
    return {
        "name": name,
        "standing": answer.standing,
        "code": answer.code,
        "figures": answer.figures,
        "event": str(fact.id) if fact is not None else None,
        "at": fact.at.isoformat() if fact is not None else None,
        "after_s": max(0, int((fact.at - started_at).total_seconds())) if fact is not None else None,
        "by_kind": fact.by_kind if fact is not None else None,
        "by": fact.by if fact is not None else None,
    }
