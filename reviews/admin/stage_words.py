"""Stages and what the preflight found, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.policy.values import Json

TITLES: Mapping[str, str | Promise] = {
    "trigger": gettext_lazy("What starts it, and what holds it back"),
    "tools": gettext_lazy("No tool more than it needs"),
    "reviewers": gettext_lazy("Somebody can decide, in the hours it runs"),
    "rollback": gettext_lazy("Somebody can put it back, at any hour it runs"),
    "reversible": gettext_lazy("It can be put back, or two persons decide"),
    "drill": gettext_lazy("A rehearsed failure in the last 30 days"),
    "record": gettext_lazy("What it has proposed so far"),
}
# The sentence of each code, with gaps for its figures.
SENTENCES: Mapping[str, str | Promise] = {
    "no_trigger": gettext_lazy("No trigger is written: nothing says when it runs and when it must not."),
    "no_suppression": gettext_lazy("Nothing holds these back, and nothing caps them: %(triggers)s."),
    "triggers": gettext_lazy("Started, and held back, as written: %(triggers)s."),
    "no_tool": gettext_lazy("Its agent has no tool that writes, so nothing could go out."),
    "unused_tools": gettext_lazy("Not used for 30 days; take them away: %(tools)s."),
    "tools_not_used_yet": gettext_lazy("Given less than 30 days ago and not used yet, too new to tell: %(tools)s."),
    "tools_used": gettext_lazy("Each of its %(count)s tools was used in the last 30 days."),
    "function_uncovered": gettext_lazy(
        "On %(segment)s nobody but those whose work it is may decide for: %(functions)s."
    ),
    "few_deciders": gettext_lazy("On %(segment)s two persons must be able to decide; there are %(count)s."),
    "reviewers": gettext_lazy("On each segment there are two who may decide; demanded so far: %(functions)s."),
    "reviewers_by_day": gettext_lazy(
        "On each segment there are two who may decide; demanded so far: %(functions)s. In %(hours)s of the next 168 hours it"
        " may run while no site of it is open; what it proposes then waits %(longest_h)s h at most until one is."
    ),
    "hours_uncovered": gettext_lazy(
        "What it proposes from %(begins)s on expires before anybody is at work: no site of it opens before."
    ),
    "owner_may_not": gettext_lazy("%(person)s may not put back everything it reaches."),
    "rota_may_not": gettext_lazy("Nobody of those on call may put back everything it reaches: %(people)s."),
    "rota_gap": gettext_lazy(
        "Stretches of the next 7 days in which it may run and nobody is on call: %(count)s, from %(begins)s on."
    ),
    "covered": gettext_lazy("%(person)s answers for it, and somebody is on call whenever it runs in the next 7 days."),
    "reversible": gettext_lazy("Everything its tools write can be put back."),
    "dual": gettext_lazy("These cannot be put back, and two persons decide on them: %(tools)s."),
    "irreversible": gettext_lazy("These cannot be put back, and policy asks fewer than two persons: %(tools)s."),
    "no_policy": gettext_lazy("No policy is published, so nobody is asked."),
    "never_drilled": gettext_lazy("Never drilled: nobody knows yet how its failure is noticed and stopped."),
    "drilling": gettext_lazy("A drill is under way."),
    "drill_failed": gettext_lazy("The last drill of this kind has failed: %(scenarios)s."),
    "drill_too_old": gettext_lazy("The last drill that passed is more than %(days)s days old."),
    "drill_of_old_version": gettext_lazy("Drilled as version %(version)s; it has changed since."),
    "drill_passed": gettext_lazy("Passed in the last %(days)s days, as it is now: %(scenarios)s."),
    "few_proposals": gettext_lazy("Proposed in %(days)s days: %(proposals)s, too new to tell."),
    "record": gettext_lazy(
        "Proposed in %(days)s days: %(proposals)s, of these %(published)s published, %(put_back)s put back, %(refused)s refused"
        " by policy, %(turned_down)s turned down by people, %(kept_back)s judged and kept back."
    ),
}


def record_words(figures: Mapping[str, Json]) -> str:
    """A track record in one sentence."""
    return str(SENTENCES["record"]) % figures


def stage_label(stage: str) -> str:
    """An autonomy stage with what it means."""
    words: dict[str, Any] = {
        "shadow": _("Shadow: judged, never published"),
        "canary": _("Canary: a share of things goes on, each with a yes of people; the rest stays back"),
        "supervised": _("Supervised: people decide on everything"),
        "trusted": _("Trusted: what policy allows goes out unattended"),
    }
    return str(words.get(stage, stage))
