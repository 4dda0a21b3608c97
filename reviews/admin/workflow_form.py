"""A workflow as a form, and back to the definition it stands for."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.agents.models import Agent
from orchestr.policy.values import Json
from orchestr.workflows.define import Definition
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.rollout import Default, Terms
from reviews.admin.changes import stage_label
from reviews.admin.extents import channel_choices, not_taken, person_choices, segment_choices

BUDGETS: dict[str, Any] = {
    "runs_per_day": gettext_lazy("Runs a day (UTC)"),
    "changes_per_day": gettext_lazy("Changes proposed a day (UTC)"),
    "steps": gettext_lazy("Steps in one run"),
    "tokens": gettext_lazy("Tokens in one run"),
    "cost": gettext_lazy("Cost of one run (millionths of its currency)"),
}
LARGEST = 2**53 - 1


class WorkflowForm(forms.Form):
    """`workflow` is the one being changed; its key stays."""

    key = forms.SlugField(
        label=gettext_lazy("Key"), max_length=60, help_text=gettext_lazy("Such as clearance. It never changes.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    agent = forms.ChoiceField(label=gettext_lazy("Agent"))
    goal = forms.CharField(
        label=gettext_lazy("Goal"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What is better when it works."),
    )
    success_criteria = forms.CharField(
        label=gettext_lazy("Success criteria"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("More than one, so that none is chased at the cost of the rest."),
    )
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), help_text=gettext_lazy("Answers for what it decides."))
    escalation_owner = forms.ChoiceField(
        label=gettext_lazy("Escalation owner"), help_text=gettext_lazy("Is told what nobody has looked at in time.")
    )
    rollback_owner = forms.ChoiceField(
        label=gettext_lazy("Rollback owner"), help_text=gettext_lazy("Sees to it that bad output is put back.")
    )
    runbook = forms.CharField(
        label=gettext_lazy("Runbook"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What somebody on call does at night: it stands on their card."),
    )
    segments = forms.MultipleChoiceField(
        label=gettext_lazy("Segments"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A segment covers everything below it."),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"), widget=forms.CheckboxSelectMultiple, required=False
    )

    triggers = forms.CharField(
        label=gettext_lazy("Events that start a run"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One event type on each line, such as stock.slow. None: its agent starts runs by itself."
        ),
    )

    rollout_share = forms.IntegerField(
        label=gettext_lazy("First share of each set (%)"),
        required=False,
        min_value=1,
        max_value=90,
        help_text=gettext_lazy("Goes out alone and is looked at before the rest follows. Empty: all of it at once."),
    )
    rollout_hours = forms.IntegerField(
        label=gettext_lazy("Look at it for (hours)"), required=False, min_value=1, max_value=336, initial=24
    )
    rollout_tier = forms.ChoiceField(label=gettext_lazy("From which tier on"), required=False)
    rollout_units = forms.IntegerField(
        label=gettext_lazy("Put back when units sold fall by more than (%)"),
        required=False,
        min_value=1,
        max_value=100,
        initial=50,
    )
    rollout_revenue = forms.IntegerField(
        label=gettext_lazy("Put back when net revenue falls by more than (%)"),
        required=False,
        min_value=1,
        max_value=100,
        initial=30,
    )

    def __init__(self, data: QueryDict | None = None, *, workflow: Workflow | None) -> None:
        super().__init__(data, initial=_initial(workflow))
        self.fields["rollout_tier"].choices = [  # type: ignore[attr-defined]
            ("none", _("every proposal")),
            ("single", _("what needs one approval or more")),
            ("dual", _("what needs two approvals")),
        ]
        self.workflow = workflow
        agents = Agent.objects.filter(retired_at=None).order_by("name").values_list("id", "name")
        self.fields["agent"].choices = [("", "—"), *((str(id), name) for id, name in agents)]  # type: ignore[attr-defined]
        people = person_choices()
        for name in ("owner", "escalation_owner", "rollback_owner"):
            self.fields[name].choices = people  # type: ignore[attr-defined]
        self.fields["segments"].choices = segment_choices()  # type: ignore[attr-defined]
        also = workflow.channels if workflow else ()
        self.fields["channels"].choices = channel_choices(also=also)  # type: ignore[attr-defined]
        if workflow is not None:
            self.fields["key"].disabled = True
        for name, label in BUDGETS.items():
            self.fields[f"budget_{name}"] = forms.IntegerField(
                label=label, min_value=0, max_value=LARGEST, required=False, help_text=_("Blank: no limit.")
            )

    def clean_key(self) -> str:
        return not_taken(self.cleaned_data["key"], "define")

    def clean_triggers(self) -> list[str]:
        types = list(dict.fromkeys(self.cleaned_data["triggers"].split()))
        if any(len(type) > 160 or not type.isprintable() for type in types):
            raise forms.ValidationError(_("An event type has at most 160 characters."))
        return types

    def definition(self) -> Definition:
        given = self.cleaned_data
        return Definition(
            key=given["key"],
            name=given["name"],
            agent=UUID(given["agent"]),
            owner=UUID(given["owner"]),
            escalation_owner=UUID(given["escalation_owner"]),
            rollback_owner=UUID(given["rollback_owner"]),
            goal=given["goal"],
            success_criteria=given["success_criteria"],
            runbook=given["runbook"],
            segments=tuple(given["segments"]),
            channels=tuple(given["channels"]),
            budgets=self._budgets(),
            triggers=tuple(given["triggers"]),
            rollout=self._rollout(),
        )

    def _rollout(self) -> Default | None:
        """What the form shows, and whatever limits another door has set."""
        given = self.cleaned_data
        if given["rollout_share"] is None:
            return None
        held = self.workflow.rollout if self.workflow is not None else None
        kept = Default.parse(held).terms if held else Terms()
        terms = replace(
            kept,
            share_bp=given["rollout_share"] * 100,
            hold_s=(given["rollout_hours"] or 24) * 3_600,
            units_bp=_bp(given["rollout_units"]),
            revenue_bp=_bp(given["rollout_revenue"]),
        )
        return Default(terms=terms, from_tier=given["rollout_tier"] or "none")

    def _budgets(self) -> dict[str, Json]:
        """What the form shows, and whatever else another door has set."""
        kept = {} if self.workflow is None else {k: v for k, v in self.workflow.budgets.items() if k not in BUDGETS}
        given = {name: self.cleaned_data[f"budget_{name}"] for name in BUDGETS}
        return kept | {name: limit for name, limit in given.items() if limit is not None}


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Stage"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed for a higher stage: the second person judges by it."),
    )

    def __init__(self, data: QueryDict | None = None, *, workflow: Workflow) -> None:
        super().__init__(data, initial={"stage": workflow.stage})
        self.fields["stage"].choices = [(stage, stage_label(stage)) for stage in Stage.values]  # type: ignore[attr-defined]


def _initial(workflow: Workflow | None) -> dict[str, Any]:
    if workflow is None:
        return {"budget_runs_per_day": 200, "budget_changes_per_day": 500, "budget_steps": 100}
    return {
        "key": workflow.key,
        "name": workflow.name,
        "agent": str(workflow.agent_id),
        "owner": str(workflow.owner_id),
        "escalation_owner": str(workflow.escalation_owner_id),
        "rollback_owner": str(workflow.rollback_owner_id),
        "goal": workflow.goal,
        "success_criteria": workflow.success_criteria,
        "runbook": workflow.runbook,
        "segments": list(workflow.segments.values_list("key", flat=True)),
        "channels": workflow.channels,
        "triggers": "\n".join(workflow.triggers),
        **{f"budget_{name}": workflow.budgets.get(name) for name in BUDGETS},
        **_initial_rollout(workflow),
    }


def _initial_rollout(workflow: Workflow) -> dict[str, Any]:
    if workflow.rollout is None:
        return {}
    default = Default.parse(workflow.rollout)
    terms = default.terms
    return {
        "rollout_share": terms.share_bp // 100,
        "rollout_hours": max(1, terms.hold_s // 3_600),
        "rollout_tier": default.from_tier,
        "rollout_units": None if terms.units_bp is None else terms.units_bp // 100,
        "rollout_revenue": None if terms.revenue_bp is None else terms.revenue_bp // 100,
    }


def _bp(percent: int | None) -> int | None:
    return None if percent is None else percent * 100
