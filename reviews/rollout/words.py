"""Terms, reasons and spans of a rollout in whole sentences."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orchestr.workflows.rollout import Terms

ASKED_BY: Mapping[str, str | Promise] = {
    "proposer": gettext_lazy("the proposer"),
    "workflow": gettext_lazy("the workflow"),
    "reviewer": gettext_lazy("a reviewer"),
}

# Why a hold ended, or waits for a person.
REASONS: Mapping[str, str | Promise] = {
    "guard_held": gettext_lazy("The guard held: the rest goes out."),
    "units_broke": gettext_lazy("The guard broke: it sold too few units. What had gone out is put back."),
    "revenue_broke": gettext_lazy("The guard broke: it brought too little revenue. What had gone out is put back."),
    "errors_broke": gettext_lazy(
        "The guard broke: too many items of the first share could not be written. The others are put back."
    ),
    "too_few": gettext_lazy("The time is over, and too little was sold to tell anything. A person has to say."),
    "no_sales_told": gettext_lazy("The time is over, and no system tells what was sold. A person has to say."),
    "changed_by_others": gettext_lazy(
        "Somebody else has changed values of the first share, so its sales say nothing of ours. A person has to say."
    ),
}

MEASURES: Mapping[str, str | Promise] = {
    "errors": gettext_lazy("Items that could not be written"),
    "units": gettext_lazy("Units sold"),
    "revenue": gettext_lazy("Net revenue"),
}


def span(seconds: int) -> str:
    """A day, 6 hours, 15 minutes: the largest unit that goes into it whole."""
    if seconds % 86_400 == 0:
        return ngettext("%(n)d day", "%(n)d days", seconds // 86_400) % {"n": seconds // 86_400}
    if seconds % 3_600 == 0:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // 3_600) % {"n": seconds // 3_600}
    minutes = max(1, seconds // 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def percent(bp: int) -> str:
    """33 %, 2.5 %."""
    return f"{bp / 100:g} %"


def asked_words(terms: Terms, asked_by: Sequence[str]) -> str:
    """What will happen once it is approved, and who wants it so."""
    who = _(" and ").join(str(ASKED_BY[name]) for name in asked_by)
    return _("First %(share)s of it goes out, for %(span)s. The rest follows if the numbers hold. Asked for by %(who)s.") % {
        "share": percent(terms.share_bp), "span": span(terms.hold_s), "who": who,
    }  # fmt: skip
