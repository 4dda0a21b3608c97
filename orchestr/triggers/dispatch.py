"""From events to runs: each ends as started, coalesced, suppressed, capped or refused, with the reason on its row.

Rows are locked in one order whoever brings what: events, windows, caps, budgets, triggers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import Actor
from orchestr.agents.models import Agent
from orchestr.failpoints import hit
from orchestr.refusal import Kind, Refusal
from orchestr.runs.events import SourceEvent, Stored, receive_many
from orchestr.runs.models import Event, Run
from orchestr.runs.start import queue_for
from orchestr.triggers import windows
from orchestr.triggers.caps import Ledger
from orchestr.triggers.definition import Cap
from orchestr.triggers.facts import Things
from orchestr.triggers.groups import Group, Tellings, Told, grouped, judge_all, places_of
from orchestr.triggers.routes import Routes, routes_for
from orchestr.triggers.settle import outcome_of, settle
from orchestr.triggers.storms import pause_storms
from orchestr.triggers.windows import Held, Name

MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What became of an event, and the run it queued or became part of."""

    event: Event
    run_id: UUID | None


def dispatch(
    *, event: SourceEvent, by: Actor, at: datetime, agent: Agent | None = None, sandbox_only: bool = False
) -> Dispatched:
    """One event, as `dispatch_many` does it."""
    return dispatch_many(events=[event], by=by, at=at, agent=agent, sandbox_only=sandbox_only)[0]


def dispatch_many(
    *, events: Sequence[SourceEvent], by: Actor, at: datetime, agent: Agent | None = None, sandbox_only: bool = False
) -> list[Dispatched]:
    """Settle what becomes of each event, and queue the runs they are for (of this agent alone, if one is given).

    The same (source, id) of the same sender, the agent that is given, is answered as before and starts nothing. Events that a trigger takes for one are one
    run: the first opens a window, the others are counted into it. A workflow that refuses (frozen, budget spent)
    refuses for itself alone. Of a storm the trigger is paused and its owner told. `sandbox_only`: a test token brought
    them; their runs are kept to sandboxes, are one with no real work, and pause no trigger. Refuses more than MOST_AT_ONCE and
    what `receive` refuses. Locks, in this order: the events, their windows, caps, budgets and, in a storm, the trigger.
    """
    if len(events) > MOST_AT_ONCE:
        raise Refusal(
            Kind.TOO_LARGE,
            "too_many_events",
            f"At most {MOST_AT_ONCE:,} events come in one body.",
            next="Send the rest in another.",
            params={"count": len(events)},
        )
    stored = receive_many(events=events, sender_id=None if agent is None else agent.pk, at=at)
    fresh = [each for each in stored if each.is_new]
    if fresh:
        routes = routes_for([each.given for each in fresh], agent=agent)
        tellings: Tellings = {each.row.pk: [] for each in fresh}
        groups = grouped(fresh, routes, tellings, sandbox_only=sandbox_only)
        _start(groups, tellings, by, at, sandbox_only)
        _start_plain(fresh, routes, tellings, by, at, sandbox_only)
        settle(fresh, tellings, by=by, at=at)
        if not sandbox_only:
            pause_storms(groups, at=at)
    return [Dispatched(each.row, each.row.run_id) for each in stored]


def _start(groups: Sequence[Group], tellings: Tellings, by: Actor, at: datetime, sandbox_only: bool) -> None:
    if not groups:
        return
    known = judge_all(groups, at=at)
    free = []
    for group in groups:
        if group.judged.reason:
            _tell(group, tellings, group.told("suppressed", group.judged.reason))
        else:
            free.append(group)
    live = [group for group in free if group.route.trigger.paused_at is None]
    paused = [group for group in free if group.route.trigger.paused_at is not None]
    held = windows.open_or_join([group.claim(at=at) for group in live], at=at)
    held |= windows.join([group.claim(at=at) for group in paused], at=at)
    hit("dispatch.opened")
    for group in paused:
        if group.name not in held:
            _tell(group, tellings, group.told("suppressed", "trigger_paused"))
    for group in free:
        if group.name in held and (run_id := held[group.name].run_id) is not None:
            _tell(group, tellings, group.told("coalesced", "", run_id))
    _queue([group for group in live if held[group.name].run_id is None], held, known, tellings, by, at, sandbox_only)


