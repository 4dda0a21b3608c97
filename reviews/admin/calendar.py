"""The publication calendar: windows of sites and workflows, and freezes planned ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.catalogue.models import Site
from orchestr.execution.calendar.change import owner_of, set_windows
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.execution.calendar.opening import windows_of
from orchestr.execution.calendar.windows import Window
from orchestr.freezes.freeze import MAY_FREEZE
from orchestr.freezes.models import PlannedFreeze
from orchestr.freezes.planned import UNPLAN, plan_freeze, request_unplan
from orchestr.freezes.targets import Target
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import Kind, Refusal, absent
from orchestr.workflows.models import Workflow
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.oncall.frozen import targets_for
from reviews.words.times import clock, day_names, local, weekday_choices


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """One window in words."""

    id: UUID
    days: str
    span: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A site or workflow that has windows."""

    target: str
    name: str
    kind: str
    lines: Sequence[WindowLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One planned freeze that is not over, its times in the zone of the first site."""

    row: PlannedFreeze
    begins: str
    ends: str
    stands: bool
    waits: bool


class WindowForm(forms.Form):
    """One more window of a site or workflow."""

    target = forms.ChoiceField(label=gettext_lazy("For"))
    days = forms.TypedMultipleChoiceField(label=gettext_lazy("Days"), coerce=int, widget=forms.CheckboxSelectMultiple)
    opens = forms.TimeField(label=gettext_lazy("Opens"), widget=forms.TimeInput(attrs={"type": "time"}))
    closes = forms.TimeField(
        label=gettext_lazy("Closes"),
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=gettext_lazy("00:00 is midnight at the end of that day."),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Of a workflow's window. A site has its own.")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Needed where more of the week opens: a second person judges by it."),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        sites = list(Site.objects.order_by("name"))
        workflows = Workflow.objects.order_by("name").values_list("key", "name")
        named = [(f"site:{site.key}", site.name) for site in sites]
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            (_("Sites"), named),
            (_("Workflows"), [(f"workflow:{key}", name) for key, name in workflows]),
        ]
        self.fields["zone"].choices = [(zone, zone) for zone in sorted({site.zone for site in sites} | {"UTC"})]  # type: ignore[attr-defined]
        self.fields["days"].choices = weekday_choices()  # type: ignore[attr-defined]

    def window(self, zone: str) -> Window:
        given = self.cleaned_data
        return Window(zone, tuple(sorted(given["days"])), _minute(given["opens"]), _minute(given["closes"]) or 1440)


class PlanForm(forms.Form):
    """A freeze with a begin and an end, in local time of the zone chosen."""

    target = forms.ChoiceField(label=gettext_lazy("Stops"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("Such as Black Friday."))
    begins = forms.DateTimeField(
        label=gettext_lazy("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends = forms.DateTimeField(label=gettext_lazy("Ends"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=2000)

    def __init__(self, data: QueryDict | None = None, *, request: SignedIn) -> None:
        super().__init__(data)
        groups = targets_for(request.user, chosen="")
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            ("all", _("Everything")),
            *((group.label, [(each.value, each.label) for each in group.options]) for group in groups),
        ]
        zones = set(Site.objects.values_list("zone", flat=True)) | {"UTC"}
        self.fields["zone"].choices = [(zone, zone) for zone in sorted(zones)]  # type: ignore[attr-defined]

    def moment(self, name: str) -> datetime:
        given: datetime = self.cleaned_data[name]
        return given.replace(tzinfo=ZoneInfo(self.cleaned_data["zone"]))


@require_GET
@gate()
def calendar(request: SignedIn) -> HttpResponse:
    """When what goes out: for everybody to see."""
    return render(request, "admin/calendar.html", _page(request, WindowForm(), PlanForm(request=request)))


@require_POST
@gate(Function.ADMIN)
def add_window(request: SignedIn) -> HttpResponse:
    """Where it is the first one, less of the week is open and it holds at once; else a second person confirms."""
    form = WindowForm(request.POST)

    def add(given: WindowForm, at: datetime) -> ControlChange | None:
        target = given.cleaned_data["target"]
        owner = owner_of(target)
        zone = owner.zone if isinstance(owner, Site) else given.cleaned_data["zone"]
        windows = [*windows_of(owner.pk), given.window(zone)]
        return set_windows(target=target, windows=windows, reason=given.cleaned_data["reason"], by=request.user, at=at)

    done = act(request, form, add)
    if isinstance(done, Refused):
        return render(
            request, "admin/calendar.html", _page(request, form, PlanForm(request=request)), status=done.status
        )
    return landed(request, done, said=_("The window is in force."), to=reverse("admin:calendar"))


@require_POST
@gate(Function.ADMIN)
@leading_back("/calendar/")
def remove_window(request: SignedIn, window_id: UUID) -> HttpResponse:
    """Take one window away: of several, less is open at once; of the last one, a second person confirms."""
    found = PublicationWindow.objects.select_related("site", "workflow").filter(pk=window_id).first()
    if found is None:
        raise absent("window")
    target = f"site:{found.site.key}" if found.site else f"workflow:{found.workflow.key}" if found.workflow else ""
    gone = Window(found.zone, tuple(sorted(found.days)), found.opens, found.closes)
    with transaction.atomic(durable=True):
        rest = list(windows_of(owner_of(target).pk))
        if gone not in rest:
            raise Refusal(
                Kind.CONFLICT,
                "calendar_moved",
                _("The windows have changed meanwhile."),
                next=_("Reload the calendar."),
            )
        rest.remove(gone)
        done = set_windows(
            target=target, windows=rest, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now()
        )
    return landed(request, done, said=_("The window is gone."), to=reverse("admin:calendar"))


@require_POST
@gate(Function.ADMIN, Function.ONCALL)
def plan(request: SignedIn) -> HttpResponse:
    """Plan a freeze: it begins and ends by the clock."""
    form = PlanForm(request.POST, request=request)
    done = act(
        request,
        form,
        lambda given, at: plan_freeze(
            target=Target.parse(given.cleaned_data["target"]),
            name=given.cleaned_data["name"],
            begins_at=given.moment("begins"),
            ends_at=given.moment("ends"),
            why=given.cleaned_data["why"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/calendar.html", _page(request, WindowForm(), form), status=done.status)
    messages.success(request, _("%(name)s is planned.") % {"name": done.name})
    return redirect("admin:calendar")


@require_POST
@gate(Function.ADMIN, Function.ONCALL)
@leading_back("/calendar/")
def unplan(request: SignedIn, planned_id: UUID) -> HttpResponse:
    """Ask for a planned freeze to be taken out; a second person confirms."""
    with transaction.atomic(durable=True):
        done = request_unplan(
            planned_id=planned_id, why=request.POST.get("why", ""), by=request.user, at=timezone.now()
        )
    return landed(request, done, said="", to=reverse("admin:calendar"))


def _page(request: SignedIn, window_form: WindowForm, plan_form: PlanForm) -> dict[str, Any]:
    now = timezone.now()
    rows = PlannedFreeze.objects.filter(cancelled_at=None, ends_at__gt=now).select_related("set_by")
    asked = ControlChange.objects.filter(kind=UNPLAN, state=ControlChange.State.REQUESTED)
    waiting = set(asked.values_list("target", flat=True))
    held = request.user.functions
    zone = Site.objects.order_by("key").values_list("zone", flat=True).first() or "UTC"
    return {
        "now": now,
        "owners": _owners(),
        "plans": [
            Plan(
                row=row,
                begins=local(row.begins_at, zone, now=now),
                ends=local(row.ends_at, zone, now=now),
                stands=row.begins_at <= now,
                waits=f"planned_freeze:{row.pk}" in waiting,
            )
            for row in rows.order_by("begins_at", "id")
        ],
        "window_form": window_form if Function.ADMIN in held else None,
        "plan_form": plan_form if held & MAY_FREEZE else None,
    }


def _owners() -> list[Owner]:
    found: dict[tuple[str, str, str], list[WindowLine]] = {}
    rows = PublicationWindow.objects.select_related("site", "workflow").order_by("opens", "id")
    for row in rows:
        owner = row.site or row.workflow
        assert owner is not None
        kind = "site" if row.site else "workflow"
        line = WindowLine(
            id=row.pk, days=day_names(row.days), span=f"{clock(row.opens)}-{clock(row.closes)}", zone=row.zone
        )
        found.setdefault((kind, owner.key, owner.name), []).append(line)
    return [
        Owner(target=f"{kind}:{key}", name=name, kind=kind, lines=lines)
        for (kind, key, name), lines in sorted(found.items())
    ]


def _minute(given: time) -> int:
    return given.hour * 60 + given.minute
