"""An execution that waits for a person, told to somebody who has never seen one: what happened, who is asked, what to press."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orchestr.catalogue.classes import COST, readable
from orchestr.execution import notify
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.settle_by_person import Mark, marks_for
from orchestr.execution.staging.clear import REFUSED
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account, Person
from reviews.executing.seen import seen_of
from reviews.paging.called import Called, called_about
from reviews.templatetags.show import wire_value
from reviews.words.proposal import field_label

# Why a worker asks: what happened, in words of somebody who was there.
HAPPENED: Mapping[str, str | Promise] = {
    "cannot_send_again": gettext_lazy(
        "The system's answer to a write was lost. The old value is still there, but the write may have been refused or"
        " lost on its way, and sending it again could do it twice."
    ),
    "changed_after_sending": gettext_lazy(
        "The system's answer to a write was lost, and what is there now is neither the old value nor the new one:"
        " somebody else may have changed it meanwhile."
    ),
    "written_by_two": gettext_lazy(
        "The system's answer to a write was lost. The new value is there, but another change set of ours wrote the same"
        " value at the same time, and the system cannot say whose write it was."
    ),
    "read_back_differs": gettext_lazy("The system said yes to a write, and shows a value that is not the one we sent."),
    "not_effective": gettext_lazy(
        "The system said yes to a write a quarter of an hour ago and still shows the old value."
    ),
}
HAPPENED_STAGED = gettext_lazy(
    "These changes had to be made all together or not at all. One could not be prepared, so nothing of them is live."
    " What had been prepared was taken back, but the system refused to take back the rest: it is prepared there, where"
    " no buyer sees it, and would go live if somebody published it."
)
OTHERWISE = gettext_lazy("A write came to an end that cannot be told from here.")

FORWARD: Mapping[Mark, str | Promise] = {
    "retry": gettext_lazy(
        "Reads the system again. Only if the old value is there, the same write is sent once more; while a value that is"
        " not ours is there, nothing is sent, and you are asked again."
    ),
    "written": gettext_lazy("You see the new value there. The item counts as written."),
    "not_written": gettext_lazy(
        "You see the old value there, or one that is not ours. The item counts as not written, and what is there stays."
    ),
}
STAGED: Mapping[Mark, str | Promise] = {
    "retry": gettext_lazy("Asks the system once more to take back what is prepared."),
    "accept": gettext_lazy(
        "What is prepared there stays. You take it out in the system yourself, or it is meant to be."
    ),
}
STAGED_LABELS: Mapping[Mark, str | Promise] = {
    "retry": gettext_lazy("Take it back again"),
    "accept": gettext_lazy("Leave it prepared"),
}
BACKWARD: Mapping[Mark, str | Promise] = {
    "retry": gettext_lazy("Writes the value from before over what is there now, whoever has put it there."),
    "written": gettext_lazy("You see the value from before there. The item counts as put back."),
    "not_written": gettext_lazy("You see that it was not put back, and that is to stay so."),
    "accept": gettext_lazy("What is there now stays. With it the proposal counts as published, not as put back."),
}
BACKWARD_LABELS: Mapping[Mark, str | Promise] = {
    "retry": gettext_lazy("Put it back over what is there now"),
    "written": gettext_lazy("I looked: it is put back"),
    "not_written": gettext_lazy("I looked: it is not put back"),
    "accept": gettext_lazy("Leave it as it is"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The item for whose sake a whole set is put back. `seen` is what was there instead, "" where that may not be seen."""

    title: str
    field_label: str
    system: str
    code: str
    message: str
    wanted: str
    seen: str
    hand: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """`owner` answers for putting back, by name; so do those `on_call`. `acts`: what a button says and what it does.

    `called`: who was called about it, and who has answered.
    """

    happened: str
    causes: Sequence[Cause]
    owner: str
    on_call: Sequence[str]
    systems: Sequence[str]
    acts: Sequence[tuple[str, str]]
    called: Called | None


