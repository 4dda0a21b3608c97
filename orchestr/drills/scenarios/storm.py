"""A storm: one event more than the workflow's trigger allows. They must be one run, and the trigger must be paused.

The trigger is a copy that takes the drill's events alone, with the windows and limits of the workflow's own, so that
real events go on as before.
"""

from dataclasses import replace

from django.db.models import Case, IntegerField, QuerySet, Value, When

from audit.record import record
from orchestr.drills.agent import BY, MARK, source_of
from orchestr.drills.expect import Answer, Expectation, met, not_met, not_yet
from orchestr.drills.models import Drill
from orchestr.drills.scenarios.base import Clock, Scenario
from orchestr.drills.seen import Seen
from orchestr.drills.step import step
from orchestr.people.models import Notice
from orchestr.policy.values import digest
from orchestr.runs.events import SourceEvent
from orchestr.runs.models import Event
from orchestr.triggers.definition import Definition, Holds
from orchestr.triggers.dispatch import MOST_AT_ONCE, dispatch_many
from orchestr.triggers.models import Trigger

TYPE = "orchestr.drill.storm"
MOST_EVENTS = 1_000  # a trigger that allows more is rehearsed at this many


def copy_trigger(drill: Drill, clock: Clock) -> bool:
    """The workflow's first trigger, made over to take the drill's events and no others."""
    with step(drill) as locked:
        at, own = clock(), _own(locked)
        rehearsed = replace(
            own,
            on="event",
            types=(TYPE,),
            sources=(),
            conditions=(),
            watch=None,
            cron="",
            value="",
            bucket=0,
            holds=Holds(incident=False),
            cap=None,
            storm=replace(own.storm, events=min(own.storm.events, MOST_EVENTS)),
        )
        wire = rehearsed.wire()
        trigger = Trigger.objects.create(
            key=f"drill-{locked.pk.hex[-16:]}",
            name=f"{MARK} {locked.workflow.name}"[:120],
            workflow=locked.workflow,
            kind="event",
            definition=wire,
            digest=digest(wire),
            drill=locked,
            created_at=at,
            changed_at=at,
        )
        record(
            action="trigger.created",
            actor=BY,
            at=at,
            about={"trigger": trigger.pk, "workflow": trigger.workflow_id, "drill": locked.pk},
            data={"key": trigger.key, "trigger_version": trigger.version, "digest": trigger.digest},
        )
    return True


def send_storm(drill: Drill, clock: Clock) -> bool:
    """One event more than is allowed, all about the same thing, as one feed would send them."""
    with step(drill) as locked:
        at = clock()
        definition = Definition.parse(locked.triggers.get().definition)
        events = [_event(locked, f"{number}", channel="storm") for number in range(definition.storm.events + 1)]
        for begin in range(0, len(events), MOST_AT_ONCE):
            dispatch_many(events=events[begin : begin + MOST_AT_ONCE], by=BY, at=at)
    return True


def send_one_more(drill: Drill, clock: Clock) -> bool:
    """Another event, about something else: a trigger that is paused starts nothing for it."""
    with step(drill) as locked:
        dispatch_many(events=[_event(locked, "after", channel="after")], by=BY, at=clock())
    return True


def coalesced(seen: Seen) -> Answer:
    if seen.drill.phase < 2:
        return not_yet()
    queued, sent = seen.all("run.queued"), _sent(seen.drill).filter(data__channel="storm").count()
    if not queued:
        return not_met("no_run")
    if len(queued) > 1:
        return not_met("several_runs", queued[1], events=sent, runs=len(queued))
    return met("one_run", queued[0], events=sent)


def paused(seen: Seen) -> Answer:
    if seen.drill.phase < 2:
        return not_yet()
    fact = next((each for each in seen.all("trigger.paused") if each.data.get("reason") == "storm"), None)
    if fact is None:
        return not_met("not_paused")
    return met("trigger_paused", fact, events=fact.data["events"], per_s=fact.data["per_s"])


def told(seen: Seen) -> Answer:
    if seen.drill.phase < 2:
        return not_yet()
    trigger, workflow = seen.drill.triggers.get(), seen.drill.workflow
    rows = Notice.objects.filter(kind="trigger.storm", about__trigger=trigger.key).select_related("person")
    names = {row.person_id: row.person.name for row in rows}
    if not {workflow.owner_id, workflow.escalation_owner_id} <= names.keys():
        return not_met("owners_not_told")
    return met("owners_told", seen.first("trigger.paused"), people=sorted(names.values()))


def held(seen: Seen) -> Answer:
    if seen.drill.phase < 3:
        return not_yet()
    event = _sent(seen.drill).get(external_id=_name(seen.drill, "after"))
    fact = seen.first("event.suppressed", event=str(event.pk))
    if (event.outcome, event.reason) == ("suppressed", "trigger_paused"):
        return met("suppressed", fact)
    return not_met("not_suppressed", fact)


def _own(drill: Drill) -> Definition:
    """How the workflow's own trigger is written; one on events before others. The defaults where it has none."""
    events_first = Case(When(kind="event", then=Value(0)), default=Value(1), output_field=IntegerField())
    found = Trigger.objects.filter(workflow=drill.workflow_id, drill=None).order_by(events_first, "key").first()
    return Definition() if found is None else Definition.parse(found.definition)


def _event(drill: Drill, name: str, *, channel: str) -> SourceEvent:
    return SourceEvent(
        id=_name(drill, name), type=TYPE, source=source_of(drill), data={"channel": channel}, drill_id=drill.pk
    )


def _name(drill: Drill, name: str) -> str:
    return f"{drill.pk}-{name}"


def _sent(drill: Drill) -> QuerySet[Event]:
    return Event.objects.filter(source=source_of(drill))


STORM = Scenario(
    name="storm",
    kinds=frozenset({"money", "text", "integer", "object"}),
    acts=(copy_trigger, send_storm, send_one_more),
    expectations=(
        Expectation("coalesced", coalesced),
        Expectation("paused", paused),
        Expectation("told", told),
        Expectation("held", held),
    ),
)
