"""Triggers: defined, changed, paused, resumed. A looser one of a workflow above shadow takes two persons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.record import record
from orchestr.agents.register import in_transaction, person
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.policy.values import digest
from orchestr.refusal import Kind, Refusal, absent
from orchestr.triggers.cron import next_due
from orchestr.triggers.definition import Definition
from orchestr.triggers.looser import is_looser
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Stage, Workflow

KIND = "trigger"


@dataclass(frozen=True, slots=True)
class Defined:
    """A trigger, and the request that waits for a second person before it starts anything."""

    trigger: Trigger
    change: ControlChange | None


def define_trigger(
    *, key: str, name: str, workflow_id: UUID, definition: Definition, reason: str, by: Account, at: datetime
) -> Defined:
    """A new trigger. Of a workflow above shadow it stays paused until a second person has confirmed it.

    Refuses what cannot be used as it stands, a key that is taken, and who may not ask for it.
    """
    in_transaction()
    control.entitled(KIND, by)
    definition.check()
    workflow = Workflow.objects.filter(pk=workflow_id).first()
    if workflow is None:
        raise absent("workflow")
    if Trigger.objects.filter(key=key).exists():
        raise Refusal(
            Kind.CONFLICT, "trigger_exists", "There is a trigger with this key already.", next="Choose another key."
        )
    trigger = Trigger(key=key, name=name, workflow=workflow, version=0, created_at=at)
    waits = workflow.stage != Stage.SHADOW
    if waits:
        trigger.paused_at, trigger.paused_reason = at, "unconfirmed"
    _fill(trigger, definition, at)
    _record("trigger.created", trigger, by, at)
    if not waits:
        return Defined(trigger, None)
    return Defined(trigger, _request(trigger, None, definition, reason, by, at))


def change_trigger(
    *, trigger_id: UUID, name: str, definition: Definition, reason: str, by: Account, at: datetime
) -> Defined:
    """The next version. What starts less, or the same, is in force at once; what may start more above shadow waits.

    Locks the trigger. Refuses what cannot be used as it stands, and who may not ask for it.
    """
    trigger = _lock(trigger_id)
    control.entitled(KIND, by)
    definition.check()
    before = Definition.parse(trigger.definition)
    if trigger.workflow.stage != Stage.SHADOW and is_looser(before, definition):
        return Defined(trigger, _request(trigger, before, definition, reason, by, at))
    trigger.name = name
    _fill(trigger, definition, at)
    _record("trigger.changed", trigger, by, at)
    return Defined(trigger, None)


def pause_trigger(*, trigger_id: UUID, by: Account, at: datetime) -> Trigger:
    """It starts nothing until somebody lets it go on; what arrives is still recorded. Locks the trigger."""
    trigger = _lock(trigger_id)
    control.entitled(KIND, by)
    if trigger.paused_at is None:
        trigger.paused_at, trigger.paused_reason = at, "person"
        trigger.save(update_fields=["paused_at", "paused_reason"])
        _record("trigger.paused", trigger, by, at)
    return trigger


def resume_trigger(*, trigger_id: UUID, by: Account, at: datetime) -> Trigger:
    """Let it go on. What came while it was paused is not caught up. Locks the trigger.

    Refuses one that no second person has confirmed yet.
    """
    trigger = _lock(trigger_id)
    control.entitled(KIND, by)
    if trigger.paused_reason == "unconfirmed":
        raise Refusal(
            Kind.CONFLICT,
            "trigger_unconfirmed",
            "No second person has confirmed this trigger yet.",
            next="Ask one to look at it under control changes.",
            about={"trigger": str(trigger.pk)},
        )
    if trigger.paused_at is not None:
        _release(trigger, at)
        _record("trigger.resumed", trigger, by, at)
    return trigger


def apply_change(change: ControlChange, by: Account, at: datetime) -> None:
    """Put a confirmed definition in force, if the trigger is still the one that was looked at."""
    key = change.target.removeprefix("trigger:")
    trigger = Trigger.objects.select_for_update(of=("self",)).select_related("workflow").get(key=key)
    before, after = dict(change.before or {}), dict(change.after or {})
    if before.get("version", trigger.version) != trigger.version:
        raise Refusal(
            Kind.CONFLICT,
            "trigger_moved",
            "The trigger has changed since this was asked for.",
            next="Reject this request, look at the trigger as it is, and ask again.",
            about={"control_change": str(change.pk), "trigger": str(trigger.pk)},
        )
    if trigger.paused_reason == "unconfirmed":
        _release(trigger, at)
    _fill(trigger, Definition.parse(after["definition"]), at)
    _record("trigger.changed", trigger, by, at)


def _request(
    trigger: Trigger, before: Definition | None, after: Definition, reason: str, by: Account, at: datetime
) -> ControlChange:
    return control.request(
        kind=KIND,
        target=f"trigger:{trigger.key}",
        before=None if before is None else {"version": trigger.version, "definition": before.wire()},
        after={"definition": after.wire()},
        reason=reason,
        by=by,
        at=at,
    )


def _fill(trigger: Trigger, definition: Definition, at: datetime) -> None:
    wire: Any = definition.wire()
    trigger.kind, trigger.definition, trigger.digest = definition.on, wire, digest(wire)
    trigger.version += 1
    trigger.changed_at = at
    trigger.next_at = next_due(definition.cron, definition.zone, after=at) if definition.on == "schedule" else None
    trigger.looked_at = trigger.looked_at or at
    trigger.save()
    announce("trigger", [trigger.pk], groups=[EVERYONE])


def _release(trigger: Trigger, at: datetime) -> None:
    """From now on: neither what was due nor what changed meanwhile."""
    definition = Definition.parse(trigger.definition)
    trigger.paused_at, trigger.paused_reason = None, ""
    trigger.looked_at, trigger.cursor = at, None
    if definition.on == "schedule":
        trigger.next_at = next_due(definition.cron, definition.zone, after=at)
    trigger.save(update_fields=["paused_at", "paused_reason", "looked_at", "cursor", "next_at"])


def _lock(trigger_id: UUID) -> Trigger:
    in_transaction()
    # Its key never changes: whoever counts into its windows meanwhile does not wait.
    rows = Trigger.objects.select_for_update(of=("self",), no_key=True).select_related("workflow")
    trigger = rows.filter(pk=trigger_id).first()
    if trigger is None:
        raise absent("trigger")
    return trigger


def _record(action: str, trigger: Trigger, by: Account, at: datetime) -> None:
    data: dict[str, Any] = {"key": trigger.key}
    if action in ("trigger.created", "trigger.changed"):
        data |= {"trigger_version": trigger.version, "digest": trigger.digest}
    if action == "trigger.paused":
        data |= {"reason": trigger.paused_reason}
    record(
        action=action,
        actor=person(by),
        at=at,
        about={"trigger": trigger.pk, "workflow": trigger.workflow_id},
        data=data,
    )


control.register(KIND, apply_change, confirmers=control.ADMINS_AND_ANSWERABLE)
