"""Tryton's product categories as segments, under one root that covers the whole system."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.connectors.base import SegmentSnapshot, SystemConfig
from orchestr.connectors.tryton.client import Client
from orchestr.connectors.tryton.company import slug


@dataclass(frozen=True, slots=True)
class Tree:
    """Categories by Tryton's id: (name, parent id or None)."""

    root: str
    title: str
    nodes: dict[int, tuple[str, int | None]]

    def key(self, id: int) -> str:
        """The slugs of a category and of those above it, so that two of one name differ by where they lie."""
        return "/".join([self.root, *(slug(self.nodes[each][0]) or str(each) for each in reversed(self._up(id)))])

    def keys_of(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The deepest of these categories; the root for what lies in none."""
        held = {id for id in ids if id in self.nodes}
        covered = {above for id in held for above in self._up(id)[1:]}
        return tuple(sorted({self.key(id) for id in held - covered})) or (self.root,)

    def snapshots(self) -> tuple[SegmentSnapshot, ...]:
        """The root first, then every category after its parent."""
        ordered = sorted(self.nodes, key=lambda node: (len(self._up(node)), self.key(node)))
        return (
            SegmentSnapshot(key=self.root, name=self.title),
            *(SegmentSnapshot(key=self.key(id), name=self.nodes[id][0], parent=self._parent(id)) for id in ordered),
        )

    def _parent(self, id: int) -> str:
        above = self.nodes[id][1]
        return self.key(above) if above in self.nodes and above is not None else self.root

    def _up(self, id: int) -> list[int]:
        """The category itself, then each above it."""
        way: list[int] = []
        at: int | None = id
        while at is not None and at in self.nodes and at not in way:
            way.append(at)
            at = self.nodes[at][1]
        return way


def tree(*, system: SystemConfig, client: Client) -> Tree:
    """Raises SystemUnavailable or SystemRefused."""
    rows = client.query("model.product.category.search_read", [], 0, None, [["id", "ASC"]], ["name", "parent"])
    nodes = {int(row["id"]): (str(row["name"]), row["parent"]) for row in rows}
    root = str(system.settings.get("root_segment") or system.key)
    return Tree(root, str(system.settings.get("root_title") or "Tryton"), nodes)
