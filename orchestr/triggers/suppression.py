"""What keeps a trigger from starting a run, judged from facts. Pure: the facts come from `facts.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orchestr.triggers.cron import zone_of
from orchestr.triggers.definition import Holds, Quiet, minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when events arrive: of the workflow, and of each thing by type/id (a missing one is unknown)."""

    frozen: bool = False
    open_incident: bool = False
    frozen_targets: frozenset[str] = frozenset()
    protected_targets: frozenset[str] = frozenset()
    edited_at: Mapping[str, datetime] = field(default_factory=dict)  # by hand
    other_agent_at: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`reason` is why nothing starts, "" if something may. `targets` are what is left, `left_out` why the others not."""

    reason: str = ""
    targets: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def judge(holds: Holds, facts: Facts, targets: Sequence[str], *, at: datetime) -> Judged:
    """Whether a run may start for these things at this time. Of several things the held ones are left out."""
    if facts.frozen:
        return Judged(reason="frozen", targets=tuple(targets))
    if holds.incident and facts.open_incident:
        return Judged(reason="open_incident", targets=tuple(targets))
    if holds.quiet is not None and is_quiet(holds.quiet, at=at):
        return Judged(reason="quiet_hours", targets=tuple(targets))
    held = {target: reason for target in targets if (reason := _held(holds, facts, target, at))}
    if targets and len(held) == len(set(targets)):
        return Judged(reason=next(iter(held.values())), targets=(), left_out=tuple(held.items()))
    return Judged(targets=tuple(each for each in targets if each not in held), left_out=tuple(held.items()))


def is_quiet(quiet: Quiet, *, at: datetime) -> bool:
    """Whether the wall clock of the zone stands within the quiet hours. The same hour twice is no hour at all."""
    wall = at.astimezone(zone_of(quiet.zone))
    now, begins, ends = wall.hour * 60 + wall.minute, minutes(quiet.begins), minutes(quiet.ends)
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def _held(holds: Holds, facts: Facts, target: str, at: datetime) -> str:
    if target in facts.frozen_targets:
        return "frozen"
    if target in facts.protected_targets:
        return "protected"
    if _lately(facts.edited_at.get(target), holds.manual_edit_s, at):
        return "manual_edit"
    if _lately(facts.other_agent_at.get(target), holds.other_agent_s, at):
        return "other_agent"
    return ""


def _lately(when: datetime | None, span_s: int | None, at: datetime) -> bool:
    return when is not None and span_s is not None and (at - when).total_seconds() < span_s
