"""The words and looks of what was measured."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

type Look = tuple[str | Promise, str, str]  # word, shape, tone

# What cannot be told yet, or at all, is never green.
LOOKS: Mapping[str, Look] = {
    "better": (gettext_lazy("better than predicted"), "done", "published"),
    "as_predicted": (gettext_lazy("as predicted"), "done", "published"),
    "worse": (gettext_lazy("worse than predicted"), "triangle", "blocked"),
    "too_little": (gettext_lazy("too little data to tell"), "question", "neutral"),
    "too_early": (gettext_lazy("too new to tell"), "waiting", "waiting"),
    "unpredicted": (gettext_lazy("nothing was predicted"), "dash", "neutral"),
    "reverted": (gettext_lazy("put back before it could be told"), "reverted", "reverted"),
    "withheld": (gettext_lazy("not for your account"), "lock", "neutral"),
}
REASONS: Mapping[str, str | Promise] = {
    "too_few": gettext_lazy("Too few pieces were sold for a difference to say anything."),
    "within_chance": gettext_lazy("The difference is no larger than what a shop sells more or less by chance."),
    "zero_baseline": gettext_lazy("Nothing was sold before, so there is no share to compare with."),
    "nothing_sold": gettext_lazy("Nothing was sold before or after."),
    "nothing_sells": gettext_lazy("It touched nothing that is sold by itself."),
    "no_sales_told": gettext_lazy("No system tells what was sold of these."),
    "sales_missing": gettext_lazy("A system did not tell its sales in all the time it was waited for."),
    "cost_unknown": gettext_lazy("The cost of some of these is not known, so there is no margin."),
    "stock_unknown": gettext_lazy("No system says what lay in stock then."),
    "not_measurable": gettext_lazy("Nothing here measures this, or not in this unit."),
}


def look_of(verdict: str) -> Look:
    """A verdict as a chip shows it."""
    return LOOKS.get(verdict) or (verdict.replace("_", " "), "dash", "neutral")


def measured_words(verdict: object) -> str:
    """A verdict in words; empty where there is none."""
    return str(look_of(str(verdict))[0]) if verdict else ""
