"""commercetools' categories as segments, under one root that covers the whole project."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.connectors.base import SegmentSnapshot, SystemConfig
from orchestr.connectors.commercetools.client import Client
from orchestr.connectors.commercetools.predicates import quoted
from orchestr.connectors.commercetools.project import MOST, Project


@dataclass(frozen=True, slots=True)
class Tree:
    """Categories by commercetools' id: (key, name, ids of everything above, the topmost first)."""

    root: str
    title: str
    nodes: dict[str, tuple[str, str, tuple[str, ...]]]

    def keys_of(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The deepest segments of these categories; the root for what lies in none.

        Ancestors are left out, as a right on them covers their descendants anyway.
        """
        held = {id for id in ids if id in self.nodes}
        covered = {above for id in held for above in self.nodes[id][2]}
        return tuple(sorted({self.nodes[id][0] for id in held - covered})) or (self.root,)

    def snapshots(self) -> tuple[SegmentSnapshot, ...]:
        """The root first, then every category after its parent."""
        ordered = sorted(self.nodes.values(), key=lambda node: (len(node[2]), node[0]))
        return (
            SegmentSnapshot(key=self.root, name=self.title),
            *(SegmentSnapshot(key=key, name=name, parent=self._parent(above)) for key, name, above in ordered),
        )

    def _parent(self, above: tuple[str, ...]) -> str:
        known = [id for id in above if id in self.nodes]
        return self.nodes[known[-1]][0] if known else self.root


def tree(*, system: SystemConfig, client: Client, project: Project) -> Tree:
    """Raises SystemUnavailable or SystemRefused."""
    nodes: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    after = ""
    while True:
        where = {"where": f"id > {quoted(after)}"} if after else {}
        rows = client.rows("/categories", timeout_s=30, sort="id asc", limit=str(MOST), **where)
        for row in rows:
            name = text_in(row["name"], project.languages)
            key = str(row.get("key") or text_in(row["slug"], project.languages))
            nodes[str(row["id"])] = (key, name, tuple(str(one["id"]) for one in row.get("ancestors") or ()))
        if len(rows) < MOST:
            break
        after = str(rows[-1]["id"])
    root = str(system.settings.get("root_segment") or system.key)
    return Tree(root, str(system.settings.get("root_title") or "commercetools"), nodes)


def text_in(texts: dict[str, str], languages: Iterable[str]) -> str:
    """A localised text in the first of the languages that it has, else in any."""
    return next((texts[one] for one in languages if texts.get(one)), next(iter(texts.values()), ""))
