"""What can be chosen where an extent is set: segments as a tree, channels, people, with their names."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from orchestr.catalogue.models import Segment, Site
from orchestr.people.models import Person

INDENT = "\u2003"  # an em space: a list of choices has no levels of its own, and plain spaces collapse

type Choices = list[tuple[str, str]]


def segment_choices(*, rules: bool = True) -> Choices:
    """Every segment by key, children under their parents; those by rule, too, where they can be named."""
    below: dict[UUID | None, list[tuple[Segment, bool]]] = defaultdict(list)
    listed = Segment.objects.filter(rule__retired_at=None) if rules else Segment.objects.filter(rule=None)
    for segment in listed.select_related("rule").order_by("name", "key"):
        below[segment.parent_id].append((segment, hasattr(segment, "rule")))
    found: Choices = []

    def walk(parent: UUID | None, level: int) -> None:
        for segment, by_rule in below[parent]:
            name = _("%(name)s (by rule)") % {"name": segment.name} if by_rule else segment.name
            found.append((segment.key, INDENT * level + name))
            walk(segment.pk, level + 1)

    walk(None, 0)
    return found


def segment_names(keys: Iterable[str]) -> list[str]:
    """The names of these segments, in the order of their keys; a key nobody knows any more stays itself."""
    wanted = sorted(set(keys))
    names = dict(Segment.objects.filter(key__in=wanted).values_list("key", "name"))
    return [names.get(key, key) for key in wanted]


def channel_choices(*, also: Collection[str] = ()) -> Choices:
    """Every site as a channel, and those that are in use without being a site."""
    sites = dict(Site.objects.order_by("key").values_list("key", "name"))
    return [*sites.items(), *((key, key) for key in sorted(set(also) - set(sites)))]


def person_choices() -> Choices:
    """People who can sign in, by name."""
    rows = Person.objects.filter(accounts__is_active=True).distinct().order_by("name", "id")
    return [("", "—"), *((str(id), name) for id, name in rows.values_list("id", "name"))]


def not_taken(key: str, place: str) -> str:
    """The key, unless a page of our own stands at its address."""
    if key == place:
        raise ValidationError(_("This word is the address of a page; choose another key."))
    return key
