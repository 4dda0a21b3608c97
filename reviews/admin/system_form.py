"""The form of a system: what its connector declares that it asks for, typed, with help; and reading it back."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.connectors.setup import Setting, Setup, asked_of
from orchestr.execution.systems.wanted import LONGEST_KEY, LONGEST_NAME, LONGEST_URL, Wanted
from orchestr.policy.values import Json

PREFIX = "set_"
OPEN = "set"


class Pairs(forms.CharField):
    """An object of texts, one `ours = theirs` a line."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in str(super().clean(value) or "").splitlines():
            if not line.strip():
                continue
            ours, equals, theirs = (part.strip() for part in line.partition("="))
            if not ours or not equals:
                raise ValidationError(_("Each line is a key, an equals sign, and what it stands for."))
            found[ours] = theirs
        return found

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{ours} = {theirs}" for ours, theirs in value.items()) if isinstance(value, dict) else value


class Texts(forms.CharField):
    """A list of texts, separated by commas."""

    def clean(self, value: Any) -> Any:
        return [part.strip() for part in str(super().clean(value) or "").split(",") if part.strip()]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(each) for each in value) if isinstance(value, list) else value


class Structure(forms.CharField):
    """JSON as people type it."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "").strip()
        try:
            return json.loads(text, parse_constant=_no_constant) if text else None
        except (ValueError, RecursionError):
            raise ValidationError(_("This is not JSON: look for a missing quote, comma or bracket.")) from None

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


FIELDS: Mapping[str, type[forms.Field]] = {
    "text": forms.CharField,
    "integer": forms.IntegerField,
    "address": forms.CharField,
    "texts": Texts,
    "pairs": Pairs,
    "json": Structure,
}


class SystemForm(forms.Form):
    """The configuration of a system of one kind. A system that is there keeps its key and kind."""

    key = forms.RegexField(
        label=gettext_lazy("Key"),
        regex=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=LONGEST_KEY,
        help_text=gettext_lazy(
            "Small letters, digits and single dashes, as in erp-main. It names the system and its credentials for good."
        ),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=LONGEST_URL)
    sandbox = forms.BooleanField(
        label=gettext_lazy("A sandbox"),
        required=False,
        help_text=gettext_lazy("Nothing that is sold depends on it."),
    )

    def __init__(self, *args: Any, kind: str, setup: Setup, standing: Wanted | None = None, **kwargs: Any) -> None:
        if standing is not None:
            given = {PREFIX + name: value for name, value in standing.settings.items()}
            kwargs["initial"] = {**standing.wire(), **given, OPEN: _others(setup, standing.settings)}
        super().__init__(*args, **kwargs)
        self.kind, self.setup, self.standing = kind, setup, standing
        if standing is not None:
            del self.fields["key"]
        if setup.address_help:
            self.fields["url"].help_text = _(setup.address_help)
        for setting in asked_of(setup):
            self.fields[PREFIX + setting.name] = _field(setting)
        if setup.open_settings:
            self.fields[OPEN] = Structure(
                label=_("Settings"),
                required=False,
                help_text=_("A JSON object, as the documentation of this connector has it."),
            )

    def wanted(self) -> Wanted:
        """What the form says; what its connector makes of it is asked by the operation."""
        given = self.cleaned_data
        settings: dict[str, Json] = {
            setting.name: given[PREFIX + setting.name]
            for setting in asked_of(self.setup)
            if given.get(PREFIX + setting.name) not in (None, "", [], {})
        }
        if self.setup.open_settings and isinstance(given.get(OPEN), dict):
            settings = {**given[OPEN], **settings}
        elif self.standing is not None and not self.setup.open_settings:
            settings = {**(_others(self.setup, self.standing.settings) or {}), **settings}
        return Wanted(
            key=self.standing.key if self.standing else given["key"],
            kind=self.kind,
            name=given["name"],
            url=given["url"],
            settings=settings,
            sandbox=given["sandbox"],
        )


class UseForm(SystemForm):
    """The same, asked for with a reason: a second person confirms it."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, help_text=gettext_lazy("The second person judges by it.")
    )


class WhyForm(forms.Form):
    """A reason alone."""

    why = forms.CharField(label=gettext_lazy("Why"), max_length=500)


def _field(setting: Setting) -> forms.Field:
    given: dict[str, Any] = {
        "label": _(setting.title),
        "help_text": _(setting.help) if setting.help else "",
        "required": setting.required,
    }
    if setting.kind == "integer":
        given |= {"min_value": setting.least, "max_value": setting.most}
    field = FIELDS[setting.kind](**given)
    if isinstance(field.widget, forms.Textarea):
        field.widget.attrs["rows"] = 12 if setting.kind == "json" else 4
        field.widget.attrs["spellcheck"] = "false"
        field.widget.attrs["class"] = "structure" if setting.kind == "json" else "pairs"
    return field


def _others(setup: Setup, settings: Mapping[str, Json]) -> dict[str, Json] | None:
    known = {each.name for each in asked_of(setup)}
    return {name: value for name, value in settings.items() if name not in known} or None


def setting_words(value: Json) -> str:
    """A setting as people typed it: a text plainly, anything built as JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _no_constant(name: str) -> Json:
    raise ValueError(name)
