"""A trigger as a form, and back to the definition it stands for."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.catalogue.models import System
from orchestr.triggers.definition import Cap, Condition, Definition, Holds, Quiet, Storm, Watch
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow
from reviews.admin.extents import not_taken, segment_choices
from reviews.admin.trigger_conditions import condition_of, condition_words
from reviews.admin.trigger_words import KINDS, WAYS

LARGEST = 2**53 - 1
HOUR = 3_600


def _lines(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=help_text,
    )


def _number(label: Any, help_text: Any = "", *, least: int = 0, most: int = LARGEST, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=most, help_text=help_text, **more)


class TriggerForm(forms.Form):
    """`trigger` is the one being changed; its key and workflow stay."""

    key = forms.SlugField(
        label=gettext_lazy("Key"), max_length=60, help_text=gettext_lazy("Such as slow-stock. It never changes.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    workflow = forms.ChoiceField(
        label=gettext_lazy("Workflow"), help_text=gettext_lazy("What it queues runs of. It never changes.")
    )
    on = forms.ChoiceField(label=gettext_lazy("Starts on"))
    types = _lines(
        gettext_lazy("Types of event"),
        gettext_lazy(
            "For events that come in: one on each line, such as stock.slow, or stock.* for all that begin so."
        ),
    )
    sources = _lines(
        gettext_lazy("From"),
        gettext_lazy("Beginnings of sources, one on each line, such as system:shop. Empty: from anywhere."),
    )
    cron = forms.CharField(
        label=gettext_lazy("When"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("For a schedule: minute, hour, day, month, weekday, such as 30 6 * * mon-fri."),
    )
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=64, initial="UTC", help_text=gettext_lazy("Such as Europe/Berlin.")
    )
    watch_field = forms.CharField(
        label=gettext_lazy("Field"),
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "For a change in the catalogue: such as price or on_hand. Of what was measured after a publication: "
            "measured.units, measured.net_revenue, measured.stock, or measured.shortfall for how far it stayed behind."
        ),
    )
    watch_way = forms.ChoiceField(label=gettext_lazy("Starts when it"), required=False)
    watch_amount = _number(
        gettext_lazy("By or beyond"),
        gettext_lazy("Money in its smallest unit, shares in basis points (500 is 5 %), ages in seconds."),
    )
    watch_segments = forms.MultipleChoiceField(
        label=gettext_lazy("In these segments"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: in all of them."),
    )
    watch_system = forms.ChoiceField(
        label=gettext_lazy("System"), required=False, help_text=gettext_lazy("Required for a system that was read.")
    )
    conditions = _lines(
        gettext_lazy("Conditions"),
        gettext_lazy(
            "About the event's data, one on each line: stock.on_hand below 5. The tests: equals, differs, above, below, among a,b, given."
        ),
    )
    intent = forms.CharField(
        label=gettext_lazy("Intent"),
        max_length=60,
        initial="look",
        help_text=gettext_lazy("One word for what its runs are to do, such as reprice."),
    )
    value = forms.CharField(
        label=gettext_lazy("Told apart by"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("A field of the event's data, such as price. Empty: by what they are about alone."),
    )
    bucket = _number(
        gettext_lazy("In steps of"),
        gettext_lazy("Values within one step are alike. 0: each value is its own."),
        initial=0,
    )
    window_s = _number(
        gettext_lazy("Alike events are one for (seconds)"),
        gettext_lazy("And for as long as nobody has begun the run they are."),
        most=30 * 24 * HOUR,
        initial=300,
    )
    manual_edit_s = _number(
        gettext_lazy("Held after an edit by hand for (seconds)"),
        gettext_lazy("Empty: not held."),
        least=1,
        initial=HOUR,
    )
    other_agent_s = _number(
        gettext_lazy("Held after another agent for (seconds)"), gettext_lazy("Empty: not held."), least=1, initial=600
    )
    protected = forms.MultipleChoiceField(
        label=gettext_lazy("Never for things in"), required=False, widget=forms.CheckboxSelectMultiple
    )
    incident = forms.BooleanField(
        label=gettext_lazy("Held while its workflow has an open incident"), required=False, initial=True
    )
    quiet_begins = forms.CharField(
        label=gettext_lazy("Quiet from"), required=False, max_length=5, help_text=gettext_lazy("Such as 22:00.")
    )
    quiet_ends = forms.CharField(
        label=gettext_lazy("Quiet until"), required=False, max_length=5, help_text=gettext_lazy("In the zone above.")
    )
    cap_runs = _number(
        gettext_lazy("Starts at most"),
        gettext_lazy("For each segment, channel and template family. Empty: no cap of its own."),
        least=1,
        most=1_000_000,
    )
    cap_hours = _number(gettext_lazy("In so many hours"), least=1, most=720, initial=24)
    family = forms.CharField(label=gettext_lazy("Template family"), required=False, max_length=60)
    storm_events = _number(
        gettext_lazy("Paused by more events than"),
        gettext_lazy("A storm pauses it and tells its owner; a person lets it go on."),
        least=1,
        most=1_000_000,
        initial=1_000,
    )
    storm_per_s = _number(gettext_lazy("In so many seconds"), least=1, most=HOUR, initial=60)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("For the second person, where one has to confirm it."),
    )

    GROUPS = (
        (gettext_lazy("What it is"), ("key", "name", "workflow", "on")),
        (gettext_lazy("Events that come in"), ("types", "sources")),
        (gettext_lazy("Schedule"), ("cron", "zone")),
        (
            gettext_lazy("Catalogue"),
            ("watch_field", "watch_way", "watch_amount", "watch_system", "watch_segments"),
        ),
        (gettext_lazy("Only if"), ("conditions",)),
        (gettext_lazy("Which events are one"), ("intent", "value", "bucket", "window_s")),
        (
            gettext_lazy("What holds it back"),
            ("manual_edit_s", "other_agent_s", "quiet_begins", "quiet_ends", "incident", "protected"),
        ),
        (gettext_lazy("How often"), ("cap_runs", "cap_hours", "family", "storm_events", "storm_per_s")),
        (gettext_lazy("Why"), ("reason",)),
    )

    def __init__(self, data: QueryDict | None = None, *, trigger: Trigger | None) -> None:
        super().__init__(data, initial=None if trigger is None else _initial(trigger))
        self.trigger = trigger
        flows = Workflow.objects.order_by("name").values_list("id", "name")
        systems = System.objects.order_by("key").values_list("key", "name")
        self._choices("workflow", [("", "—"), *((str(id), name) for id, name in flows)])
        self._choices("on", [(kind, str(words)) for kind, words in KINDS.items()])
        self._choices("watch_way", [(way, str(words)) for way, words in WAYS.items()])
        self._choices("watch_system", [("", "—"), *systems])
        segments = segment_choices()
        self._choices("watch_segments", segments)
        self._choices("protected", segments)
        if trigger is not None:
            self.fields["key"].disabled = self.fields["workflow"].disabled = True

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The fields as the page shows them, under what they are for."""
        for legend, names in self.GROUPS:
            yield str(legend), [self[name] for name in names]

    def clean_key(self) -> str:
        return not_taken(self.cleaned_data["key"], "define")

    def clean_conditions(self) -> tuple[Condition, ...]:
        return tuple(condition_of(line) for line in self.cleaned_data["conditions"].splitlines() if line.strip())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if bool(given.get("quiet_begins")) != bool(given.get("quiet_ends")):
            self.add_error("quiet_ends", _("Quiet hours have a beginning and an end."))
        return given

    def workflow_id(self) -> UUID:
        return UUID(self.cleaned_data["workflow"])

    def definition(self) -> Definition:
        given = self.cleaned_data
        return Definition(
            on=given["on"],
            types=tuple(dict.fromkeys(given["types"].split())) if given["on"] == "event" else (),
            sources=tuple(dict.fromkeys(given["sources"].split())) if given["on"] == "event" else (),
            conditions=given["conditions"],
            watch=self._watch(),
            cron=given["cron"] if given["on"] == "schedule" else "",
            zone=given["zone"],
            intent=given["intent"],
            family=given["family"],
            value=given["value"],
            bucket=given["bucket"] or 0,
            window_s=300 if given["window_s"] is None else given["window_s"],
            holds=Holds(
                manual_edit_s=given["manual_edit_s"],
                other_agent_s=given["other_agent_s"],
                protected=tuple(sorted(given["protected"])),
                incident=given["incident"],
                quiet=self._quiet(),
            ),
            cap=Cap(runs=given["cap_runs"], per_s=(given["cap_hours"] or 24) * HOUR) if given["cap_runs"] else None,
            storm=Storm(events=given["storm_events"] or 1_000, per_s=given["storm_per_s"] or 60),
        )

    def _watch(self) -> Watch | None:
        given = self.cleaned_data
        if given["on"] not in ("change", "feed"):
            return None
        change = given["on"] == "change"
        return Watch(
            field=given["watch_field"] if change else "",
            way=(given["watch_way"] or "any") if change else "any",
            amount=(given["watch_amount"] or 0) if change else 0,
            segments=tuple(sorted(given["watch_segments"])),
            system=given["watch_system"],
        )

    def _quiet(self) -> Quiet | None:
        given = self.cleaned_data
        if not given["quiet_begins"]:
            return None
        return Quiet(begins=given["quiet_begins"], ends=given["quiet_ends"], zone=given["zone"])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def _initial(trigger: Trigger) -> dict[str, Any]:
    definition = Definition.parse(trigger.definition)
    watch, holds, cap = definition.watch or Watch(), definition.holds, definition.cap
    return {
        "key": trigger.key,
        "name": trigger.name,
        "workflow": str(trigger.workflow_id),
        "on": definition.on,
        "types": "\n".join(definition.types),
        "sources": "\n".join(definition.sources),
        "cron": definition.cron,
        "zone": definition.zone,
        "watch_field": watch.field,
        "watch_way": watch.way,
        "watch_amount": watch.amount,
        "watch_segments": list(watch.segments),
        "watch_system": watch.system,
        "conditions": "\n".join(condition_words(each) for each in definition.conditions),
        "intent": definition.intent,
        "value": definition.value,
        "bucket": definition.bucket,
        "window_s": definition.window_s,
        "manual_edit_s": holds.manual_edit_s,
        "other_agent_s": holds.other_agent_s,
        "protected": list(holds.protected),
        "incident": holds.incident,
        "quiet_begins": holds.quiet.begins if holds.quiet else "",
        "quiet_ends": holds.quiet.ends if holds.quiet else "",
        "cap_runs": cap.runs if cap else None,
        "cap_hours": cap.per_s // HOUR if cap else 24,
        "family": definition.family,
        "storm_events": definition.storm.events,
        "storm_per_s": definition.storm.per_s,
    }