def stuck_of(execution: Execution, *, account: Account, labels: Mapping[Mark, str | Promise], at: datetime) -> Stuck:
    """Six queries, whatever the number of items."""
    rows = list(ExecutionItem.objects.filter(execution=execution).select_related("system").order_by("index"))
    forward = execution.kind == "apply"
    marks = {row.pk: marks_of(row, forward=forward, reason=execution.reason) for row in rows}
    waiting = [row for row in rows if marks[row.pk]]
    does = _does(execution)
    offered = [mark for mark in does if any(mark in marks[row.pk] for row in waiting)]
    named = labels_of(execution, labels)
    owner, on_call = _asked(execution, at)
    return Stuck(
        happened=_happened(execution, len(waiting)),
        causes=_causes(execution, account),
        owner=owner,
        on_call=on_call,
        systems=sorted({row.system.name for row in waiting}),
        acts=[(str(named[mark]), str(does[mark])) for mark in offered],
        called=called_about(kind=notify.NEEDS_PERSON, about={"execution": str(execution.pk)}, account=account),
    )


def _does(execution: Execution) -> Mapping[Mark, str | Promise]:
    if execution.reason == REFUSED:
        return STAGED
    return FORWARD if execution.kind == "apply" else BACKWARD


def labels_of(execution: Execution, forward: Mapping[Mark, str | Promise]) -> Mapping[Mark, str | Promise]:
    """What the buttons say: putting back is not sending again."""
    if execution.reason == REFUSED:
        return STAGED_LABELS
    return forward if execution.kind == "apply" else BACKWARD_LABELS


def marks_of(row: ExecutionItem, *, forward: bool, reason: str) -> tuple[Mark, ...]:
    """What a person may still say of an item: nothing once it was accepted as it is. `reason`: the execution's."""
    return () if row.outcome_code == "person_accepted" else marks_for(row, forward=forward, reason=reason)


def _happened(execution: Execution, count: int) -> str:
    if execution.reason == "rollout_stuck":
        return _(
            "A first share was to be put back before the rest went out. Some of it could not be put back; the rest was"
            " never begun."
        )
    if execution.reason == REFUSED:
        return str(HAPPENED_STAGED)
    if execution.reason != "compensation_stuck":
        return str(HAPPENED.get(execution.reason, OTHERWISE))
    return ngettext(
        "These changes had to be made all together or not at all. One could not be made, so those that had been were"
        " put back, the last one first. %(count)d of them could not be put back; all others are as they were before.",
        "These changes had to be made all together or not at all. One could not be made, so those that had been were"
        " put back, the last one first. %(count)d of them could not be put back; all others are as they were before.",
        count,
    ) % {"count": count}


def _causes(execution: Execution, account: Account) -> list[Cause]:
    """What failed in the set that a compensation puts back."""
    if execution.authority.get("kind") != "compensation":
        return []
    failed = ExecutionItem.objects.filter(
        execution_id=execution.authority["id"], state__in=("conflict", "not_applied")
    ).exclude(outcome_code="set_failed")
    classes = (COST,) if holds_on(account, "cost_segment", execution.proposal.segment_ids) else ()
    return [_cause(row, classes) for row in failed.select_related("resource", "system").order_by("index")]


def _cause(row: ExecutionItem, classes: Sequence[str]) -> Cause:
    shown = readable(row.resource.type, row.field, classes)
    return Cause(
        title=row.resource.title or row.resource.key,
        field_label=field_label(row.field),
        system=row.system.name,
        code=row.outcome_code,
        message=row.message,
        wanted=f"{wire_value(row.before)} → {wire_value(row.after)}" if shown else "",
        seen=seen_of(row) if shown else "",
        hand=row.changed_by,
        at=row.settled_at,
    )


def _asked(execution: Execution, at: datetime) -> tuple[str, list[str]]:
    owners, on_call = notify.answerable(execution.proposal_id), notify.on_call(at)
    names = dict(Person.objects.filter(pk__in=[*owners, *on_call]).values_list("pk", "name"))
    owner = next((names[each] for each in owners if each in names), _("nobody"))
    return owner, sorted({names[each] for each in on_call if each in names and each not in owners})
