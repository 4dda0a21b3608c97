"""A segment by rule as a form: up to four conditions, each typed by the field that it is about."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.catalogue.classes import class_of
from orchestr.catalogue.models import RESOURCE_TYPES, FieldValue, System
from orchestr.catalogue.rules.conditions import Condition, Conditions
from orchestr.catalogue.systems import declaration_of
from orchestr.connectors.base import ConnectorError
from orchestr.governance.segment_rules import PREFIX, Rule
from orchestr.policy.values import Json, Money, ValueRefused
from orchestr.refusal import Refusal
from reviews.admin.extents import channel_choices, not_taken, segment_choices
from reviews.admin.system_form import Texts
from reviews.words.proposal import field_label

CONDITIONS = 4
_NAMES = ("field", "channel", "since", "below", "one_of")


class RuleForm(forms.Form):
    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=120,
        help_text=gettext_lazy("Begins with rule-. Scopes, freezes and policy name it by this; it is never changed."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    within = forms.ChoiceField(
        label=gettext_lazy("Draws from"),
        help_text=gettext_lazy(
            "This segment and all below it. People's rights go on hanging on these, never on the rule."
        ),
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of things"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(type, type) for type in RESOURCE_TYPES if type != "message"],
        help_text=gettext_lazy("None chosen: all of them."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The second person judges by it."),
    )

    def __init__(self, data: QueryDict | None = None, *, rule: Rule | None) -> None:
        super().__init__(data, initial={"key": PREFIX} if rule is None else _initial(rule))
        self.kinds = _kinds()
        for n in range(CONDITIONS):
            self.fields |= _condition(self.kinds, n)
        self.fields["within"].choices = [("", "—"), *segment_choices(rules=False)]  # type: ignore[attr-defined]
        if rule is not None:
            self.fields["key"].disabled = True

    def groups(self) -> Iterator[tuple[str, list[BoundField], str]]:
        """The fields as the page shows them, under what they are for; a further condition is shut until it is used."""
        yield _("What it is"), [self[name] for name in ("key", "name", "within", "types")], ""
        for n in range(CONDITIONS):
            fields = [self[f"{name}_{n}"] for name in _NAMES]
            used = n == 0 or any(field.value() or field.errors for field in fields)
            yield (_("Holds what meets") if n == 0 else _("and also")), fields, "" if used else "shut"
        yield _("Why"), [self["reason"]], ""

    def clean_key(self) -> str:
        return not_taken(self.cleaned_data["key"], "define")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        listed = [self._condition(given, n) for n in range(CONDITIONS) if given.get(f"field_{n}")]
        if not listed and not self.errors:
            self.add_error("field_0", _("Choose what a thing has to meet."))
        if not self.errors:
            try:
                given["conditions"] = Conditions.parse({"types": given["types"], "conditions": listed})
            except Refusal as refusal:
                self.add_error(None, f"{refusal.detail} {refusal.next}")
        return given

    def rule(self) -> Rule:
        given = self.cleaned_data
        return Rule(key=given["key"], name=given["name"], within=given["within"], conditions=given["conditions"])

    def _condition(self, given: Mapping[str, Any], n: int) -> dict[str, Json]:
        field, channel = given[f"field_{n}"], given.get(f"channel_{n}") or ""
        found: dict[str, Json] = {"field": field} | ({"channel": channel} if channel else {})
        if self.kinds[field] == "text":
            if not given.get(f"one_of_{n}"):
                self.add_error(f"one_of_{n}", _("Say which texts, separated by commas."))
            return found | {"one_of": given.get(f"one_of_{n}") or []}
        if given.get(f"since_{n}") is None and given.get(f"below_{n}") is None:
            self.add_error(f"since_{n}", _("Say from which value, or below which."))
        for name, place in (("from", f"since_{n}"), ("below", f"below_{n}")):
            if (value := given.get(place)) is not None:
                try:
                    found[name] = _amount(value, field, channel) if self.kinds[field] == "money" else _count(value)
                except ValidationError as wrong:
                    self.add_error(place, wrong)
        return found


def _condition(kinds: Mapping[str, str], n: int) -> dict[str, forms.Field]:
    named = sorted((field_label(field), field) for field in kinds)
    number = {"required": False, "max_digits": 16, "decimal_places": 4}
    return {
        f"field_{n}": forms.ChoiceField(
            label=_("Field"), required=False, choices=[("", "—"), *((field, label) for label, field in named)]
        ),
        f"channel_{n}": forms.ChoiceField(
            label=_("Channel"), required=False, choices=[("", _("all")), *channel_choices()],
            help_text="" if n else _("An amount is asked about on one channel, as each has its own currency."),
        ),
        f"since_{n}": forms.DecimalField(label=_("From"), **number),  # type: ignore[arg-type]
        f"below_{n}": forms.DecimalField(label=_("Below"), **number),  # type: ignore[arg-type]
        f"one_of_{n}": Texts(
            label=_("Is one of"), required=False,
            help_text="" if n else _("Of a text: exactly one of these, separated by commas."),
        ),
    }  # fmt: skip


def _kinds() -> dict[str, str]:
    """The fields a rule may ask about with their kind, as the connected systems declare them."""
    found: dict[str, str] = {}
    for system in System.objects.order_by("key"):
        try:
            declared = declaration_of(system).fields
        except ConnectorError:
            continue
        for each in declared:
            if each.kind != "object" and class_of(each.type, each.field) is None:
                found.setdefault(each.field, each.kind)
    return found


def _amount(value: Decimal, field: str, channel: str) -> Json:
    """An amount in the unit that the catalogue holds of this field on this channel."""
    held = FieldValue.objects.filter(field=field, kind="money", address__channel=channel).values_list(
        "value", flat=True
    )
    try:
        unit = Money.parse(held[:1][0]) if channel else None
    except (IndexError, ValueRefused):
        unit = None
    if unit is None:
        raise ValidationError(_("Choose a channel on which the catalogue holds such an amount."))
    minor = value.scaleb(unit.exponent)
    if minor != minor.to_integral_value():
        raise ValidationError(_("This has more places behind the point than the currency."))
    return Money(int(minor), unit.currency, unit.exponent, unit.tax).wire()


def _count(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise ValidationError(_("This is counted in whole numbers."))
    return int(value)


def _initial(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key": rule.key, "name": rule.name, "within": rule.within, "types": list(rule.conditions.types)
    }  # fmt: skip
    for n, each in enumerate(rule.conditions.every[:CONDITIONS]):
        found |= {
            f"field_{n}": each.field,
            f"channel_{n}": each.channel,
            f"since_{n}": _shown(each, each.since),
            f"below_{n}": _shown(each, each.below),
            f"one_of_{n}": list(each.one_of),
        }
    return found


def _shown(condition: Condition, bound: int | Money | None) -> Decimal | int | None:
    return Decimal(bound.amount).scaleb(-bound.exponent) if isinstance(bound, Money) else bound