def _queue(
    groups: Sequence[Group],
    held: dict[Name, Held],
    known: Things,
    tellings: Tellings,
    by: Actor,
    at: datetime,
    sandbox_only: bool,
) -> None:
    """Give every window that was opened its run; what a cap or the workflow refuses is taken back."""
    places = {group.name: places_of(group, known) for group in groups if group.route.definition.cap is not None}
    ledger = _ledger(groups, places, at)
    runs: dict[UUID, tuple[UUID, list[object]]] = {}
    dropped = []
    for group in sorted(groups, key=lambda group: (str(group.route.trigger.workflow_id), group.place)):
        window, counted = held[group.name], places.get(group.name)
        if ledger is not None and counted is not None and not ledger.take(group.route.trigger.pk, counted):
            dropped.append(window.id)
            _tell(group, tellings, group.told("capped", "frequency_cap"))
            continue
        told = _one(group, by, at, sandbox_only)
        if told.run_id is None:
            dropped.append(window.id)
            if ledger is not None and counted is not None:
                ledger.give_back(group.route.trigger.pk, counted)
            _tell(group, tellings, told)
            continue
        runs[window.id] = (told.run_id, [list(pair) for pair in group.judged.left_out])
        tellings[group.events[0].row.pk].append(told)
        for event in group.events[1:]:
            tellings[event.row.pk].append(group.told("coalesced", "", told.run_id))
    if ledger is not None:
        ledger.save()
    windows.give_runs(runs)
    windows.drop(dropped)


def _ledger(groups: Sequence[Group], places: dict[Name, list[str]], at: datetime) -> Ledger | None:
    if not places:
        return None
    wanted: dict[UUID, tuple[Cap, list[str]]] = {}
    for group in groups:
        cap, id = group.route.definition.cap, group.route.trigger.pk
        if cap is not None:
            before = wanted[id][1] if id in wanted else []
            wanted[id] = (cap, [*before, *places[group.name]])
    return Ledger(wanted, at=at)


def _one(group: Group, by: Actor, at: datetime, sandbox_only: bool) -> Told:
    """Queue the run of the group, for its first event."""
    try:
        with transaction.atomic():
            run = queue_for(
                workflow=group.route.workflow,
                event=group.events[0].row,
                parent_id=_parent(group),
                drill_id=group.route.trigger.drill_id,
                sandbox_only=sandbox_only,
                by=by,
                at=at,
            )
    except Refusal as refusal:
        return _refused(refusal, group)
    return replace(group.told("started", "", run.pk), left_out=group.judged.left_out)


def _parent(group: Group) -> UUID | None:
    return next((each.given.parent_id for each in reversed(group.events) if each.given.parent_id is not None), None)


def _refused(refusal: Refusal, group: Group | None = None) -> Told:
    if refusal.code == "already_run":  # another trigger of the same workflow has taken this event
        outcome, run_id = "coalesced", UUID(refusal.answer["run"])
        return group.told(outcome, "", run_id) if group else Told(outcome, "", run_id)
    outcome = outcome_of(refusal)
    return group.told(outcome, refusal.code) if group else Told(outcome, refusal.code)


def _start_plain(
    fresh: Sequence[Stored], routes: Routes, tellings: Tellings, by: Actor, at: datetime, sandbox_only: bool
) -> None:
    """A workflow that names the type and nothing else runs for each event."""
    if not routes.plain:
        return
    for event in fresh:
        for workflow in routes.plain_of(event.given, routes.of(event.given)):
            try:
                with transaction.atomic():
                    run: Run = queue_for(workflow=workflow, event=event.row, sandbox_only=sandbox_only, by=by, at=at)
            except Refusal as refusal:
                tellings[event.row.pk].append(_refused(refusal))
            else:
                tellings[event.row.pk].append(Told("started", "", run.pk))


def _tell(group: Group, tellings: Tellings, told: Told) -> None:
    for event in group.events:
        tellings[event.row.pk].append(told)
