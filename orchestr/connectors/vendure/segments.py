"""Vendure's collections as segments, under one root that covers the whole shop."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.connectors.base import Json, SegmentSnapshot, SystemConfig
from orchestr.connectors.vendure import documents
from orchestr.connectors.vendure.client import Client


@dataclass(frozen=True, slots=True)
class Tree:
    """Collections by Vendure's id: (key, name, parent id)."""

    root: str
    title: str
    nodes: dict[str, tuple[str, str, str]]

    def keys_of(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The deepest segments of these collections; the root for what lies in none.

        Ancestors are left out, as a right on them covers their descendants anyway.
        """
        held = {str(id) for id in ids if str(id) in self.nodes}
        covered = {above for id in held for above in self._above(id)}
        return tuple(sorted({self.nodes[id][0] for id in held - covered})) or (self.root,)

    def snapshots(self) -> tuple[SegmentSnapshot, ...]:
        """The root first, then every collection after its parent."""
        ordered = sorted(self.nodes, key=lambda node: (len(self._above(node)), self.nodes[node][0]))
        return (
            SegmentSnapshot(key=self.root, name=self.title),
            *(
                SegmentSnapshot(
                    key=self.nodes[id][0], name=self.nodes[id][1], parent=self._parent_key(self.nodes[id][2])
                )
                for id in ordered
            ),
        )

    def _parent_key(self, id: str) -> str:
        return self.nodes[id][0] if id in self.nodes else self.root

    def _above(self, id: str) -> list[str]:
        above: list[str] = []
        parent = self.nodes[id][2]
        while parent in self.nodes and parent not in above:
            above.append(parent)
            parent = self.nodes[parent][2]
        return above


def tree(*, system: SystemConfig, client: Client) -> Tree:
    """Raises SystemUnavailable or SystemRefused."""
    rows: list[dict[str, Json]] = []
    while True:
        answer = client.query(documents.COLLECTIONS, {"skip": len(rows)})["collections"]
        rows += answer["items"]
        if not answer["items"] or len(rows) >= answer["totalItems"]:
            break
    nodes = {str(row["id"]): (row["slug"], row["name"], str(row["parentId"])) for row in rows}
    root = str(system.settings.get("root_segment") or system.key)
    return Tree(root, str(system.settings.get("root_title") or "Vendure"), nodes)
