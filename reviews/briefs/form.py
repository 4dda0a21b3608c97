"""A campaign's brief as a form, and back to the wish it stands for."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy

from orchestr.catalogue.models import Segment, Site
from orchestr.catalogue.tree import tree
from orchestr.people.eligibility import covered_by_person, segments_with
from orchestr.people.models import Account, Person
from orchestr.triggers.briefs.ask import Wish
from orchestr.triggers.cron import CronRefused, zone_of
from orchestr.workflows.models import Workflow


class BriefForm(forms.Form):
    """Workflows, segments and approvers are those that this account can ask for."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    goal = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    workflow = forms.ChoiceField(label=gettext_lazy("Workflow"))
    segments = forms.MultipleChoiceField(label=gettext_lazy("Segments"), widget=forms.CheckboxSelectMultiple)
    begins_at = forms.DateTimeField(
        label=gettext_lazy("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Ends"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        initial="UTC",
        help_text=gettext_lazy("Of the dates and the schedule, such as Europe/Berlin."),
    )
    cron = forms.CharField(
        label=gettext_lazy("Again when"),
        max_length=120,
        required=False,
        help_text=gettext_lazy(
            "Minute, hour, day, month, weekday, such as 30 6 * * mon-fri. Empty: one run, at the beginning."
        ),
    )
    budget = forms.DecimalField(
        label=gettext_lazy("Budget"),
        min_value=0,
        max_value=10**9,
        decimal_places=2,
        help_text=gettext_lazy("The margin that its price cuts may give up in all, at the sales of the last 7 days."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    most_changes = forms.IntegerField(label=gettext_lazy("Most changes"), required=False, min_value=1, max_value=10**6)
    deepest_cut = forms.DecimalField(
        label=gettext_lazy("Deepest cut of a price (per cent)"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
    )
    approver = forms.ChoiceField(
        label=gettext_lazy("Approver"), help_text=gettext_lazy("Another person, who may decide on all of its segments.")
    )

    def __init__(self, *args: Any, by: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = segments_with(by, "decide_segment")
        flows = Workflow.objects.filter(enabled=True).order_by("name").values_list("key", "name")
        self._choices("workflow", list(flows))
        self._choices("segments", list(Segment.objects.filter(pk__in=mine).order_by("key").values_list("key", "name")))
        self._choices("currency", [(each, each) for each in _currencies()])
        self._choices("approver", _approvers(by, mine))

    def clean_zone(self) -> str:
        name: str = self.cleaned_data["zone"]
        try:
            zone_of(name)
        except CronRefused as wrong:
            raise forms.ValidationError(str(wrong)) from None
        return name

    def zoned(self, name: str, zone: ZoneInfo) -> datetime:
        """What was given is the wall clock of the brief's own zone."""
        given: datetime = self.cleaned_data[name]
        return given.replace(tzinfo=zone)

    def wish(self) -> Wish:
        given = self.cleaned_data
        zone = zone_of(given["zone"])
        cut: Decimal | None = given["deepest_cut"]
        return Wish(
            name=given["name"],
            goal=given["goal"],
            workflow=given["workflow"],
            segments=tuple(given["segments"]),
            begins_at=self.zoned("begins_at", zone),
            ends_at=self.zoned("ends_at", zone),
            budget=int(given["budget"] * 100),
            currency=given["currency"],
            cron=given["cron"],
            zone=given["zone"],
            most_changes=given["most_changes"],
            deepest_cut_bp=None if cut is None else int(cut * 100),
            approver=UUID(given["approver"]),
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _currencies() -> list[str]:
    """Of the sites whose money has two decimals, as the form's budget has."""
    return sorted(set(Site.objects.filter(exponent=2).values_list("currency", flat=True)))


def _approvers(by: Account, mine: frozenset[UUID]) -> list[tuple[str, str]]:
    """Other people who may decide on something that this account decides on."""
    keys = {tree().keys[id] for id in mine if id in tree().keys}
    rows = Person.objects.filter(accounts__is_active=True).exclude(pk=by.person_id).distinct().order_by("name")
    return [
        (str(each.pk), each.name)
        for each in rows
        if any(keys & reach for reach in covered_by_person(each.pk, "decide_segment"))
    ]
