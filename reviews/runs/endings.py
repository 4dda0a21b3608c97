"""Why a run ended as it did, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

ENDINGS: Mapping[str, str | Promise] = {
    "agent_failed": gettext_lazy("The agent says that it failed"),
    "agent_retired": gettext_lazy("The agent was retired"),
    "silent": gettext_lazy("No sign of life from the agent"),
    "contained": gettext_lazy("Stopped when something was contained"),
    "brief_ended": gettext_lazy("Its campaign has ended"),
    "drill_over": gettext_lazy("The drill is over"),
    "budget_steps": gettext_lazy("Took more steps than it may"),
    "budget_tokens": gettext_lazy("Used more tokens than it may"),
    "budget_cost": gettext_lazy("Cost more than it may"),
    "budget_time_s": gettext_lazy("Took longer than it may"),
    "budget_tool_calls": gettext_lazy("Called more tools than it may"),
    "budget_proposals": gettext_lazy("Wanted to propose more than it may"),
}


def ending_words(reason: str) -> str:
    """The sentence for a reason; one that another release has given is told by its code."""
    return str(ENDINGS.get(reason, reason.replace("_", " ")))
