"""Layers of a draft: what a site, a segment or a workflow sets for itself, and what may be loosened below."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from orchestr.catalogue.models import Segment, Site
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.policy.layers.edits import EVERYTHING, with_allow, with_override, without_override
from orchestr.policy.layers.resolve import Layer
from orchestr.policy.parameters import specs, wire
from orchestr.policy.rules import RULES
from orchestr.policy.values import Json
from orchestr.refusal import absent
from orchestr.rulebook.drafts import change_draft
from orchestr.rulebook.models import PolicyVersion
from orchestr.workflows.models import Workflow
from reviews.admin.answers import Refused, act, leading_back
from reviews.admin.policy_form import field_for, value_of
from reviews.admin.policy_words import dotted_in_words, label_of, layer_in_words, policy_of, value_in_words

type Choices = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Override:
    """One parameter that a layer sets; `parameter` "" is a rule brought in at its defaults."""

    rule: str
    parameter: str
    title: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class LayerWords:
    """One layer, ready to show."""

    name: str
    title: str
    overrides: list[Override]
    allows: list[tuple[str, str]]


class OverrideForm(forms.Form):
    """A parameter's own field, in its unit, for one target."""

    stamp = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, rule: str, parameter: str, row: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule, self.parameter = rule, parameter
        self.fields["stamp"].initial = row.stamp
        self.fields["layer"] = forms.ChoiceField(label=_("For"), choices=targets())
        settings = {setting.rule.name: setting.params for setting in policy_of(row).settings}
        values = wire(settings[rule]) if rule in settings else wire(RULES[rule].params())
        self.fields["value"] = field_for(parameter, specs(RULES[rule].params)[parameter], values[parameter])

    def value(self) -> Json:
        return value_of(specs(RULES[self.rule].params)[self.parameter], self.cleaned_data["value"])


class PickForm(forms.Form):
    """Which parameter."""

    parameter = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parameter"] = forms.ChoiceField(label=_("Parameter"), choices=names())


class AllowForm(PickForm):
    """What a layer lets those below it loosen, or no longer."""

    stamp = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stamp"].initial = row.stamp
        self.fields["layer"] = forms.ChoiceField(
            label=_("Layer that allows it"), choices=[(EVERYTHING, _("Everything")), *targets()]
        )
        self.fields["allowed"] = forms.BooleanField(label=_("Layers below may be less strict here"), required=False)


class RemoveForm(forms.Form):
    stamp = forms.CharField()
    layer = forms.CharField(max_length=220)
    rule = forms.ChoiceField(choices=[(name, name) for name in RULES])
    parameter = forms.CharField(max_length=60, required=False)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def layers(request: SignedIn, number: int) -> HttpResponse:
    """Set a parameter for one site, segment or workflow: first which parameter, then its value in its unit."""
    row = draft_of(number)
    rule, parameter = _asked(request)
    if not rule:
        return render(request, "admin/policy_layer.html", {"version": row, "pick": PickForm(), "form": None})
    form = OverrideForm(request.POST if request.method == "POST" else None, rule=rule, parameter=parameter, row=row)
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            _changing(request, row, lambda given: with_override(
                row.rules, layer=given.cleaned_data["layer"], rule=rule, parameter=parameter, value=given.value()
            )),
        )  # fmt: skip
        if not isinstance(done, Refused):
            messages.success(request, _("The draft is changed; nothing is judged by it yet."))
            return redirect("admin:policy_version", number=number)
        status = done.status
    around = {"version": row, "pick": None, "form": form, "title": dotted_in_words(f"{rule}.{parameter}")}
    return render(request, "admin/policy_layer.html", around, status=status)


@require_POST
@gate(Function.ADMIN)
@leading_back("/policy/")
def remove(request: SignedIn, number: int) -> HttpResponse:
    """Take away what a layer of a draft sets."""
    row, form = draft_of(number), RemoveForm(request.POST)

    def without(given: RemoveForm) -> dict[str, Json]:
        names = {name: given.cleaned_data[name] for name in ("layer", "rule", "parameter")}
        return without_override(row.rules, **names)

    return _done(request, number, act(request, form, _changing(request, row, without)), form)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def allow(request: SignedIn, number: int) -> HttpResponse:
    """Say what the layers below may be less strict in, by name."""
    row = draft_of(number)
    form = AllowForm(request.POST if request.method == "POST" else None, row=row)
    status = 200
    if request.method == "POST":

        def allowing(given: AllowForm) -> dict[str, Json]:
            data = given.cleaned_data
            return with_allow(row.rules, layer=data["layer"], name=data["parameter"], allowed=data["allowed"])

        done = act(request, form, _changing(request, row, allowing))
        if not isinstance(done, Refused):
            return redirect("admin:policy_version", number=number)
        status = done.status
    around = {"version": row, "pick": None, "form": form, "title": _("What layers may loosen"), "allow": True}
    return render(request, "admin/policy_layer.html", around, status=status)


def layers_in_words(found: tuple[Layer, ...]) -> list[LayerWords]:
    """Every layer with what it sets and allows."""
    return [
        LayerWords(
            layer.name,
            layer_in_words(layer.name),
            [each for rule, values in sorted(layer.overrides.items()) for each in _overrides(rule, dict(values))],
            [(name, dotted_in_words(name)) for name in sorted(layer.allows)],
        )
        for layer in found
    ]


def draft_of(number: int) -> PolicyVersion:
    row = PolicyVersion.objects.select_related("author").filter(number=number, state="draft").first()
    if row is None:
        raise absent("policy draft")
    return row


def targets() -> Choices:
    """Every site, segment and workflow that a layer can speak of."""
    sites = [(f"site:{key}", name) for key, name in Site.objects.order_by("key").values_list("key", "name")]
    segments = [(f"segment:{key}", key) for key in Segment.objects.order_by("key").values_list("key", flat=True)]
    workflows = [(f"workflow:{key}", name) for key, name in Workflow.objects.order_by("key").values_list("key", "name")]
    return [(_("Sites"), sites), (_("Segments"), segments), (_("Workflows"), workflows)]


def names() -> Choices:
    """Every parameter of every rule, by rule."""
    return [
        (_(rule.title), [(f"{name}.{part}", label_of(part)) for part in specs(rule.params)])
        for name, rule in RULES.items()
        if specs(rule.params)
    ]


def _changing[F: forms.Form](
    request: SignedIn, row: PolicyVersion, rules: Callable[[F], dict[str, Json]]
) -> Callable[[F, datetime], PolicyVersion]:
    return lambda given, at: change_draft(
        number=row.number, stamp=given.cleaned_data["stamp"], rules=rules(given), by=request.user, at=at
    )


def _done(request: SignedIn, number: int, done: object, form: forms.Form) -> HttpResponse:
    if isinstance(done, Refused):
        messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
    return redirect("admin:policy_version", number=number)


def _asked(request: SignedIn) -> tuple[str, str]:
    rule, _dot, parameter = request.GET.get("parameter", "").partition(".")
    return (rule, parameter) if rule in RULES and parameter in specs(RULES[rule].params) else ("", "")


def _overrides(rule: str, values: dict[str, Any]) -> list[Override]:
    title = _(RULES[rule].title)
    if not values:
        return [Override(rule, "", title, _("The whole rule"), _("in the policy"))]
    known = specs(RULES[rule].params)
    written = wire(RULES[rule].params(**values))
    return [
        Override(rule, name, title, label_of(name), value_in_words(known[name], written[name]))
        for name in known
        if name in values
    ]
