"""The lines of a large plan that its page does not show: one choice for all that are alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.reverting.lines import Choice, LineKind, RevertLine, RevertPlan
from orchestr.http import QueryDict
from reviews.reverting.asked import choices_of
from reviews.reverting.items import Option

ORDER: tuple[LineKind, ...] = ("conflict", "restore", "compensate", "already")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The lines of one verdict that are not shown. `name` is that of the form's field."""

    name: str
    said: str
    options: Sequence[Option]


def rest_of(plan: RevertPlan, *, shown: Collection[int], kind: str, given: QueryDict | None = None) -> list[Rest]:
    """One line for all that are alike and not shown; what can only be kept needs no choice and is only counted."""
    found = []
    for verdict in (*ORDER, "irreversible", "unreadable", "busy"):
        lines = [line for line in plan.lines if line.verdict == verdict and line.index not in shown]
        if lines:
            found.append(_rest(verdict, lines, kind=kind, given=given))
    return found


def rest_choices(given: QueryDict, plan: RevertPlan) -> dict[int, Choice]:
    """What a form says of the lines that it does not name; where a choice cannot be done, the line keeps its default."""
    named = choices_of(given)
    asked = {verdict: given.get(f"rest-{verdict}", "") for verdict in ORDER}
    return {
        line.index: cast("Choice", asked[line.verdict])
        for line in plan.lines
        if line.index not in named and asked.get(line.verdict) in line.choices
        if not (asked[line.verdict] == "restore" and line.breaks)
    }


def _rest(verdict: LineKind, lines: Sequence[RevertLine], *, kind: str, given: QueryDict | None) -> Rest:
    offered = [choice for choice in _labels() if any(choice in line.choices for line in lines)]
    default = lines[0].default
    asked = given.get(f"rest-{verdict}", default) if given is not None else default
    return Rest(
        name=f"rest-{verdict}",
        said=_said(verdict, len(lines)),
        options=[Option(choice, _labels()[choice], choice == asked) for choice in offered] if len(offered) > 1 else [],
    )


def _labels() -> dict[Choice, str]:
    return {
        "restore": _("Put all of them back"),
        "keep": _("Keep what is there now"),
        "rebase": _("Keep the later changes, take ours out where that can be done"),
    }


def _said(verdict: LineKind, n: int) -> str:
    words = {
        "conflict": ngettext(
            "%(n)d more was changed since we wrote it.", "%(n)d more were changed since we wrote them.", n
        ),
        "restore": ngettext("%(n)d more stands as we wrote it.", "%(n)d more stand as we wrote them.", n),
        "compensate": ngettext(
            "%(n)d more is taken back by a counter-document.", "%(n)d more are taken back by counter-documents.", n
        ),
        "already": ngettext("%(n)d more is back already.", "%(n)d more are back already.", n),
        "irreversible": ngettext("%(n)d more cannot be undone.", "%(n)d more cannot be undone.", n),
        "unreadable": ngettext(
            "%(n)d more can only be kept: its system does not answer.",
            "%(n)d more can only be kept: their systems do not answer.",
            n,
        ),
        "busy": ngettext(
            "%(n)d more can only be kept: somebody is writing it right now.",
            "%(n)d more can only be kept: somebody is writing them right now.",
            n,
        ),
    }
    return words[verdict] % {"n": n}
