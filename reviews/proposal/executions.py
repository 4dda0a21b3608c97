"""What was written: each execution with how far it is, and its items as far as they need to be seen here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.catalogue.classes import readable
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.policy.values import Json
from reviews.executing.listing import outcome_url, ranked
from reviews.executing.progress import Progress, pace, progress_of, said
from reviews.executions import MESSAGES, staging_words
from reviews.standing_by import waits_by_name
from reviews.templatetags.show import address_words
from reviews.words.proposal import field_label

MOST_ITEMS = 20  # of one execution; its own page has them all


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
    """`counts` is (state, how many, where they are listed); `unshown` items are on the page of the execution alone."""

    id: UUID
    url: str
    kind_words: str
    state: str
    held_by: str
    why: str
    at: datetime
    progress: Progress
    counts: Sequence[tuple[str, int, str]]
    said: Sequence[str]
    pace: str
    items: list[ItemLine]
    unshown: int


def executions_of(rows: Sequence[Execution], *, sees_cost: bool, at: datetime) -> list[ExecutionLine]:
    """One block each, in their order (two queries); they come with who asked and the number of their version."""
    ids = [row.pk for row in rows]
    progress = progress_of(ids, at=at)
    shown = _first(ids)
    waits = waits_by_name(row.held_by for row in rows)
    return [
        _execution(row, progress[row.pk], shown.get(row.pk, []), waits[row.held_by], sees_cost=sees_cost, at=at)
        for row in rows
    ]


def _first(ids: Sequence[UUID]) -> Mapping[UUID, list[ExecutionItem]]:
    """The first items of each execution: what needs somebody before what went well."""
    place = Window(RowNumber(), partition_by=F("execution_id"), order_by=[F("rank"), F("index")])
    rows = ranked(ExecutionItem.objects.filter(execution__in=ids)).annotate(place=place).filter(place__lte=MOST_ITEMS)
    found: dict[UUID, list[ExecutionItem]] = defaultdict(list)
    for row in rows.select_related("resource", "system").order_by("place") if ids else ():
        found[row.execution_id].append(row)
    return found


def _execution(
    row: Execution,
    progress: Progress,
    items: Sequence[ExecutionItem],
    waits: str,
    *,
    sees_cost: bool,
    at: datetime,
) -> ExecutionLine:
    if row.kind == "apply":
        words = _("Publishing version %(n)d") % {"n": row.number}  # type: ignore[attr-defined]
    elif row.requested_by is not None:
        words = _("Put back by %(who)s") % {"who": row.requested_by.name}
    elif row.authority.get("kind") == "guard_metric":
        words = _("Put back by the guard of its rollout")
    else:
        words = _("Put back by the system")
    if progress.total <= MOST_ITEMS:
        items = sorted(items, key=lambda item: item.index)
    return ExecutionLine(
        id=row.pk,
        url=reverse("reviews:execution", args=[row.pk]),
        kind_words=words,
        state=row.state,
        held_by=waits,
        why=row.why,
        at=row.ended_at or row.started_at or row.queued_at,
        progress=progress,
        counts=[(state, n, outcome_url(row.pk, state)) for state, n in progress.by_state],
        said=[said(progress)],
        pace=pace(row, progress, at=at),
        items=[_item(item, sees_cost=sees_cost) for item in items],
        unshown=progress.total - len(items),
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
