"""The digest people decide on: SHA-256 of the canonical bytes of one version."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from orchestr.policy.values import Json, canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What the digest covers: the plan with before-values, the evidence, the proposer, the versions in force."""

    proposer: str
    workflow: str | None
    workflow_version: int | None
    policy_number: int
    number: int
    atomicity: str
    plan: Sequence[dict[str, Json]]
    evidence: Sequence[UUID]
    not_before: datetime | None = None
    rollout: Json = None

    def canonical(self) -> bytes:
        timed = {} if self.not_before is None else {"not_before": self.not_before.astimezone(UTC).isoformat()}
        shared = {} if self.rollout is None else {"rollout": self.rollout}
        return canonical(
            {
                **timed,
                **shared,
                "atomicity": self.atomicity,
                "evidence": sorted(str(id) for id in self.evidence),
                "number": self.number,
                "plan": list(self.plan),
                "policy": self.policy_number,
                "proposer": self.proposer,
                "workflow": None if self.workflow is None else [self.workflow, self.workflow_version],
            }
        )


def of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
