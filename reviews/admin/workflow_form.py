"""A workflow as a form, and back to the definition it stands for."""

from dataclasses import replace
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.agents.models import Agent
from orchestr.people.functions import DECIDING
from orchestr.policy.values import Json
from orchestr.workflows.definition import LONGEST_SLA_S, Definition
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.rollout import Default, Terms
from orchestr.workflows.steps import parse_steps
from reviews.admin.extents import channel_choices, not_taken, person_choices, segment_choices
from reviews.admin.workflow_budgets import BUDGETS
from reviews.admin.workflow_initial import initial_of
from reviews.admin.workflow_steps import Row, fallback_choices, rows_of, rows_sent, step_fields, steps_of
from reviews.words.proposal import function_label

LARGEST = 2**53 - 1
_GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("What it is for"), ("key", "name", "agent", "goal", "success_criteria")),
    (
        gettext_lazy("Who answers for it"),
        ("owner", "escalation_owner", "rollback_owner", "rollback_rota", "reviewers", "sla_minutes", "runbook"),
    ),
    (gettext_lazy("How far it reaches"), ("segments", "channels", "triggers")),
    (gettext_lazy("What it may spend"), tuple(f"budget_{name}" for name in BUDGETS)),
    (
        gettext_lazy("How carefully it goes out"),
        (
            "canary_share",
            "rollout_share",
            "rollout_hours",
            "rollout_tier",
            "rollout_units",
            "rollout_revenue",
            "feed_fallback",
        ),
    ),
    (gettext_lazy("Why"), ("reason",)),
)


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
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("More than one, so that none is chased at the cost of the rest."),
    )
    owner = forms.ChoiceField(
        label=gettext_lazy("Decision owner"), help_text=gettext_lazy("Answers for what it decides.")
    )
    escalation_owner = forms.ChoiceField(
        label=gettext_lazy("Escalation owner"), help_text=gettext_lazy("Is told what nobody has looked at in time.")
    )
    rollback_owner = forms.ChoiceField(
        label=gettext_lazy("Rollback owner"), help_text=gettext_lazy("Sees to it that bad output is put back.")
    )
    rollback_rota = forms.BooleanField(label=gettext_lazy("Whoever is on call rolls back as well"), required=False)
    reviewers = forms.MultipleChoiceField(
        label=gettext_lazy("Reviewers"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("One person of each has to say yes wherever people are asked. None: as policy says."),
    )
    sla_minutes = forms.IntegerField(
        label=gettext_lazy("To be looked at within (minutes of business time)"),
        required=False,
        min_value=1,
        max_value=LONGEST_SLA_S // 60,
        help_text=gettext_lazy("Empty: as it is set for all. It can only shorten that."),
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

    canary_share = forms.IntegerField(
        label=gettext_lazy("Canary share of all things, in percent"),
        min_value=1,
        max_value=100,
        initial=10,
        help_text=gettext_lazy("In the stage canary only these go on: drawn once, the same ones every time."),
    )
    feed_fallback = forms.ChoiceField(label=gettext_lazy("When a system it reads does not answer"), required=False)

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
        super().__init__(data, initial=initial_of(workflow))
        steps = () if workflow is None else parse_steps(workflow.steps)
        self.fields.update(step_fields(steps, asked=rows_sent(data or {})))
        self.fields["reviewers"].choices = [(str(each), function_label(each)) for each in DECIDING]  # type: ignore[attr-defined]
        self.fields["feed_fallback"].choices = fallback_choices(none=_("nothing: fresh evidence is asked for anyway"))  # type: ignore[attr-defined]
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

        if workflow is not None and workflow.stage != Stage.SHADOW:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("Needed for what widens it: the second person judges by it."),
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
            rollback_rota=given["rollback_rota"],
            reviewers=tuple(given["reviewers"]),
            sla_s=None if given["sla_minutes"] is None else given["sla_minutes"] * 60,
            canary_bp=given["canary_share"] * 100,
            steps=steps_of(given),
            feed_fallback=given["feed_fallback"],
        )

    @property
    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields but the steps, by what they are about."""
        return [(str(legend), [self[name] for name in names if name in self.fields]) for legend, names in _GROUPS]

    @property
    def steps(self) -> list[Row]:
        return rows_of(self)

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


def _bp(percent: int | None) -> int | None:
    return None if percent is None else percent * 100
