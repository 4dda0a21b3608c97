"""Segments by rule in words: what one holds, and what a change of it would do."""

from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from orchestr.catalogue.models import Segment, SegmentRule
from orchestr.catalogue.rules.conditions import Condition, Conditions
from orchestr.catalogue.rules.members import Held, preview
from orchestr.policy.values import Json, Money
from reviews.admin.extents import segment_names
from reviews.templatetags.show import money
from reviews.words.proposal import field_label

NOTHING = "–"


def condition_words(condition: Condition) -> str:
    """One condition as people say it: "Price on web-de from €150.00"."""
    named = {"field": field_label(condition.field), "channel": condition.channel}
    field = _("%(field)s on %(channel)s") % named if condition.channel else named["field"]
    if condition.one_of:
        return _("%(field)s is %(texts)s") % {"field": field, "texts": _(" or ").join(condition.one_of)}
    bounds = {"field": field, "since": _bound(condition.since), "below": _bound(condition.below)}
    if condition.since is None:
        return _("%(field)s below %(below)s") % bounds
    if condition.below is None:
        return _("%(field)s from %(since)s") % bounds
    return _("%(field)s from %(since)s, below %(below)s") % bounds


def lines_of(before: Mapping[str, Json], after: Mapping[str, Json], *, count: bool) -> list[tuple[str, str, str, str]]:
    """Label, before, after, way: what a request changes of a rule; with `count` how many it holds and would hold now."""
    lines = []
    if before.get("name") != after.get("name"):
        lines.append((_("Name"), before.get("name", NOTHING), after.get("name", NOTHING), ""))
    if before.get("within") != after.get("within"):
        lines.append((_("Draws from"), _named(before), _named(after), ""))
    was, then = _conditions(before), _conditions(after)
    if was != then:
        lines.append((_("Holds what meets"), was or NOTHING, then or NOTHING, ""))
    if count:
        held, would = _counted(before), _counted(after)
        way = "" if held is None or would is None else "wider" if would.members > held.members else ""
        lines.append((_("Items it holds"), _count(held), _count(would), way))
        lines.append((_("Of which it is not known"), _unknown(held), _unknown(would), ""))
    return lines


def type_words(types: tuple[str, ...]) -> str:
    return ", ".join(types) if types else _("all kinds")


def _conditions(wire: Mapping[str, Json]) -> str:
    if not wire:
        return ""
    read = Conditions.parse({"types": wire["types"], "conditions": wire["conditions"]})
    return "; ".join([type_words(read.types), *(condition_words(each) for each in read.every)])


def _counted(wire: Mapping[str, Json]) -> Held | None:
    if not wire:
        return None
    if (kept := SegmentRule.objects.filter(segment__key=wire["key"], conditions=_raw(wire), retired_at=None)) and (
        row := kept.filter(segment__parent__key=wire["within"]).first()
    ):
        return Held(row.held.count(), row.unknown)
    within = Segment.objects.filter(key=wire["within"], rule=None).values_list("pk", flat=True).first()
    return None if within is None else preview(Conditions.parse(_raw(wire)), within, at=timezone.now(), shown=0)


def _raw(wire: Mapping[str, Json]) -> dict[str, Json]:
    return {"types": wire["types"], "conditions": wire["conditions"]}


def _named(wire: Mapping[str, Json]) -> str:
    return ", ".join(segment_names([wire["within"]])) if wire else NOTHING


def _count(held: Held | None) -> str:
    return NOTHING if held is None else str(held.members)


def _unknown(held: Held | None) -> str:
    return NOTHING if held is None else str(held.unknown)


def _bound(bound: int | Money | None) -> str:
    return money(bound.wire()) if isinstance(bound, Money) else str(bound)
