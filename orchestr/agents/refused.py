"""What an agent asked for outside its scopes, counted a day: beside each refusal event, in its transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Sum

from orchestr.agents.models import Scope, ScopeRefusal, Tool
from orchestr.catalogue.models import FieldOwner
from orchestr.policy.values import Json
from orchestr.refusal import Refusal

LATELY = timedelta(days=30)
_WHAT = {"out_of_scope": "change", "over_scope_limit": "limit", "field_out_of_scope": "field"}
_COUNT = """
INSERT INTO orchestr_scope_refusal (agent_id, tool_id, what, day, count, last_at)
VALUES (%s::uuid, %s::uuid, %s, %s::date, 1, %s::timestamptz)
ON CONFLICT {place}
DO UPDATE SET count = orchestr_scope_refusal.count + 1, last_at = EXCLUDED.last_at
"""


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often, and when last."""

    count: int
    last_at: datetime


def count(refusal: Refusal, *, agent_id: UUID, at: datetime) -> None:
    """Count a refusal for what no scope of the agent gives; any other one counts for nothing.

    It stands at the tool that would have been needed: the one that writes the field, or the one that reads the system
    which is right about it. A resource or segment out of reach stands at the agent, since nobody told it where it lies.
    """
    what = "segment" if refusal.params.get("outside") else _WHAT.get(refusal.code)
    if what is None:
        return
    with connection.cursor() as cursor:
        tool_id = _tool(what, refusal)
        place = "(agent_id, what, day) WHERE tool_id IS NULL" if tool_id is None else "(agent_id, tool_id, what, day)"
        cursor.execute(_COUNT.format(place=place), [agent_id, tool_id, what, at.date(), at])


def lately(*, at: datetime) -> dict[tuple[UUID, UUID | None], Refusals]:
    """By agent and tool (None: of no tool), the refusals of 30 days (one query)."""
    rows = ScopeRefusal.objects.filter(day__gt=_since(at)).values_list("agent_id", "tool_id")
    return {
        (agent, tool): Refusals(times, last)
        for agent, tool, times, last in rows.annotate(times=Sum("count"), last=Max("last_at"))
    }


def _since(at: datetime) -> date:
    return (at - LATELY).date()


def _tool(what: str, refusal: Refusal) -> UUID | None:
    asked = refusal.params
    if what == "limit":
        return _first(Scope.objects.filter(pk=refusal.about["scope"]).values_list("tool_id", flat=True))
    tools = Tool.objects.filter(withdrawn_at=None).order_by("name").values_list("id", flat=True)
    if what == "change":
        writes = [{"type": asked["type"], "field": asked["field"]}]
        return _first(tools.filter(system__key=asked["system"], action_class="publish", writes__contains=writes))
    if what == "field":
        return _first(tools.filter(system=_right_about(asked), action_class="read"))
    return None


def _right_about(asked: dict[str, Json]) -> Any:
    owners = FieldOwner.objects.filter(type=asked["type"], field=asked["field"])
    return owners.order_by("-source_of_truth", "system__key").values("system_id")[:1]


def _first(ids: Any) -> UUID | None:
    found: UUID | None = ids.first()
    return found
