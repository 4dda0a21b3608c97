"""Events that are one: sorted by what they share, each group judged once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from orchestr.runs.events import Stored
from orchestr.triggers.facts import Things, facts_for, things
from orchestr.triggers.matching import Subject, Unreadable, dedupe_key, holds, subject_of
from orchestr.triggers.routes import Route, Routes
from orchestr.triggers.suppression import Judged, judge
from orchestr.triggers.windows import Claim, Name


@dataclass(frozen=True, slots=True)
class Told:
    """What one trigger made of one event."""

    outcome: str
    reason: str = ""
    run_id: UUID | None = None
    trigger_id: UUID | None = None
    trigger: str = ""
    left_out: tuple[tuple[str, str], ...] = ()  # of a run that was started: what was held back, and why


@dataclass(slots=True)
class Group:
    """Events of one trigger that share a dedupe key, in the order they came, and what was judged of them."""

    route: Route
    key: str
    subject: Subject
    place: int  # among all groups, by which came first
    events: list[Stored] = field(default_factory=list)
    judged: Judged = Judged()

    @property
    def name(self) -> Name:
        return (self.route.trigger.pk, self.key)

    def told(self, outcome: str, reason: str = "", run_id: UUID | None = None) -> Told:
        return Told(outcome, reason, run_id, self.route.trigger.pk, self.route.trigger.key)

    def claim(self, *, at: datetime) -> Claim:
        until = at + timedelta(seconds=self.route.definition.window_s)
        return Claim(name=self.name, count=len(self.events), until=until, last_event_id=self.events[-1].row.pk)


TESTED = "test|"  # before the name of a group that a test token brought

type Tellings = dict[UUID, list[Told]]  # by the event's id


def grouped(events: Sequence[Stored], routes: Routes, tellings: Tellings, *, sandbox_only: bool) -> list[Group]:
    """Sort new events into groups; what no condition lets through, or cannot be read, is told at once.

    An event of a test is never one with an event of real work: their groups have names of their own.
    """
    groups: dict[Name, Group] = {}
    for event in events:
        for route in routes.of(event.given):
            if not holds(route.definition.conditions, event.given.data):
                tellings[event.row.pk].append(_told(route, "suppressed", "conditions"))
                continue
            try:
                subject = subject_of(route.definition, event.given)
            except Unreadable as wrong:
                tellings[event.row.pk].append(_told(route, "refused", wrong.code))
                continue
            key = dedupe_key(route.definition, subject)
            key = TESTED + key[len(TESTED) :] if sandbox_only else key  # as long as any other
            group = groups.setdefault((route.trigger.pk, key), Group(route, key, subject, len(groups)))
            group.events.append(event)
    return sorted(groups.values(), key=lambda group: (str(group.route.trigger.pk), group.key))


def judge_all(groups: Sequence[Group], *, at: datetime) -> Things:
    """Judge every group by the facts of its trigger; returns the things they are about."""
    known = things({target for group in groups for target in group.subject.targets})
    facts = {}
    for group in groups:
        route = group.route
        if route.trigger.pk not in facts:
            facts[route.trigger.pk] = facts_for(route.workflow, route.definition.holds, known, at=at)
        group.judged = judge(route.definition.holds, facts[route.trigger.pk], group.subject.targets, at=at)
    return known


def places_of(group: Group, known: Things) -> list[str]:
    """Where a start of this group counts against the cap: segment|channel|template family."""
    found = {id for target in group.judged.targets for id in known.segments.get(target, ())}
    if not found:
        found = {segment.pk for segment in group.route.workflow.segments.all()}
    ending = f"{group.subject.channel}|{group.route.definition.family}"
    before = TESTED if group.key.startswith(TESTED) else ""
    return sorted(f"{before}{id}|{ending}"[:300] for id in found) or [f"{before}|{ending}"[:300]]


def _told(route: Route, outcome: str, reason: str) -> Told:
    return Told(outcome, reason, None, route.trigger.pk, route.trigger.key)
