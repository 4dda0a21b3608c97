"""A proposal as its proposer knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from orchestr.client.measured import Measured

type Json = Any

SETTLED = frozenset({"published", "reverted", "blocked"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person said. `standing` is `standing`, `taken_back` or `voided`."""

    verdict: str
    reason_code: str | None
    reason: str
    constraints: Mapping[str, Json]
    function: str | None
    standing: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """`raw` is the whole answer. `revision` grows with all that happens to it; `measured` is what came of it so far."""

    id: str
    version: int
    digest: str
    revision: int
    state: str
    tier: str
    functions: tuple[str, ...]
    risk: int
    findings: tuple[Mapping[str, Json], ...]
    blocked_reason: str | None
    turn: str
    decisions: tuple[Decision, ...]
    executions: tuple[Mapping[str, Json], ...]
    url: str
    raw: Mapping[str, Json]
    measured: tuple[Measured, ...] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Json]) -> Self:
        said = [{name: each.get(name) for name in Decision.__dataclass_fields__} for each in raw.get("decisions", ())]
        return cls(
            id=raw["id"],
            version=raw["version"],
            digest=raw["digest"],
            revision=raw["revision"],
            state=raw["state"],
            tier=raw["tier"],
            functions=tuple(raw["functions"]),
            risk=raw["risk"],
            findings=tuple(raw["findings"]),
            blocked_reason=raw.get("blocked_reason"),
            turn=raw.get("turn") or "",
            decisions=tuple(Decision(**each) for each in said),
            executions=tuple(raw.get("executions", ())),
            url=raw["url"],
            raw=raw,
            measured=tuple(Measured.parse(each) for each in raw.get("measured") or ()),
        )

    @property
    def settled(self) -> bool:
        """Nothing more happens to it by itself."""
        return self.state in SETTLED

    @property
    def my_turn(self) -> bool:
        """People asked for changes: read the last decision, then submit a new version."""
        return self.state == "draft" and self.turn == "proposer"

    @property
    def why(self) -> str:
        """The last reason that a person gave, or the first finding that refused it."""
        told = [each.reason or each.reason_code or "" for each in self.decisions if each.verdict != "approve"]
        if told:
            return told[-1]
        return next((str(each["message"]) for each in self.findings if each["effect"] == "refuse"), "")
