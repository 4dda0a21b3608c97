"""What a freeze stops, as people call it: by its name, not by its key."""

from collections.abc import Iterable, Mapping

from django.db.models import Model
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment, System
from orchestr.workflows.models import Workflow

NAMED: Mapping[str, type[Model]] = {"workflow": Workflow, "agent": Agent, "connector": System, "segment": Segment}


def target_names(targets: Iterable[str]) -> dict[str, str]:
    """Each of these targets (`all`, `workflow:clearance`) in words (a query for each kind there is among them).

    What is known no more keeps its key.
    """
    wanted: dict[str, set[str]] = {}
    given = list(targets)
    for target in given:
        kind, _colon, key = target.partition(":")
        wanted.setdefault(kind, set()).add(key)
    names = {
        kind: dict(model._default_manager.filter(key__in=wanted[kind]).values_list("key", "name"))
        for kind, model in NAMED.items()
        if kind in wanted
    }
    return {target: _words(target, names) for target in given}


def system_names(keys: Iterable[str]) -> dict[str, str]:
    """The name of each of these systems (one query, none for none)."""
    wanted = set(keys)
    names = dict(System.objects.filter(key__in=wanted).values_list("key", "name"))
    return {key: names.get(key) or key for key in wanted}


def target_name(target: str) -> str:
    """One target in words (one query)."""
    return target_names([target])[target]


def _words(target: str, names: Mapping[str, Mapping[str, str]]) -> str:
    kind, _colon, key = target.partition(":")
    name = names.get(kind, {}).get(key) or key
    if kind == "all":
        return _("Everything")
    if kind == "workflow":
        return _("Workflow %(name)s") % {"name": name}
    if kind == "agent":
        return _("Agent %(name)s") % {"name": name}
    if kind == "connector":
        return _("System %(name)s") % {"name": name}
    return _("Segment %(name)s") % {"name": name}
