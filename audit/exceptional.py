"""What an auditor asks for first: where the ordinary way was left, or somebody tried to leave it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SELF_APPROVAL_CODES = ("own_work", "own_request", "own_containment", "own_proposal_looser")
ALL = "all"


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of exceptional events: its words, and the actions it is found by, all of them or some."""

    words: Promise
    meaning: Promise
    actions: tuple[str, ...]
    among: Q = Q()

    def asked(self) -> Q:
        return Q(action__in=self.actions) & self.among


SORTS: Mapping[str, Sort] = {
    "override": Sort(
        _("Overrides"),
        _("A reviewer changed what was proposed and became its editor."),
        ("proposal.overridden", "proposal.narrowed"),
        Q(action="proposal.overridden") | Q(data__contains={"as_editor": True}),
    ),
    "exception": Sort(
        _("Exceptions"),
        _("A rule was set aside for named items and a time: asked for, granted, rejected, ended."),
        (
            "exception.requested",
            "exception.confirmed",
            "exception.granted",
            "exception.rejected",
            "exception.ended",
            "proposal.reopened",
        ),
    ),
    "self_approval": Sort(
        _("Self-approvals refused"),
        _("Somebody tried to decide on their own work, by whichever account."),
        ("refused",),
        Q(data__code__in=SELF_APPROVAL_CODES),
    ),
    "refusal": Sort(
        _("Other refusals"),
        _("A door said no for another reason."),
        ("refused",),
        ~Q(data__code__in=SELF_APPROVAL_CODES),
    ),
    "break_glass": Sort(
        _("Break-glass"),
        _("One person acted alone and is reviewed afterwards: containments and their reviews that are overdue."),
        ("incident.contained", "incident.review_overdue"),
    ),
}


def exceptional(sort: str) -> Q:
    """The events of one sort, or of `ALL` of them."""
    if sort != ALL:
        return SORTS[sort].asked()
    found = Q()
    for each in SORTS.values():
        found |= each.asked()
    # The actions once more for all of them: what an index finds before each sort is told apart.
    return Q(action__in=sorted({action for each in SORTS.values() for action in each.actions})) & found
