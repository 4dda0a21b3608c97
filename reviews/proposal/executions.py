"""What was written, item by item, with its outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from orchestr.catalogue.classes import readable
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.policy.values import Json
from reviews.executions import MESSAGES, staging_words
from reviews.standing_by import waits_for
from reviews.templatetags.show import address_words
from reviews.words import field_label


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    title: str
    field_label: str
    outcome: str
    observed: Json
    message: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionLine:
    id: UUID
    kind_words: str
    state: str
    held_by: str
    why: str
    at: datetime
    items: list[ItemLine]


def executions_of(rows: Sequence[Execution], *, sees_cost: bool) -> list[ExecutionLine]:
    """One block each, newest first; they come with items, resources, systems and who asked."""
    return [_execution(row, sees_cost=sees_cost) for row in sorted(rows, key=lambda row: row.queued_at, reverse=True)]


def _execution(row: Execution, *, sees_cost: bool) -> ExecutionLine:
    if row.kind == "apply":
        words = _("Publishing version %(n)d") % {"n": row.version.number}
    elif row.requested_by is not None:
        words = _("Put back by %(who)s") % {"who": row.requested_by.name}
    elif row.authority.get("kind") == "guard_metric":
        words = _("Put back by the guard of its rollout")
    else:
        words = _("Put back by the system")
    items = sorted(row.items.all(), key=lambda item: item.index)
    return ExecutionLine(
        id=row.pk,
        kind_words=words,
        state=row.state,
        held_by=waits_for(row.held_by),
        why=row.why,
        at=row.ended_at or row.started_at or row.queued_at,
        items=[_item(item, sees_cost=sees_cost) for item in items],
    )


def _item(item: ExecutionItem, *, sees_cost: bool) -> ItemLine:
    hidden = not readable(item.resource.type, item.field, ("cost",) if sees_cost else ())
    where = address_words(item.address)
    return ItemLine(
        title=item.resource.title,
        field_label=" · ".join(part for part in (field_label(item.field), where, item.system.name) if part),
        outcome=item.state,
        observed=None if hidden else item.observed,
        message=" ".join(part for part in (_said(item.outcome_code, item.message), staging_words(item)) if part),
        settled_at=item.settled_at,
    )


def _said(code: str, message: str) -> str:
    if code.startswith("beside_"):
        return f"{MESSAGES[code]} {message}"
    return message or _codes().get(code, code.replace("_", " "))


def _codes() -> Mapping[str, str]:
    return {"": "", "ok": "", "staged_differs": str(MESSAGES["staged_differs"])}
