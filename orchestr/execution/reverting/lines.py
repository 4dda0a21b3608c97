"""What a plan of putting back says: one line per value, with what a person may choose for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestr.execution.reverting.selection import Selection
from orchestr.policy.values import Json

LineKind = Literal["restore", "compensate", "already", "conflict", "irreversible", "unreadable", "busy"]
Choice = Literal["restore", "keep", "rebase"]
ONLY_KEPT: tuple[LineKind, ...] = ("irreversible", "unreadable", "busy")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBy:
    """Who made the value what it is now, as far as the catalogue knows; `hand` is whom the system itself names."""

    at: datetime
    cause: str
    proposal_id: UUID | None
    hand: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One write of ours that a line takes back. `begun`: an execution is still at it, and may not have written it."""

    item_id: UUID
    proposal_id: UUID
    index: int
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertLine:
    """One value that we wrote. `ours` is what we made it, `live` what it is now, `restores_to` what it was.

    `parts` are the writes that the line takes back, the newest first: several where selected changes lie on one
    another. `breaks` and `rebase_breaks`: codes of the floors that each of the two values would break now; only
    a containment may. `rebases_to` is None where a rebase means nothing. `written_at`: since when ours was live.
    `expires_at`: when what is there ends by itself.
    """

    index: int
    parts: tuple[Part, ...]
    type: str
    key: str
    title: str
    sku: str
    system: str
    system_name: str
    field: str
    address: Mapping[str, Json]
    kind: str
    restores_to: Json
    ours: Json
    live: Json
    verdict: LineKind
    default: Choice
    rebases_to: Json = None
    changed: ChangedBy | None = None
    problem: str = ""
    breaks: tuple[str, ...] = ()
    rebase_breaks: tuple[str, ...] = ()
    written_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def item_id(self) -> UUID:
        return self.parts[0].item_id

    @property
    def begun(self) -> bool:
        return any(part.begun for part in self.parts)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What a person may choose; nothing can restore what is irreversible, cannot be read, or is in other hands."""
        if self.verdict in ONLY_KEPT:
            return ("keep",)
        return ("restore", "keep") if self.rebases_to is None else ("restore", "keep", "rebase")

    def becomes(self, choice: Choice) -> Json:
        """The value that stands there once this choice is carried out."""
        return {"restore": self.restores_to, "rebase": self.rebases_to, "keep": self.live}[choice]

    def breaks_by(self, choice: Choice) -> tuple[str, ...]:
        return {"restore": self.breaks, "rebase": self.rebase_breaks, "keep": ()}[choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertPlan:
    """All lines with the digest that a request has to name: it changes when a live value does.

    `executing`: proposals of the selection that are still being written. What is not begun of them is stopped.
    `beyond`: how many changes of the selection lie where the account may not put back.
    """

    selection: Selection
    proposal_ids: tuple[UUID, ...]
    digest: str
    read_at: datetime
    lines: tuple[RevertLine, ...]
    executing: frozenset[UUID] = field(default_factory=frozenset)
    beyond: int = 0

    @property
    def proposal_id(self) -> UUID:
        """The one proposal of a plan over one; a plan over several has none to name."""
        (only,) = self.proposal_ids
        return only

    @property
    def conflicts(self) -> int:
        return sum(line.verdict == "conflict" for line in self.lines)
