"""What a freeze can stop, as a value: `all`, `connector:x`, `segment:x`, `workflow:x`, `agent:x`."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from orchestr.freezes.models import TARGET_KINDS
from orchestr.refusal import Kind, Refusal

_ORDER = {kind: place for place, kind in enumerate(TARGET_KINDS)}


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be stopped; `key` is empty for `all`."""

    kind: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `all` or `kind:key`. Raises Refusal (unprocessable) for anything else."""
        kind, colon, key = text.strip().partition(":")
        if kind not in _ORDER or (kind == "all") != (not colon) or (kind == "all") != (key == ""):
            raise Refusal(
                Kind.UNPROCESSABLE,
                "unknown_target",
                "A freeze stops all, connector:…, segment:…, workflow:… or agent:….",
                next="Name one of these, as in workflow:clearance.",
            )
        return cls(kind, key)

    def __str__(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind}:{self.key}"

    @property
    def lock_key(self) -> int:
        """The 64-bit advisory lock of this target."""
        raw = hashlib.blake2b(f"orchestr.freeze\0{self}".encode(), digest_size=8).digest()
        return int.from_bytes(raw, "big", signed=True)


ALL = Target("all")


def in_lock_order(targets: Iterable[Target]) -> list[Target]:
    """Each once: all, connectors, segments, workflows, agents; by key within a kind."""
    return sorted(set(targets), key=lambda target: (_ORDER[target.kind], target.key))


def targets_of(
    *, system: str = "", segments: Iterable[str] = (), workflow: str = "", agent: str = ""
) -> frozenset[Target]:
    """Every freeze that would stop a write to this system, in these segments (ancestors included), by these."""
    found = {ALL}
    if system:
        found.add(Target("connector", system))
    found.update(Target("segment", key) for key in segments)
    if workflow:
        found.add(Target("workflow", workflow))
    if agent:
        found.add(Target("agent", agent))
    return frozenset(found)
