"""A policy as a form: one field a parameter, in the unit of its rule; and back to the rules it stands for."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.policy.findings import EFFECTS
from orchestr.policy.parameters import DECIDING_FUNCTIONS, Spec, specs, wire
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Policy
from orchestr.policy.values import Json, Money, Tax
from orchestr.policy.words.findings import EFFECT_WORDS
from reviews.admin.policy_words import label_of
from reviews.words.proposal import function_label

NET = "net"  # behind an amount without tax, in every language
UNITS = {
    "bp": gettext_lazy("per cent"),
    "seconds": gettext_lazy("seconds"),
    "items": gettext_lazy("items"),
    "units": gettext_lazy("units"),
    "systems": gettext_lazy("systems"),
    "hours": gettext_lazy("hours"),
    "minutes": gettext_lazy("minutes"),
    "agents": gettext_lazy("agents"),
    "proposals": gettext_lazy("proposals"),
}


class PolicyForm(forms.Form):
    """Every parameter of every rule there is, filled from `base`; rules that `base` leaves out are switched off."""

    def __init__(self, *args: Any, base: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["functions"] = forms.MultipleChoiceField(
            label=_("Functions of whatever is judged strictest"),
            choices=[(name, function_label(name)) for name in DECIDING_FUNCTIONS],
            widget=forms.CheckboxSelectMultiple,
            initial=list(base.functions),
            help_text=_("One person of each is needed where a rule fails or knows nothing of a change."),
        )
        settings = {setting.rule.name: setting.params for setting in base.settings}
        for name, rule in RULES.items():
            there = name in settings
            values = wire(settings[name] if there else rule.params())
            self.fields[name] = forms.BooleanField(label=_("In the policy"), initial=there, required=False)
            for parameter, spec in specs(rule.params).items():
                self.fields[f"{name}.{parameter}"] = field_for(parameter, spec, values[parameter])

    def rows(self) -> Iterator[tuple[str, str, BoundField, list[BoundField]]]:
        """Name, title, switch and parameters of each rule, for the page."""
        for name, rule in RULES.items():
            yield name, _(rule.title), self[name], [self[f"{name}.{parameter}"] for parameter in specs(rule.params)]

    def rules(self) -> dict[str, Json]:
        """The rules in the shape a policy version keeps."""
        given = self.cleaned_data
        return {
            "functions": sorted(given["functions"]),
            "rules": [
                {
                    "rule": name,
                    "params": {
                        parameter: value_of(spec, given[f"{name}.{parameter}"])
                        for parameter, spec in specs(rule.params).items()
                    },
                }
                for name, rule in sorted(RULES.items())
                if given[name]
            ],
        }


class MoneysField(forms.CharField):
    """Amounts, one a line: `20000.00 EUR`, or `20000.00 EUR net` without tax."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [_amount(line) for line in text.splitlines() if line.strip()]


class TextsField(forms.CharField):
    """Texts, one a line."""

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


def field_for(parameter: str, spec: Spec, value: Json) -> forms.Field:
    unit = UNITS.get(spec.unit)
    label = f"{label_of(parameter)} ({unit})" if unit else label_of(parameter)
    shared: dict[str, Any] = {"label": label, "help_text": _(spec.help), "required": False}
    if spec.kind == "number":
        return _number(spec, value, shared)
    if spec.kind == "effect":
        choices = [(each, _(EFFECT_WORDS[each])) for each in EFFECTS]
        return forms.ChoiceField(choices=choices, initial=value, **shared | {"required": True})
    if spec.kind == "functions":
        functions = [(name, function_label(name)) for name in DECIDING_FUNCTIONS]
        return forms.MultipleChoiceField(
            choices=functions, initial=value, widget=forms.CheckboxSelectMultiple, **shared
        )
    rows = forms.Textarea(attrs={"rows": min(6, max(2, len(value))), "spellcheck": "false"})
    if spec.kind == "moneys":
        lines = "\n".join(_line(each) for each in value)
        return MoneysField(initial=lines, widget=rows, **shared)
    return TextsField(initial="\n".join(value), widget=rows, **shared)


def _number(spec: Spec, value: Json, shared: dict[str, Any]) -> forms.Field:
    required = {"required": not spec.optional}
    if spec.optional:
        shared = shared | {"help_text": _("%(help)s Blank: no such limit.") % {"help": shared["help_text"]}}
    if spec.unit == "bp":
        initial = None if value is None else _decimal(value, 2)
        low, high = Decimal(spec.minimum) / 100, min(Decimal(spec.maximum) / 100, Decimal(1_000_000))
        return forms.DecimalField(initial=initial, min_value=low, max_value=high, decimal_places=2, **shared | required)
    return forms.IntegerField(initial=value, min_value=spec.minimum, max_value=spec.maximum, **shared | required)


def value_of(spec: Spec, given: Any) -> Json:
    if spec.kind == "number":
        if given is None:
            return None
        return int(given * 100) if spec.unit == "bp" else int(given)
    return given


def _amount(line: str) -> Json:
    """`20000.00 EUR` as money of two decimals with tax, `20000.00 EUR net` as money without."""
    tax: Tax = "excluded" if line.strip().endswith(f" {NET}") else "included"
    number, _sep, currency = line.strip().removesuffix(f" {NET}").rpartition(" ")
    try:
        amount = Decimal(number.replace(",", "")) * 100
    except ArithmeticError:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != amount.to_integral_value() or amount < 0 or amount >= 2**53:
        raise forms.ValidationError(_("Write an amount and a currency on each line, such as 20000.00 EUR."))
    if len(currency) != 3 or not (currency.isascii() and currency.isupper()):
        raise forms.ValidationError(_("Write an amount and a currency on each line, such as 20000.00 EUR."))
    return Money(int(amount), currency, 2, tax).wire()


def _line(amount: Mapping[str, Json]) -> str:
    """An amount as it is written in the form."""
    words = f"{_decimal(amount['amount'], amount['exponent'])} {amount['currency']}"
    return f"{words} {NET}" if amount.get("tax") == "excluded" else words


def _decimal(amount: int, exponent: int) -> str:
    return str(Decimal(amount).scaleb(-exponent).quantize(Decimal(1).scaleb(-exponent)))
