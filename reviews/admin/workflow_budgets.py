"""The budgets a workflow has by its form, in words."""

from typing import Any

from django.utils.translation import gettext_lazy

BUDGETS: dict[str, Any] = {
    "runs_per_day": gettext_lazy("Runs a day (UTC)"),
    "changes_per_day": gettext_lazy("Changes proposed a day (UTC)"),
    "steps": gettext_lazy("Steps in one run"),
    "tokens": gettext_lazy("Tokens in one run"),
    "cost": gettext_lazy("Cost of one run (millionths of its currency)"),
    "time_s": gettext_lazy("Seconds that one run may take"),
    "tool_calls": gettext_lazy("Tool calls in one run"),
    "proposals": gettext_lazy("Proposals of one run"),
}
