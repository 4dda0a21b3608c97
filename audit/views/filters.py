"""The explorer's filters as a form that needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from audit.actions import ACTIONS
from audit.exceptional import ALL, SORTS
from audit.selection import action_families
from orchestr.agents.models import Agent
from orchestr.people.models import Person
from orchestr.workflows.models import Workflow


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the form: a list where `options` are given, else a text or a time."""

    name: str
    label: str
    value: str
    type: str
    options: Sequence[Option] = ()
    step: str = ""
    hint: str = ""


def filters_of(given: QueryDict) -> list[Filter]:
    """Every filter with what was asked for; lists name who and what there is."""
    persons = Person.objects.order_by("name").values_list("id", "name")
    agents = Agent.objects.order_by("name").values_list("id", "name")
    workflows = Workflow.objects.order_by("name").values_list("id", "name")
    families = [(family, _("%(family)s: all of them") % {"family": family.rstrip(".")}) for family in action_families()]
    actions = [(name, f"{action.words} ({name})") for name, action in ACTIONS.items()]
    sorts = [(ALL, _("All that is exceptional")), *((name, str(sort.words)) for name, sort in SORTS.items())]
    return [
        _field(given, "since", _("From"), "datetime-local"),
        _field(given, "until", _("Until"), "datetime-local"),
        _choice(given, "person", _("Person"), [(str(id), name) for id, name in persons]),
        _choice(given, "agent", _("Agent"), [(str(id), name) for id, name in agents]),
        _choice(given, "workflow", _("Workflow"), [(str(id), name) for id, name in workflows]),
        _choice(given, "action", _("Action"), [*families, *actions]),
        _choice(given, "exceptional", _("Out of the ordinary"), sorts),
        _field(given, "proposal", _("Proposal"), "text"),
        _field(given, "sku", _("SKU"), "text"),
        replace(
            _field(given, "text", _("Text"), "search"),
            hint=_(
                "Text is looked for in what events hold, also within it: codes, rules, keys, ids, numbers. Several words"
                " are all to be found. Names and what people wrote stand in their own rows: what is found there is"
                " offered beside the events."
            ),
        ),
        _field(given, "written", _("Words people wrote"), "text"),
        replace(
            _field(given, "id", _("Any id or key"), "text"),
            hint=_(
                "An id or key finds, exactly as it is written, an event, who acted, a request, or whatever an event is"
                " about."
            ),
        ),
    ]


def chosen(given: QueryDict, name: str, choices: list[tuple[str, str]]) -> Filter:
    """A list of persons or of agents by itself."""
    return _choice(given, name, {"person": _("Person"), "agent": _("Agent")}[name], choices)


def _field(given: QueryDict, name: str, label: str, type: str) -> Filter:
    value = given.get(name, "").strip()
    if type == "datetime-local":
        # The field takes no zone; a shared address with another zone than UTC is shown as text.
        local = value.removesuffix("Z").removesuffix("+00:00")
        return Filter(name, label, local, "text" if "+" in local else type, step="1")
    return Filter(name, label, value, type)


def _choice(given: QueryDict, name: str, label: str, choices: list[tuple[str, str]]) -> Filter:
    value = given.get(name, "").strip()
    options = [Option("", _("Any"), not value)]
    options += [Option(choice, words, choice == value) for choice, words in choices]
    if value and all(choice != value for choice, _words in choices):
        options.append(Option(value, value, True))
    return Filter(name, label, value, "select", options)
