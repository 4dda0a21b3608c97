"""Examples of a policy: facts with the verdict they must get, shown with what this version says of them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.examples import Expected, outcomes, parse_examples
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import Tier
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.ruleset import Policy
from orchestr.policy.values import Json
from orchestr.proposals.judge import verdict_of
from orchestr.proposals.models import Proposal, Verdict
from orchestr.refusal import absent
from orchestr.rulebook.drafts import change_draft
from orchestr.rulebook.models import PolicyVersion
from reviews.admin.answers import Refused, act, leading_back
from reviews.admin.policy_layers import draft_of
from reviews.words.proposal import function_label

AS_JUDGED = "as_judged"
TIERS: dict[str, Tier] = {"none": "none", "single": "single", "dual": "dual"}
EXPECTED = (
    (AS_JUDGED, gettext_lazy("What it got then")),
    ("none", gettext_lazy("Nobody is needed")),
    ("single", gettext_lazy("One person")),
    ("dual", gettext_lazy("Two persons")),
    ("refused", gettext_lazy("Refused")),
)


@dataclass(frozen=True, slots=True)
class ExampleWords:
    """One row of the table."""

    name: str
    expect: str
    got: str
    passes: bool
    changes: int


class ExampleForm(forms.Form):
    """A real proposal's facts as an example."""

    stamp = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("What it stands for, as a sentence.")
    )
    proposal = forms.UUIDField(
        label=gettext_lazy("Proposal"),
        help_text=gettext_lazy("Its whole id: the facts it was last judged on are kept."),
    )
    expect = forms.ChoiceField(label=gettext_lazy("Must be judged"), choices=EXPECTED)
    functions = forms.MultipleChoiceField(
        label=gettext_lazy("With a person of each of"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, stamp: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stamp"].initial = stamp
        choices = [(name, function_label(name)) for name in DECIDING_FUNCTIONS]
        self.fields["functions"] = forms.MultipleChoiceField(
            label=_("With a person of each of"), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )


class DropForm(forms.Form):
    stamp = forms.CharField()
    name = forms.CharField(max_length=200)


@require_POST
@gate(Function.ADMIN)
@leading_back("/policy/")
def add(request: SignedIn, number: int) -> HttpResponse:
    """Add an example from the facts of a proposal that this person may see."""
    row, form = draft_of(number), ExampleForm(request.POST)

    def adding(given: ExampleForm, at: datetime) -> PolicyVersion:
        one = _example(given, request.user)
        return change_draft(
            number=number, stamp=given.cleaned_data["stamp"], examples=[*row.examples, one], by=request.user, at=at
        )

    return _back(request, number, act(request, form, adding), form)


@require_POST
@gate(Function.ADMIN)
@leading_back("/policy/")
def drop(request: SignedIn, number: int) -> HttpResponse:
    """Take an example out of a draft; whoever confirms the version sees that it is gone."""
    row, form = draft_of(number), DropForm(request.POST)

    def dropping(given: DropForm, at: datetime) -> PolicyVersion:
        rest = [each for each in row.examples if each["name"] != given.cleaned_data["name"]]
        return change_draft(number=number, stamp=given.cleaned_data["stamp"], examples=rest, by=request.user, at=at)

    return _back(request, number, act(request, form, dropping), form)


def examples_in_words(row: PolicyVersion, policy: Policy) -> list[ExampleWords]:
    """Every example with what this version says of it now."""
    return [
        ExampleWords(
            outcome.example.name,
            expected_in_words(outcome.example.expect),
            expected_in_words(outcome.got),
            outcome.passes,
            len(outcome.example.facts.items),
        )
        for outcome in outcomes(policy, parse_examples(row.examples))
    ]


def expected_in_words(expected: Expected) -> str:
    if expected.refused:
        return _("refused")
    words = {"none": _("nobody"), "single": _("one person"), "dual": _("two persons")}[expected.tier]
    if not expected.functions:
        return words
    return f"{words}: {', '.join(function_label(name) for name in expected.functions)}"


def _example(given: ExampleForm, account: Account) -> Json:
    data = given.cleaned_data
    proposal = Proposal.objects.visible_to(account).filter(pk=data["proposal"]).first()
    verdicts = Verdict.objects.filter(version__proposal=proposal, version__number=proposal.number if proposal else 0)
    last = verdicts.order_by("-at", "-id").first()
    if last is None:
        raise absent("proposal")
    expect = Expected.of(verdict_of(last))
    if data["expect"] == "refused":
        expect = Expected(refused=True, tier="dual", functions=())
    elif data["expect"] != AS_JUDGED:
        expect = Expected(refused=False, tier=TIERS[data["expect"]], functions=tuple(sorted(data["functions"])))
    facts = Facts.from_wire(json.loads(bytes(last.facts)))
    return {"name": data["name"].strip(), "facts": facts.to_wire(), "expect": expect.to_wire()}


def _back(request: SignedIn, number: int, done: object, form: forms.Form) -> HttpResponse:
    if isinstance(done, Refused):
        messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
    else:
        messages.success(request, _("The draft is changed; nothing is judged by it yet."))
    return redirect(f"/policy/{number}/#examples")
