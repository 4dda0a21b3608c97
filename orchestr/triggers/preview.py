"""What a definition would have made of the latest events: tried on them, with the facts as they are now. Writes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestr.runs.events import SourceEvent
from orchestr.runs.models import Event
from orchestr.triggers.definition import Definition
from orchestr.triggers.facts import facts_for, things
from orchestr.triggers.matching import Subject, Unreadable, dedupe_key, holds, matches, subject_of
from orchestr.triggers.suppression import Facts, judge
from orchestr.workflows.models import Workflow

LATEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One event and what would have become of it; `outcome` is empty where the pattern does not take it."""

    event: Event
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The events tried, newest first, and how many would have ended how."""

    tried: Sequence[Tried]
    counts: dict[str, int]
    passed_by: int


def preview(*, key: str, definition: Definition, workflow: Workflow, at: datetime) -> Preview:
    """Try a definition on the latest events. Caps and budgets are not counted: what they hold back depends on the day."""
    rows = list(Event.objects.order_by("-received_at", "-id")[:LATEST])
    read = [(row, *_read(key, definition, row)) for row in rows]
    known = things({target for _, _, subject in read if subject for target in subject.targets})
    facts = facts_for(workflow, definition.holds, known, at=at)
    until: dict[str, datetime] = {}
    tried = []
    for row, told, subject in reversed(read):
        outcome, reason = told if subject is None else _judged(definition, facts, subject, row, until)
        tried.append(Tried(event=row, outcome=outcome, reason=reason))
    counts = Counter(each.outcome for each in tried if each.outcome)
    return Preview(
        tried=tuple(reversed([each for each in tried if each.outcome])),
        counts=dict(counts),
        passed_by=len(tried) - sum(counts.values()),
    )


def _read(key: str, definition: Definition, row: Event) -> tuple[tuple[str, str], Subject | None]:
    event = SourceEvent(id=row.given_id, type=row.type, source=row.source, subject=row.subject, data=row.data)
    if not matches(key=key, definition=definition, event=event):
        return ("", ""), None
    if not holds(definition.conditions, event.data):
        return ("suppressed", "conditions"), None
    try:
        return ("started", ""), subject_of(definition, event)
    except Unreadable as wrong:
        return ("refused", wrong.code), None


def _judged(
    definition: Definition, facts: Facts, subject: Subject, row: Event, until: dict[str, datetime]
) -> tuple[str, str]:
    judged = judge(definition.holds, facts, subject.targets, at=row.received_at)
    if judged.reason:
        return "suppressed", judged.reason
    key = dedupe_key(definition, subject)
    if key in until and row.received_at < until[key]:
        return "coalesced", ""
    until[key] = row.received_at + timedelta(seconds=definition.window_s)
    return "started", ""
