"""Rights and functions in words, for the pages that give and take them."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

RIGHTS: Mapping[str, str | Promise] = {
    "view_segment": gettext_lazy("See what happens"),
    "decide_segment": gettext_lazy("Decide"),
    "revert_segment": gettext_lazy("Put back"),
    "cost_segment": gettext_lazy("See cost and margin"),
}
FUNCTIONS: Mapping[str, str | Promise] = {
    "merchandising": gettext_lazy("Decides on proposals where it holds the right to; demanded by name for prices."),
    "finance": gettext_lazy("Decides where money is at stake; may confirm what widens an agent, workflow or policy."),
    "legal": gettext_lazy("Decides where claims are made; may confirm what widens an agent, workflow or policy."),
    "oncall": gettext_lazy("Freezes, puts back and contains."),
    "admin": gettext_lazy("Sets up agents, scopes, workflows, policy and people; decides on nothing by itself."),
    "auditor": gettext_lazy("Reads everything that is set up and recorded; changes nothing."),
}


def right_label(right: str) -> str:
    return str(RIGHTS.get(right, right))
