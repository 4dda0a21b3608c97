"""What is intended and not yet taken up: of several executions, or of one set."""

from dataclasses import dataclass, field
from uuid import UUID

from orchestr.execution.writing.work import Item
from orchestr.freezes.targets import Target


@dataclass(slots=True)
class Wave:
    """The intended items by id, until each is taken up; `looked_at` is when freezes were last looked for."""

    intended: dict[UUID, Item] = field(default_factory=dict)
    guards: frozenset[Target] = frozenset()
    frozen: frozenset[Target] = frozenset()
    looked_at: float = 0.0
