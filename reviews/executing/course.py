"""Where an execution stands in whole sentences: what it waits for, what comes by itself, and what follows its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.models import Breaker, Execution
from orchestr.execution.revert import OPEN
from orchestr.execution.states import ExecutionState, ItemState
from reviews.executing.progress import Progress, said
from reviews.standing_by import said_of
from reviews.templatetags.show import span
from reviews.words.targets import system_names, target_name


@dataclass(frozen=True, slots=True)
class Other:
    """Another execution of the same proposal: what wrote it, or what puts it back."""

    title: str
    url: str
    state: str
    at: datetime


def others_of(execution: Execution, title_of: Callable[[Execution], str]) -> list[Other]:
    """The other executions of its proposal, the newest first (one query)."""
    rows = Execution.objects.filter(proposal=execution.proposal_id).exclude(pk=execution.pk)
    rows = rows.select_related("version", "requested_by").order_by("-queued_at", "-id")[:5]
    return [
        Other(title_of(row), reverse("reviews:execution", args=[row.pk]), row.state, row.ended_at or row.queued_at)
        for row in rows
    ]


def said_now(execution: Execution, progress: Progress, *, at: datetime) -> Sequence[str]:
    """How far it is, what it waits for, and what follows without anybody, one sentence or two each."""
    if execution.held_by and execution.state in (ExecutionState.HELD, ExecutionState.QUEUED):
        return [_waits(execution.held_by, at), *_unsettled(progress)]
    if execution.state == ExecutionState.NEEDS_PERSON:
        return [_("It cannot go on until a person has looked into the system.")]
    words = said(progress)
    if execution.state in OPEN:
        return [_("%(said)s The page follows by itself.") % {"said": words}, *_unsettled(progress)]
    return [words, *_ended(execution, progress)]


def _waits(held_by: str, at: datetime) -> str:
    kind, _colon, key = held_by.partition(":")
    if kind == "breaker":
        return _breaker(key, at)
    if kind in ("windows", "rollout"):
        return said_of(held_by)
    return said_of(held_by, name=system_names([key])[key] if kind == "rate" else target_name(held_by))


def _breaker(key: str, at: datetime) -> str:
    row = Breaker.objects.select_related("system").filter(system__key=key).first()
    if row is None:
        return said_of(f"breaker:{key}", name=system_names([key])[key])
    known = {
        "system": row.system.name,
        "since": span(_seconds(row.opened_at, at)),
        "next": span(_seconds(at, row.until)),
    }
    if row.until <= at:
        return (
            _(
                "%(system)s has not answered for %(since)s. One worker tries it again now. Nothing has failed and nothing"
                " is lost: it goes on by itself once the system answers, and there is nothing to press."
            )
            % known
        )
    return (
        _(
            "%(system)s has not answered for %(since)s. One worker tries it again in %(next)s. Nothing has failed and"
            " nothing is lost: it goes on by itself once the system answers, and there is nothing to press."
        )
        % known
    )


def _unsettled(progress: Progress) -> list[str]:
    """What the worker goes on looking for, and until when."""
    told = []
    if n := progress.counts.get(ItemState.APPLIED_NOT_EFFECTIVE, 0):
        told.append(
            ngettext(
                "The system said yes to %(n)d item and does not show it yet. It is read again for a quarter of an hour"
                " from the yes on; then a person is asked. There is nothing to press.",
                "The system said yes to %(n)d items and does not show them yet. They are read again for a quarter of an"
                " hour from the yes on; then a person is asked. There is nothing to press.",
                n,
            )
            % {"n": n}
        )
    if n := progress.counts.get(ItemState.UNKNOWN, 0):
        told.append(
            ngettext(
                "The answer to the write of %(n)d item was lost. The system is read until the write can no longer land;"
                " then it is settled, or a person is asked. There is nothing to press.",
                "The answers to the writes of %(n)d items were lost. The system is read until they can no longer land;"
                " then they are settled, or a person is asked. There is nothing to press.",
                n,
            )
            % {"n": n}
        )
    return told


def _ended(execution: Execution, progress: Progress) -> list[str]:
    if execution.state != ExecutionState.DONE:
        return []
    if execution.kind == "apply" and progress.failed:
        return [_("It is over: what did not go well was left as it is. To try that again, propose it anew.")]
    if execution.kind == "revert" and progress.counts.get(ItemState.KEPT, 0) + progress.failed:
        return [_("It is over: what was not put back stays as it is.")]
    return [_("It is over.")]


def _seconds(since: datetime, until: datetime) -> int:
    return max(int((until - since).total_seconds()), 0)
