"""What the breakers on behaviour look at, and why one tripped, in sentences."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orchestr.execution.behaviour.models import Trip
from orchestr.execution.models import Incident

NAMES: Mapping[str, str | Promise] = {
    "error_share": gettext_lazy("Share of errors"),
    "conflict_share": gettext_lazy("Share of conflicts"),
    "revert_share": gettext_lazy("Share put back"),
    "oscillation": gettext_lazy("A value going back and forth"),
    "many_agents": gettext_lazy("Many agents on one item"),
}
MEANINGS: Mapping[str, str | Promise] = {
    "error_share": gettext_lazy("Of what a workflow has tried to write, so much failed or is unknown."),
    "conflict_share": gettext_lazy("Of what a workflow has tried to write, so much had been changed by somebody else."),
    "revert_share": gettext_lazy("Of a workflow's proposals, so many were put back by people."),
    "oscillation": gettext_lazy("So many times one value became again what it had been before."),
    "many_agents": gettext_lazy("So many different agents have written to one SKU."),
}


def trip_of(incident: Incident) -> Trip | None:
    """The trip that opened an incident, loaded with it; None where a person did."""
    return getattr(incident, "trip", None)


def trip_words(trip: Trip) -> str:
    """Why it tripped: what was counted, in how long, against which limit."""
    figures = {
        "count": trip.count,
        "total": trip.total,
        "share": percent(trip.value),
        "limit": percent(trip.limit) if trip.rule.endswith("_share") else trip.limit,
        "span": span_words(trip.window_s),
        "subject": trip.subject,
    }
    return _sentence(trip.rule) % figures


def _sentence(rule: str) -> str:
    if rule == "error_share":
        return _("%(count)d of %(total)d items failed within %(span)s: %(share)s, where %(limit)s is the limit.")
    if rule == "conflict_share":
        return _(
            "%(count)d of %(total)d items had been changed by somebody else within %(span)s: "
            "%(share)s, where %(limit)s is the limit."
        )
    if rule == "revert_share":
        return _(
            "%(count)d of %(total)d proposals were put back within %(span)s: %(share)s, where %(limit)s is the limit."
        )
    if rule == "oscillation":
        return _("%(subject)s came back to an earlier value %(count)d times within %(span)s; the limit is %(limit)s.")
    return _("%(count)d different agents have written to %(subject)s within %(span)s; the limit is %(limit)s.")


def percent(bp: int) -> str:
    """Basis points as per cent, without needless places."""
    whole, rest = divmod(bp, 100)
    return f"{whole} %" if not rest else f"{whole}.{rest:02} %"


def span_words(seconds: int) -> str:
    """A length of time in the largest unit that says it whole."""
    if seconds % 86_400 == 0:
        return ngettext("%(n)d day", "%(n)d days", seconds // 86_400) % {"n": seconds // 86_400}
    if seconds % 3_600 == 0:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // 3_600) % {"n": seconds // 3_600}
    return ngettext("%(n)d minute", "%(n)d minutes", seconds // 60) % {"n": seconds // 60}
