"""A scope as a form, and back to the extent it stands for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from orchestr.agents.grants import Extent
from orchestr.agents.models import Scope, Tool
from reviews.admin.extents import channel_choices, segment_choices

PER_PROPOSAL = "changes_per_proposal"


class ScopeForm(forms.Form):
    segments = forms.MultipleChoiceField(
        label=gettext_lazy("Segments"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A segment covers everything below it."),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy(
            "A change that names a channel must find it here; with none chosen no such change passes."
        ),
    )
    field_classes = forms.MultipleChoiceField(
        label=gettext_lazy("Also readable"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("cost", gettext_lazy("Cost and margin")), ("personal", gettext_lazy("Personal data"))],
        help_text=gettext_lazy("Fields that seeing a segment alone does not show."),
    )
    limit = forms.IntegerField(
        label=gettext_lazy("Changes in one proposal, at most"),
        min_value=1,
        max_value=10_000,
        required=False,
        help_text=gettext_lazy("Blank: as many as policy and the API allow (10,000)."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Ends with the day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("In UTC. Blank: it does not end by itself."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where the scope becomes wider: the second person judges by it."),
    )

    def __init__(self, *args: Any, scope: Scope | None, tool: Tool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.fields["segments"].choices = segment_choices()  # type: ignore[attr-defined]
        self.fields["channels"].choices = channel_choices(also=scope.channels if scope else ())  # type: ignore[attr-defined]
        if tool.action_class != "read" and not (scope and scope.field_classes):
            del self.fields["field_classes"]
        if tool.action_class == "read":
            del self.fields["limit"]

    def extent(self) -> Extent:
        given = self.cleaned_data
        limits = dict(self.scope.limits) if self.scope else {}
        limits.pop(PER_PROPOSAL, None)
        if given.get("limit"):
            limits[PER_PROPOSAL] = given["limit"]
        return Extent(
            segments=frozenset(given["segments"]),
            channels=frozenset(given["channels"]),
            field_classes=frozenset(given.get("field_classes", ())),
            limits=limits,
            expires_at=self._end(),
        )

    def _end(self) -> datetime | None:
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        standing = self.scope.expires_at if self.scope else None
        if standing is not None and last_day(standing) == day:
            return standing  # not touched: a time of day that another door set stays
        return datetime.combine(day + timedelta(days=1), time.min, UTC)


def last_day(end: datetime) -> date:
    """The last day (UTC) on which something that ends then is still in force."""
    return (end.astimezone(UTC) - timedelta(microseconds=1)).date()


def initial_of(standing: Scope | None) -> dict[str, Any]:
    if standing is None:
        return {"limit": 100}
    return {
        "segments": list(standing.segments.values_list("key", flat=True)),
        "channels": standing.channels,
        "field_classes": standing.field_classes,
        "limit": standing.limits.get(PER_PROPOSAL),
        "expires_on": None if standing.expires_at is None else last_day(standing.expires_at),
    }
