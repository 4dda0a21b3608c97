"""The tree of segments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from orchestr.catalogue.models import Segment
from orchestr.generation import kept


@dataclass(frozen=True, slots=True)
class Tree:
    """Every segment there is: ids by key, keys and parents by id. `rules` are those that are made by one."""

    ids: Mapping[str, UUID]
    keys: Mapping[UUID, str]
    parents: Mapping[UUID, UUID | None]
    rules: frozenset[UUID]

    def lineage(self, segment_id: UUID) -> set[UUID]:
        """The segment and all above it."""
        found: set[UUID] = set()
        at: UUID | None = segment_id
        while at is not None and at not in found:
            found.add(at)
            at = self.parents.get(at)
        return found

    def above(self, keys: Collection[str]) -> tuple[str, ...]:
        """The keys of the segments above these that are not among them, in order."""
        found = {self.keys[id] for key in keys if key in self.ids for id in self.lineage(self.ids[key])}
        return tuple(sorted(found.difference(keys)))


@kept
def tree() -> Tree:
    """The tree as it stands (one query, or none under a pinned generation)."""
    rows = list(Segment.objects.values_list("id", "key", "parent_id", "rule"))
    return Tree(
        ids={key: id for id, key, _, _ in rows},
        keys={id: key for id, key, _, _ in rows},
        parents={id: parent_id for id, _, parent_id, _ in rows},
        rules=frozenset(id for id, _, _, rule in rows if rule is not None),
    )


@kept
def names() -> tuple[tuple[UUID, str, str], ...]:
    """Id, key and name of every segment but retired rules, by key (one query, or none under a pinned generation)."""
    return tuple(Segment.objects.filter(rule__retired_at=None).order_by("key").values_list("id", "key", "name"))


def covers(extent: Collection[UUID], placed: Collection[UUID], rules: Collection[UUID]) -> bool:
    """Whether a thing that lies in these segments and is held by these rules is within an extent: all its segments are
    among it, or a rule that it names holds the thing."""
    return set(placed) <= set(extent) or not set(rules).isdisjoint(extent)


def with_descendants(segment_ids: Iterable[UUID]) -> frozenset[UUID]:
    """These segments and all below them (one query). A rule is among them only where it is named: what holds a thing
    that also lies elsewhere gives no right to it by the way."""
    wanted = set(segment_ids)
    if not wanted:
        return frozenset()
    known = tree()
    children: dict[UUID | None, list[UUID]] = defaultdict(list)
    for id, parent_id in known.parents.items():
        if id not in known.rules:
            children[parent_id].append(id)
    found: set[UUID] = set()
    waiting = list(wanted)
    while waiting:
        segment_id = waiting.pop()
        if segment_id not in found:
            found.add(segment_id)
            waiting.extend(children[segment_id])
    return frozenset(found)
