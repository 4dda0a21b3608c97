"""The plan of a revert of one proposal, by the names that other rooms know it by."""

from orchestr.execution.reverting.found import written_items
from orchestr.execution.reverting.lines import ChangedBy, Choice, LineKind, RevertLine, RevertPlan
from orchestr.execution.reverting.plan import plan_revert

__all__ = ["ChangedBy", "Choice", "LineKind", "RevertLine", "RevertPlan", "plan_revert", "written_items"]
